"""Kind `file`: what a container's file system held."""

from __future__ import annotations

import contextlib
import difflib
import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer
from grader.checks._examples import made, moment, seen, stored, typed
from grader.checks._matcher import Matcher, PathMatcher, flaw_among
from grader.checks._paths import AbsolutePath, fits, is_pattern
from grader.checks._select import (
    At,
    Point,
    best,
    best_container,
    line_at,
    never_came,
    not_reached,
    noun,
    picked,
    place_of,
    snapshot_at,
    when,
)
from grader.checks._text import joined, listed, normal
from grader.errors import EvidenceMissing
from grader.model.evidence import HOST, ContainerRecord, Evidence, FileState, Moment, Snapshot
from grader.model.record import Text
from grader.model.result import Verdict


class File(Check):
    """Files and directories of a container when it exited, when it was removed, or at the end.

    `paths` says what each path has to be like: `exists` (true unless said otherwise), `contains`,
    `lacks`, `equals`, `matches`, `number`, `type` (`file`, `dir` or `link`), `mode` (such as
    `"0644"`, in quotes), `empty` (true or false); nothing at all means that it exists. Credit is
    the share of the paths that are right. A path may be a pattern such as `/tmp/*.txt` or
    `/var/**/*.log`: one of the paths that were added or changed and fit it has to be right, or with
    `exists: false` none may be there. `at` picks the snapshot: `exit N`, `removed`, `end`, `last`,
    or `any`, the default, where the best one counts. `exits: 2` asks that a path is right at two
    different exits: that is how data proves to have survived a restart. A container that still runs
    at the end of the lab counts as if it exited then. `after` leaves out what was recorded before a
    moment of another container.
    """

    kind: Literal["file"] = "file"
    container: AnyContainer
    at: At = "any"
    exits: int = Field(strict=True, default=1, ge=1, le=100)
    after: Point | None = None
    paths: dict[AbsolutePath, PathMatcher] = Field(min_length=1)

    @model_validator(mode="after")
    def _exits_need_any(self) -> Self:
        if self.exits > 1 and self.at != "any":
            raise PydanticCustomError("exits", "'exits' looks at all exits; leave out 'at'")
        return self

    def watched(self) -> frozenset[str]:
        """Return the paths of this check."""
        return frozenset(path for path in self.paths if not is_pattern(path))

    def judge(self, evidence: Evidence) -> Verdict:
        """Compare the paths in the snapshots that count with what was asked."""
        return best_container(
            evidence, self.container, self._expected, partial(self._judge, evidence)
        )

    @cached_property
    def _expected(self) -> Text:
        demands = joined([m.words(path) for path, m in self.paths.items()], most=4, between=", ")
        where = self.container.words()
        place, place_en = where.ko, f"in {where.en}"
        if self.exits > 1:
            place += f", 서로 다른 {self.exits}번의 종료"
            place_en += f", at {self.exits} different exits"
        elif self.at not in ("any", "last"):
            place += f", {noun(self.at).ko} 시점"
            place_en += f", {when(self.at).en}"
        return Text(ko=f"{place}: {demands.ko}", en=f"{demands.en} {place_en}")

    def _judge(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        after = self.after.find(evidence) if self.after else None
        if self.after is not None and after is None:
            return never_came(self.after, self._expected)
        moments = picked(container, self.at, after)
        if self.exits > 1:
            moments = tuple(m for m in moments if _is_exit(container, m))
        if not moments:
            return not_reached(evidence, container, self.at, self.after, self._expected)
        if self.exits > 1:
            return self._judge_exits(evidence, container, moments)
        return best(partial(self._judge_moment, evidence, container, m) for m in moments)

    def _judge_moment(
        self, evidence: Evidence, container: ContainerRecord, moment: Moment
    ) -> Verdict:
        snapshot = snapshot_at(container, moment)
        flaws = {
            path: flaw
            for path, matcher in self.paths.items()
            if (flaw := _flaw(evidence, snapshot, path, matcher)) is not None
        }
        line = line_at(evidence, container, moment)
        if not flaws:
            return self._passed(container, when(moment.label), line)
        time = when(moment.label)
        parts = [
            Text(ko=f"{time.ko} '{path}' 경로가 {flaw.ko}", en=f"{time.en}, '{path}' {flaw.en}")
            for path, flaw in flaws.items()
        ]
        return self._fell_short(evidence, container, list(flaws), parts, line)

    def _judge_exits(
        self, evidence: Evidence, container: ContainerRecord, moments: tuple[Moment, ...]
    ) -> Verdict:
        whole = [m for m in moments if m.snapshot is not None and m.snapshot.fault is None]
        right = {
            path: [
                m
                for m in whole
                if m.snapshot is not None and _flaw(evidence, m.snapshot, path, matcher) is None
            ]
            for path, matcher in self.paths.items()
        }
        short = [path for path, times in right.items() if len(times) < self.exits]
        line = line_at(evidence, container, moments[-1])
        if not short:
            time = Text(ko=f"종료 시점 {self.exits}번 모두", en=f"at {self.exits} exits")
            return self._passed(container, time, line)
        if len(whole) < len(moments):
            broken = next(m for m in moments if m.snapshot is None or m.snapshot.fault is not None)
            snapshot_at(container, broken)
        parts = [_right_at(path, len(right[path]), len(moments)) for path in short]
        return self._fell_short(evidence, container, short, parts, line)

    def _passed(self, container: ContainerRecord, time: Text, line: int | None) -> Verdict:
        name = container.name
        paths = listed(self.paths)
        ko = f"'{name}' 컨테이너에서 {time.ko} {paths.ko} 경로가 요구한 상태였습니다."
        en = f"In container '{name}', {time.en}, all is as asked: {paths.en}."
        return Verdict(credit=1, reason=Text(ko=ko, en=en), line=line)

    def _fell_short(
        self,
        evidence: Evidence,
        container: ContainerRecord,
        wrong: list[str],
        parts: list[Text],
        line: int | None,
    ) -> Verdict:
        told = joined(parts)
        name = container.name
        ko, en = f"'{name}' 컨테이너에서 {told.ko}.", f"In container '{name}', {told.en}."
        for path in wrong:
            if clue := self._clue(evidence, container, path):
                ko, en = f"{ko} {clue[0].ko}", f"{en} {clue[0].en}"
                line = clue[1] or line
                break
        credit = (len(self.paths) - len(wrong)) / len(self.paths)
        return Verdict(credit=credit, reason=Text(ko=ko, en=en), expected=self._expected, line=line)

    def _clue(
        self, evidence: Evidence, container: ContainerRecord, path: str
    ) -> tuple[Text, int | None] | None:
        """Return the near miss for a path that is not there, and its line."""
        matcher = self.paths[path]
        own = _touched(container)
        if not matcher.exists or path in own or is_pattern(path):
            return None
        candidates = {
            name: state
            for name, state in own.items()
            if name not in self.paths and (state.type == "dir") == (matcher.type == "dir")
        }
        if near := _near_path(path, candidates):
            return Text(
                ko=f"대신 '{near}' 경로를 썼습니다.", en=f"You wrote '{near}' instead."
            ), None
        for step in evidence.steps:
            if step.where == HOST and re.search(rf">\s*['\"]?{re.escape(path)}\b", step.text):
                if "docker" in step.text:
                    continue
                ko = f"{step.line}번째 줄은 컨테이너 안이 아니라 호스트에서 실행되었습니다."
                en = f"Line {step.line} ran on the host, not inside a container."
                return Text(ko=ko, en=en), step.line
        for other in evidence.containers:
            if path in _touched(other):
                ko = f"'{path}' 경로는 다른 컨테이너 '{other.name}' 안에 있습니다."
                en = f"'{path}' is in another container, '{other.name}'."
                return Text(ko=ko, en=en), line_at(evidence, other, other.moments[-1])
        if matcher.reads and (twin := _twin(candidates, matcher)):
            ko = f"요구한 내용은 '{twin}' 경로에 있습니다."
            en = f"The text asked for is in '{twin}'."
            return Text(ko=ko, en=en), None
        return None


def _is_exit(container: ContainerRecord, moment: Moment) -> bool:
    """Say whether a run of the container ended at a moment, or at the end of the lab."""
    word = moment.label.partition(" ")[0]
    if word != "end":
        return word == "exit"
    before = container.moments[: place_of(container, moment)]
    turns = [m.label for m in before if m.label.startswith(("start ", "exit "))]
    return bool(turns) and turns[-1].startswith("start ")


def _right_at(path: str, times: int, exits: int) -> Text:
    return Text(
        ko=f"'{path}' 경로는 종료 시점 {exits}번 중 {times}번 올바랐습니다",
        en=f"'{path}' was right at {times} of {exits} exits",
    )


def _flaw(evidence: Evidence, snapshot: Snapshot, path: str, matcher: Matcher) -> Text | None:
    """Say what is wrong with a path; of a pattern's paths, the best one counts.

    Raises EvidenceMissing if the snapshot cannot tell.
    """
    if not is_pattern(path):
        return matcher.flaw(_state(evidence, snapshot, path))
    touched = {change.path for change in snapshot.changes if change.kind != "D"}
    states = [s for s in snapshot.files if s.path in touched and fits(s.path, path)]
    if not states and snapshot.truncated:
        raise EvidenceMissing(f"too many changes to tell whether there is a '{path}'")
    return flaw_among(matcher, path, states)


def _state(evidence: Evidence, snapshot: Snapshot, path: str) -> FileState | None:
    """Return the state of a path, None if it does not exist.

    Raises EvidenceMissing if the snapshot cannot tell.
    """
    if (state := snapshot.file(path)) is not None:
        return state
    if not path.isascii():
        for other in snapshot.files:
            if normal(other.path) == normal(path):
                return other
    if path in snapshot.absent:
        return None
    changes = snapshot.changes
    if any(c.kind == "D" and f"{path}/".startswith(f"{c.path}/") for c in changes):
        return None
    if path in evidence.watched and not any(c.path == path for c in changes):
        return None
    raise EvidenceMissing(f"nobody looked at '{path}' when the submission was replayed")


def _touched(container: ContainerRecord) -> dict[str, FileState]:
    """Return what the student added or changed, at any time: path → newest state."""
    states: dict[str, FileState] = {}
    for past in container.moments:
        if past.snapshot is not None:
            paths = {c.path for c in past.snapshot.changes if c.kind != "D"}
            states |= {s.path: s for s in past.snapshot.files if s.path in paths}
    return states


def _near_path(path: str, candidates: Iterable[str]) -> str | None:
    candidates = sorted(candidates)
    if near := difflib.get_close_matches(path, candidates, n=1, cutoff=0.8):
        return near[0]
    name = posixpath.basename(path)
    return next((other for other in candidates if posixpath.basename(other) == name), None)


def _twin(candidates: Mapping[str, FileState], matcher: Matcher) -> str | None:
    for path, state in candidates.items():
        with contextlib.suppress(EvidenceMissing):
            if matcher.flaw(state) is None:
                return path
    return None


_ASKED = {
    "container": "test-data",
    "paths": {
        "/tmp/important.txt": {"contains": "중요한 데이터"},
        "/var/log/app.log": {"contains": "애플리케이션 로그"},
    },
}
_RIGHT = {"/tmp/important.txt": "중요한 데이터\n", "/var/log/app.log": "애플리케이션 로그\n"}

EXAMPLES = (
    Example(
        shows="both files hold their text when the container exits",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name test-data -it alpine:latest sh"),
            typed(2, "exit", where="test-data"),
            containers=[made("test-data", moment("created", 1), moment("exit 1", 2, _RIGHT))],
        ),
        credit=1,
        says="all is as asked",
    ),
    Example(
        shows="a slip in a path earns half, and is named",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name test-data -it alpine:latest sh"),
            typed(2, "exit", where="test-data"),
            containers=[
                made(
                    "test-data",
                    moment(
                        "exit 1",
                        2,
                        {
                            "/tmp/importent.txt": "중요한 데이터\n",
                            "/var/log/app.log": "애플리케이션 로그\n",
                        },
                        absent=["/tmp/important.txt"],
                    ),
                )
            ],
        ),
        credit=0.5,
        says="You wrote '/tmp/importent.txt' instead.",
    ),
    Example(
        shows="a container with another name",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker run --name testdata -it alpine:latest sh"),
            containers=[made("testdata", moment("created", 1), moment("exit 1", 1, _RIGHT))],
        ),
        credit=0,
        says="You made 'testdata'; the lab asks for 'test-data'.",
    ),
    Example(
        shows="the file is right at two exits: it survived a restart",
        check={"container": "test-data", "exits": 2, "paths": {"/tmp/important.txt": None}},
        evidence=lambda: seen(
            typed(1, "exit", where="test-data"),
            typed(2, "docker start -i test-data"),
            typed(3, "exit", where="test-data"),
            containers=[
                made(
                    "test-data",
                    moment("exit 1", 1, {"/tmp/important.txt": "1"}),
                    moment("exit 2", 3, {"/tmp/important.txt": "1"}),
                )
            ],
        ),
        credit=1,
        says="at 2 exits",
    ),
    Example(
        shows="it was restarted, and left running: the end of the lab counts as an exit",
        check={"container": "test-data", "exits": 2, "paths": {"/tmp/important.txt": None}},
        evidence=lambda: seen(
            typed(1, "exit", where="test-data"),
            typed(2, "docker start test-data"),
            containers=[
                made(
                    "test-data",
                    moment("start 1", 0),
                    moment("exit 1", 1, {"/tmp/important.txt": "1"}),
                    moment("start 2", 2),
                    moment("end", 3, {"/tmp/important.txt": "1"}),
                )
            ],
        ),
        credit=1,
        says="at 2 exits",
    ),
    Example(
        shows="a new container is clean after the old one is gone",
        check={
            "container": "test-data-new",
            "after": {"container": "test-data", "moment": "removed"},
            "paths": {"/tmp/important.txt": {"exists": False}},
        },
        evidence=lambda: seen(
            typed(1, "docker rm test-data"),
            typed(2, "docker run --name test-data-new alpine:latest ls /tmp"),
            containers=[
                made("test-data", moment("exit 1", 0, _RIGHT), moment("removed", 1, _RIGHT)),
                made("test-data-new", moment("exit 1", 2, absent=["/tmp/important.txt"])),
            ],
        ),
        credit=1,
        says="all is as asked",
    ),
    Example(
        shows="a pattern of paths, and a number in the file",
        check={"container": "a", "paths": {"/tmp/*.txt": {"number": {"equals": 20, "within": 1}}}},
        evidence=lambda: seen(
            containers=[made("a", moment("exit 1", 1, {"/tmp/count.txt": "lines: 21\n"}))]
        ),
        credit=1,
        says="all is as asked: '/tmp/*.txt'",
    ),
    Example(
        shows="the work is right, but the container has another name",
        check={
            "container": {"name": "web", "image": "alpine", "nth": 1, "costs": "20%"},
            "paths": {"/a.txt": {"equals": "Hello world", "case": "any", "spaces": "any"}},
        },
        evidence=lambda: seen(
            containers=[made("wbe", moment("exit 1", 1, {"/a.txt": "hello  world\n"}))]
        ),
        credit=0.8,
        says="The container is named 'wbe'; the lab asks for 'web' (-20%).",
    ),
    Example(
        shows="another text in the right file",
        check={"container": "a", "paths": {"/a.txt": {"equals": "hello"}}},
        evidence=lambda: seen(
            containers=[made("a", moment("end", 1, [stored("/a.txt", "hallo\n")]))]
        ),
        credit=0,
        says="is not exactly 'hello' (says 'hallo')",
    ),
)
