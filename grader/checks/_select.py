"""How checks pick containers, moments and snapshots, and what they say when there is none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from grader.checks._chosen import AnyContainer, Chosen
from grader.checks._text import listed, quote
from grader.errors import EvidenceMissing
from grader.model.evidence import FAILED, Call, ContainerRecord, Evidence, Moment, Snapshot
from grader.model.record import Record, Text
from grader.model.result import Verdict


def _known_at(value: str) -> str:
    if not re.fullmatch(r"exit [1-9]\d*|removed|end|any|last", value):
        raise PydanticCustomError(
            "at",
            "{value} is no moment; use 'exit N', 'removed', 'end', 'any' or 'last'",
            {"value": repr(value)},
        )
    return value


def known_label(value: str) -> str:
    """Return a moment's label if it is one that a rubric may name."""
    if not re.fullmatch(r"created|(start|exit) [1-9]\d*|removed|end", value):
        raise PydanticCustomError(
            "moment",
            "{value} is no moment; use 'created', 'start N', 'exit N', 'removed' or 'end'",
            {"value": repr(value)},
        )
    return value


At = Annotated[str, AfterValidator(_known_at)]
"""Which snapshots count: `exit N`, `removed`, `end`, `any` (the best), `last` (the newest)."""


class Instant(NamedTuple):
    """A point in time, and the step in which it lies."""

    step: int
    at: float


class Point(Record):
    """A moment that a rubric names; the earliest one among the containers that are meant."""

    container: AnyContainer
    moment: Annotated[str, AfterValidator(known_label)]

    def find(self, evidence: Evidence) -> Moment | None:
        """Return the moment, or None if it never came."""
        moments = (c.moment(self.moment) for c in self.container.find(evidence))
        return min((m for m in moments if m is not None), key=lambda m: m.at, default=None)

    def bound(self, evidence: Evidence) -> Instant | None:
        """Return from when on lines count as later than the moment, None if it never came.

        `docker start -a` shows what happens after the start, all in one line: a line that creates
        or starts the container is later than that as a whole, unless it starts it twice.
        """
        moment = self.find(evidence)
        if moment is None:
            return None
        step = evidence.step(moment.step)
        word = self.moment.partition(" ")[0]
        starts = [
            m.label
            for c in self.container.find(evidence)
            for m in c.moments
            if m.step == moment.step and m.label.partition(" ")[0] == word
        ]
        whole_line = word in {"created", "start"} and starts == [self.moment]
        return Instant(moment.step, step.at if step and whole_line else moment.at)

    def words(self) -> Text:
        """Return the moment as a noun phrase."""
        label = noun(self.moment)
        whose = self.container.words()
        return Text(ko=f"{whose.ko}의 {label.ko}", en=f"{label.en} of {whose.en}")


def noun(label: str) -> Text:
    """Return a moment's label as a noun."""
    word, _, number = label.partition(" ")
    ko = {"created": "생성", "start": "시작", "exit": "종료", "removed": "삭제", "end": "실습 끝"}[
        word
    ]
    en = {"created": "the creation", "removed": "the removal", "end": "the end"}.get(word, label)
    return Text(ko=f"{number}번째 {ko}" if number else ko, en=en)


def when(label: str) -> Text:
    """Return a moment's label as an adverb."""
    en = {"removed": "when it was removed", "end": "at the end of the lab"}.get(
        label, f"at {label}"
    )
    return Text(ko=f"{noun(label).ko} 시점에", en=en)


def is_after(step: int, at: float, since: Moment | Instant) -> bool:
    """Say whether something in a step came after a moment."""
    return step > since.step or at >= since.at


def line_of(evidence: Evidence, number: int) -> int | None:
    """Return the submission's line of a step, or None for what happened outside all steps."""
    step = evidence.step(number)
    return step.line if step else None


def line_at(evidence: Evidence, container: ContainerRecord, moment: Moment) -> int | None:
    """Return the line of a moment; for `end`, of the container's last moment before it."""
    until = place_of(container, moment) + 1
    lines = (line_of(evidence, m.step) for m in reversed(container.moments[:until]))
    return next((line for line in lines if line is not None), None)


