"""Kind `diff`: what `docker diff` says about a container."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer
from grader.checks._examples import made, moment, seen, typed
from grader.checks._paths import AbsolutePath, fits
from grader.checks._select import (
    At,
    Point,
    best,
    best_container,
    line_at,
    never_came,
    not_reached,
    picked,
    snapshot_at,
    when,
)
from grader.checks._text import listed
from grader.model.evidence import Change, ContainerRecord, Evidence, Moment
from grader.model.record import Text
from grader.model.result import Verdict

LEFTOVERS = re.compile(
    r"(?:/root|/home/[^/]+)?/\.(?:(?:ash|bash|sh|python)_history|lesshst|viminfo)"
)
"""What shells and editors leave behind by themselves."""


_ENTRY = re.compile(r"(?:([ACD]) )?(/.*)", re.DOTALL)


def _entry(value: str) -> str:
    if _ENTRY.fullmatch(value) is None:
        raise PydanticCustomError(
            "diff_entry",
            "{entry} is no line of `docker diff`; write 'C /etc/passwd' or '/etc/passwd'",
            {"entry": repr(value)},
        )
    return value


Entry = Annotated[str, AfterValidator(_entry)]
"""`C /etc/passwd`, or without a letter for any kind of change."""


class Diff(Check):
    """The changed paths of a container, as `docker diff` lists them.

    Either `includes` and `excludes` (credit: the share of the entries that hold), or `exactly`
    (full credit if nothing is missing and nothing is extra). An entry is `C /etc/passwd`, or a path
    alone for any kind of change; a path may be a pattern such as `/etc/*` or `/var/**`.
    Histories that shells leave behind, and their folder if it changed only because of them, do not
    count, nor does what `ignore` adds. `at` and `after` pick the snapshot as in `file`.
    """

    kind: Literal["diff"] = "diff"
    container: AnyContainer
    at: At = "any"
    after: Point | None = None
    includes: tuple[Entry, ...] = ()
    excludes: tuple[Entry, ...] = ()
    exactly: tuple[Entry, ...] | None = None
    ignore: tuple[AbsolutePath, ...] = ()
    """Patterns of paths that do not count."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.exactly is None) == (not self.includes and not self.excludes):
            raise PydanticCustomError(
                "diff_ways", "use 'includes' and 'excludes', or 'exactly' alone"
            )
        return self

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the changes in the snapshots that count with the entries."""
        return best_container(
            evidence, self.container, self._expected, partial(self._judge, evidence)
        )

    @cached_property
    def _expected(self) -> Text:
        where = self.container.words()
        if self.exactly is not None:
            entries = listed(self.exactly, most=8)
            if not self.exactly:
                return Text(ko=f"{where.ko}에 변경 없음", en=f"no change in {where.en}")
            ko, en = f"{entries.ko}만 변경", f"exactly {entries.en} changed"
        else:
            have, lack = listed(self.includes, most=8), listed(self.excludes, most=8)
            both = ", " if self.includes and self.excludes else ""
            ko = (
                (f"{have.ko} 변경" if have.ko else "")
                + both
                + (f"{lack.ko} 변경 없음" if lack.ko else "")
            )
            en = (
                (f"{have.en} changed" if have.en else "")
                + both
                + (f"{lack.en} not changed" if lack.en else "")
            )
        return Text(ko=f"{where.ko}: {ko}", en=f"{en} in {where.en}")

    def _judge(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        after = self.after.find(evidence) if self.after else None
        if self.after is not None and after is None:
            return never_came(self.after, self._expected)
        moments = picked(container, self.at, after)
        if not moments:
            return not_reached(evidence, container, self.at, self.after, self._expected)
        return best(partial(self._judge_moment, evidence, container, m) for m in moments)

    def _judge_moment(
        self, evidence: Evidence, container: ContainerRecord, moment: Moment
    ) -> Verdict:
        snapshot = snapshot_at(container, moment)
        changes = snapshot.changes
        asked = self.exactly if self.exactly is not None else self.includes
        counted = self._counted(changes, keep=asked)
        missing = [entry for entry in asked if not _has(changes, entry)]
        if self.exactly is not None:
            extra = [c for c in counted if not any(_fits(c, entry) for entry in self.exactly)]
            found = (len(asked) - len(missing)) / len(asked) if asked else 1.0
            credit = max(0.0, found - len(extra) / len(counted)) if extra else found
        else:
            unwanted = [entry for entry in self.excludes if _has(counted, entry)]
            extra = [c for c in counted if any(_fits(c, entry) for entry in unwanted)]
            total = len(self.includes) + len(self.excludes)
            credit = 1 - (len(missing) + len(unwanted)) / total
        reason = self._reason(container, moment, counted, missing, extra)
        if missing and snapshot.truncated:
            kept = len(changes)
            reason = Text(
                ko=f"{reason.ko} 변경이 너무 많아서 처음 {kept}개만 남겨 두고 보았습니다.",
                en=f"{reason.en} There are so many changes that only the first {kept} were kept.",
            )
        return Verdict(
            credit=credit,
            reason=reason,
            expected=None if credit == 1 else self._expected,
            line=line_at(evidence, container, moment),
        )

    def _counted(self, changes: Sequence[Change], keep: Sequence[str]) -> list[Change]:
        """Return the changes without leftovers, and without folders changed only by them."""
        dropped: set[str] = set()
        counted: list[Change] = []
        for change in sorted(changes, key=lambda c: c.path, reverse=True):  # folders come last
            below = change.path.rstrip("/") + "/"
            is_husk = (
                change.kind == "C"
                and any(path.startswith(below) for path in dropped)
                and not any(other.path.startswith(below) for other in counted)
            )
            is_leftover = LEFTOVERS.fullmatch(change.path) is not None or any(
                fits(change.path, pattern) for pattern in self.ignore
            )
            if (is_husk or is_leftover) and not any(_fits(change, entry) for entry in keep):
                dropped.add(change.path)
            else:
                counted.append(change)
        return counted[::-1]

    def _reason(
        self,
        container: ContainerRecord,
        moment: Moment,
        counted: Sequence[Change],
        missing: Sequence[str],
        extra: Sequence[Change],
    ) -> Text:
        name, time = container.name, when(moment.label)
        shown = listed([f"{c.kind} {c.path}" for c in counted], most=6)
        if not missing and not extra:
            if not counted:
                return Text(
                    ko=f"'{name}' 컨테이너에는 {time.ko} 변경된 파일이 없었습니다.",
                    en=f"Container '{name}' had no changes {time.en}.",
                )
            return Text(
                ko=f"'{name}' 컨테이너의 변경이 요구한 대로입니다: {shown.ko}.",
                en=f"The changes in container '{name}' are as asked: {shown.en}.",
            )
        ko, en = [], []
        if missing:
            entries = listed(missing)
            ko.append(f"{entries.ko} 변경이 없습니다")
            en.append(f"{entries.en} is missing")
        if extra:
            entries = listed([f"{c.kind} {c.path}" for c in extra])
            ko.append(f"{entries.ko} 변경은 없어야 합니다")
            en.append(f"{entries.en} should not be there")
        if missing:
            ko.append(f"실제 변경: {shown.ko}" if counted else "변경된 파일이 하나도 없습니다")
            en.append(f"seen: {shown.en}" if counted else "nothing changed at all")
        return Text(
            ko=f"'{name}' 컨테이너에서 {time.ko} {'; '.join(ko)}.",
            en=f"In container '{name}', {time.en}, {'; '.join(en)}.",
        )


def _fits(change: Change, entry: str) -> bool:
    match = _ENTRY.fullmatch(entry)
    assert match is not None  # noqa: S101 — `Entry` has seen to it
    kind, path = match.groups()
    return kind in {None, change.kind} and fits(change.path, path)


def _has(changes: Iterable[Change], entry: str) -> bool:
    return any(_fits(change, entry) for change in changes)


_ASKED = {"container": "cow-test", "exactly": ["C /etc", "C /etc/passwd"]}

EXAMPLES = (
    Example(
        shows="only the changed file was copied up; a shell's history does not count",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name cow-test -it alpine:latest sh"),
            containers=[
                made(
                    "cow-test",
                    moment(
                        "exit 1",
                        1,
                        changes=["C /etc", "C /etc/passwd", "C /root", "A /root/.ash_history"],
                    ),
                )
            ],
        ),
        credit=1,
        says="are as asked: 'C /etc', 'C /etc/passwd'",
    ),
    Example(
        shows="one file too many",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name cow-test -it alpine:latest sh"),
            containers=[
                made(
                    "cow-test",
                    moment("exit 1", 1, changes=["C /etc", "C /etc/passwd", "C /tmp", "A /tmp/x"]),
                )
            ],
        ),
        credit=0.5,
        says="'C /tmp', 'A /tmp/x' should not be there",
    ),
    Example(
        shows="nothing was changed",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name cow-test alpine:latest ls"),
            containers=[made("cow-test", moment("exit 1", 1))],
        ),
        credit=0,
        says="nothing changed at all",
    ),
    Example(
        shows="half of what was asked for",
        check={"container": "a", "includes": ["A /tmp/x"], "excludes": ["/etc/*"]},
        evidence=lambda: seen(
            containers=[
                made("a", moment("end", 1, changes=["C /tmp", "A /tmp/x", "C /etc/passwd"]))
            ]
        ),
        credit=0.5,
        says="'C /etc/passwd' should not be there",
    ),
)