def place_of(container: ContainerRecord, moment: Moment) -> int:
    """Return the index of one of a container's moments; comparing them would read snapshots."""
    return next(index for index, other in enumerate(container.moments) if other is moment)


UNASKED = frozenset({"container_resize", "exec_resize"})
"""Calls that a client makes by itself once its window is ready; chance decides in which line."""


class Subjects(NamedTuple):
    """Containers that calls may be about."""

    ids: frozenset[str]
    created: frozenset[int]
    """The steps that created them."""

    @classmethod
    def of(cls, containers: Iterable[ContainerRecord]) -> Self:
        """Return containers as what calls may be about."""
        containers = tuple(containers)
        created = (container.moment("created") for container in containers)
        return cls(
            frozenset(container.id for container in containers),
            frozenset(moment.step for moment in created if moment is not None),
        )

    def has(self, call: Call) -> bool:
        """Say whether a call was about one of them; the call that created it counts."""
        if call.route in UNASKED:
            return False
        if call.container is None and call.route == "container_create" and call.status < FAILED:
            return call.step in self.created
        return call.container in self.ids


def is_about(call: Call, container: ContainerRecord) -> bool:
    """Say whether a call was about a container."""
    return Subjects.of([container]).has(call)


def best(
    attempts: Iterable[Callable[[], Verdict]], *, tie: Literal["first", "last"] = "last"
) -> Verdict:
    """Return the first verdict with full credit, else the one with the most; of equals, by `tie`.

    Raises EvidenceMissing if an attempt does and no other one earns full credit.
    """
    top: Verdict | None = None
    missing: EvidenceMissing | None = None
    for attempt in attempts:
        try:
            verdict = attempt()
        except EvidenceMissing as error:
            missing = missing or error
            continue
        if (
            top is None
            or verdict.credit > top.credit
            or (tie == "last" and verdict.credit == top.credit)
        ):
            top = verdict
        if top.credit >= 1:
            return top
    if missing is not None:
        raise missing
    if top is None:
        raise ValueError("nothing to judge")
    return top


def best_container(
    evidence: Evidence, chosen: Chosen, expected: Text, judge: Callable[[ContainerRecord], Verdict]
) -> Verdict:
    """Judge every container that is meant, the oldest first, and keep the best verdict."""
    containers = chosen.find(evidence)
    if not containers:
        return no_container(evidence, chosen, expected)
    charged = chosen.charged(expected, judge)
    return best(partial(charged, c) for c in containers)


def no_container(evidence: Evidence, chosen: Chosen, expected: Text) -> Verdict:
    """Return the verdict for a container that was never made, with the near miss."""
    name, what = chosen.name or "", chosen.words()
    names = list(dict.fromkeys(n for c in evidence.containers for n in c.names))
    missing = f"There is no {what.en.removeprefix('a ').removeprefix('the ')}"
    line = None
    if wrong := _near_name(evidence, name):
        created = evidence.named(wrong)[0].moment("created")
        line = line_of(evidence, created.step) if created else None
        ko = f"만든 컨테이너의 이름은 '{wrong}'이고, 실습에서 요구한 이름은 '{name}'입니다."
        en = f"You made '{wrong}'; the lab asks for '{name}'."
    elif failed := _failed_creation(evidence, name):
        line = line_of(evidence, failed.step)
        why = f": {quote(failed.message)}" if failed.message else ""
        ko = f"{what.ko}가 없습니다. 컨테이너 생성이 실패하였습니다{why}."
        en = f"{missing}; creating a container failed{why}."
    elif names:
        made = listed(names)
        ko = f"{what.ko}가 없습니다. 만든 컨테이너: {made.ko}."
        en = f"{missing}; you made {made.en}."
    else:
        ko = f"{what.ko}가 없습니다. 만든 컨테이너가 하나도 없습니다."
        en = f"{missing}; the submission makes no container at all."
    return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=expected, line=line)


def absent(evidence: Evidence, chosen: Chosen) -> Text:
    """Say that a container was never made as a part of a sentence, with the near miss."""
    what = chosen.words()
    ko, en = f"{what.ko}가 없습니다", what.en.removeprefix("a ").removeprefix("the ")
    en = f"there is no {en}"
    if wrong := _near_name(evidence, chosen.name or ""):
        return Text(ko=f"{ko} (만든 것은 '{wrong}')", en=f"{en} (you made '{wrong}')")
    return Text(ko=ko, en=en)


def _near_name(evidence: Evidence, name: str) -> str | None:
    """Return the name of a container that is a slip of another one."""
    names = (n for c in evidence.containers for n in c.names)
    lower = {n.lower(): n for n in names if not _has_its_own_part(n, name)}
    near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else None


def _has_its_own_part(made: str, name: str) -> bool:
    """Say whether of two names one is the other with a word added, such as `web` and `web-new`.

    Such names are no slips of each other: a lab that has both has a use for each.
    """
    short, long = sorted((made.lower(), name.lower()), key=len)
    return re.match(rf"{re.escape(short)}[-_.]", long) is not None


def _failed_creation(evidence: Evidence, name: str) -> Call | None:
    """Return the first one that may have been meant: where others were made, its line names it."""
    failed = (c for c in evidence.calls if c.route == "container_create" and c.status >= FAILED)
    lines = {step.number: step.text for step in evidence.steps}
    return next(
        (c for c in failed if not evidence.containers or name in lines.get(c.step, "")), None
    )


def never_came(point: Point, expected: Text) -> Verdict:
    """Return the verdict for an `after` or `before` whose moment never came."""
    words = point.words()
    reason = Text(
        ko=f"먼저 있어야 할 일이 일어나지 않았습니다: {words.ko}.",
        en=f"What has to come first never happened: {words.en}.",
    )
    return Verdict(credit=0, reason=reason, expected=expected)


SNAPSHOT_LABELS = ("exit", "removed", "end")


def picked(container: ContainerRecord, at: str, after: Moment | None = None) -> tuple[Moment, ...]:
    """Return the moments whose snapshots count, the oldest first."""
    moments = [
        moment
        for moment in container.moments
        if moment.label.partition(" ")[0] in SNAPSHOT_LABELS
        and (after is None or (moment is not after and is_after(moment.step, moment.at, after)))
    ]
    if at == "last":
        return tuple(moments[-1:])
    return tuple(moment for moment in moments if at in ("any", moment.label))


def snapshot_at(container: ContainerRecord, moment: Moment) -> Snapshot:
    """Return a moment's snapshot.

    Raises EvidenceMissing if it was not taken or is incomplete.
    """
    snapshot = moment.snapshot
    if snapshot is None:
        raise EvidenceMissing(f"no snapshot of container '{container.name}' at '{moment.label}'")
    if snapshot.fault is not None:
        raise EvidenceMissing(
            f"the snapshot of container '{container.name}' at '{moment.label}' is incomplete: "
            f"{snapshot.fault}"
        )
    return snapshot


def not_reached(
    evidence: Evidence, container: ContainerRecord, at: str, after: Point | None, expected: Text
) -> Verdict:
    """Return the verdict for a container that has none of the moments asked for."""
    name = container.name
    if after is not None and picked(container, at):
        words = after.words()
        ko = f"'{name}' 컨테이너의 기록은 {words.ko}보다 앞선 것뿐입니다."
        en = f"Container '{name}' was used only before {words.en}."
    elif at in ("any", "last"):
        ko = f"'{name}' 컨테이너가 종료되거나 삭제된 적이 없습니다."
        en = f"Container '{name}' never exited."
    elif at == "end":
        ko = f"실습이 끝났을 때 '{name}' 컨테이너가 남아 있지 않았습니다."
        en = f"Container '{name}' was gone at the end of the lab."
    else:
        ko = f"'{name}' 컨테이너는 {noun(at).ko}까지 가지 않았습니다."
        en = f"Container '{name}' never came to {noun(at).en}."
    line = line_at(evidence, container, container.moments[-1]) if container.moments else None
    return Verdict(credit=0, reason=Text(ko=ko, en=en), expected=expected, line=line)
