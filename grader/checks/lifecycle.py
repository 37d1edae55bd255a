"""Kind `lifecycle`: what happened to a container, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.checks import Check, Example
from grader.checks._chosen import AnyContainer
from grader.checks._examples import made, moment, seen, typed
from grader.checks._select import (
    Point,
    best_container,
    is_after,
    line_at,
    never_came,
)
from grader.errors import EvidenceMissing
from grader.model.evidence import ContainerRecord, Evidence, Moment
from grader.model.record import Text
from grader.model.result import Verdict

Event = Literal["created", "start", "exit", "removed"]

_DONE = {
    "created": Text(ko="생성", en="created"),
    "start": Text(ko="시작", en="started"),
    "exit": Text(ko="종료", en="exited"),
    "removed": Text(ko="삭제", en="removed"),
}


class Lifecycle(Check):
    """The life of a container: `sequence` has to happen in this order.

    It is made of `created`, `start`, `exit` and `removed`. Other events in between are fine. Credit
    is how far it came. `exit_code` asks that the last `exit` of the sequence had this code; `after`
    asks that the sequence begins after a moment of this or of another container.
    """

    kind: Literal["lifecycle"] = "lifecycle"
    container: AnyContainer
    sequence: tuple[Event, ...] = Field(min_length=1)
    exit_code: int | None = Field(strict=True, default=None, ge=0, le=255)
    after: Point | None = None

    @model_validator(mode="after")
    def _code_needs_exit(self) -> Self:
        if self.exit_code is not None and "exit" not in self.sequence:
            raise PydanticCustomError("exit_code", "'exit_code' needs an 'exit' in the sequence")
        return self

    def judge(self, evidence: Evidence) -> Verdict:
        """Follow the container's moments as far as the sequence goes."""
        return best_container(
            evidence, self.container, self._expected, partial(self._judge, evidence)
        )

    @cached_property
    def _expected(self) -> Text:
        steps = _chain(self.sequence)
        whose = self.container.words()
        ko, en = f"{whose.ko}: {steps.ko}", f"{whose.en} {steps.en}"
        if self.exit_code is not None:
            ko, en = f"{ko}, 종료 코드 {self.exit_code}", f"{en}, with exit code {self.exit_code}"
        if self.after is not None:
            words = self.after.words()
            ko, en = f"{ko}, {words.ko} 이후", f"{en}, after {words.en}"
        return Text(ko=ko, en=en)

    def _judge(self, evidence: Evidence, container: ContainerRecord) -> Verdict:
        moments = container.moments
        if self.after is not None:
            after = self.after.find(evidence)
            if after is None:
                return never_came(self.after, self._expected)
            moments = tuple(m for m in moments if m is not after and is_after(m.step, m.at, after))
        matched = self._match(moments, self.exit_code)
        name = container.name
        line = line_at(evidence, container, matched[-1]) if matched else None
        if len(matched) == len(self.sequence):
            done = _chain(self.sequence)
            reason = Text(ko=f"'{name}' 컨테이너: {done.ko}.", en=f"Container '{name}': {done.en}.")
            return Verdict(credit=1, reason=reason, line=line)
        anyhow = self._match(moments, None)
        if len(anyhow) > len(matched) and self.sequence[len(matched)] == "exit":
            code = anyhow[len(matched)].exit_code
            if code is None:
                raise EvidenceMissing(f"the exit code of container '{name}' was not recorded")
            reason = Text(
                ko=f"'{name}' 컨테이너의 종료 코드가 {self.exit_code}이(가) 아니라 {code}입니다.",
                en=f"Container '{name}' exited with code {code}, not {self.exit_code}.",
            )
            line = line_at(evidence, container, anyhow[len(matched)])
        else:
            reason = self._reason(name, len(matched))
        credit = len(matched) / len(self.sequence)
        return Verdict(credit=credit, reason=reason, expected=self._expected, line=line)

    def _match(self, moments: Sequence[Moment], exit_code: int | None) -> list[Moment]:
        """Return the earliest moments that match the longest beginning of the sequence."""
        coded = max((i for i, event in enumerate(self.sequence) if event == "exit"), default=-1)
        matched: list[Moment] = []
        for candidate in moments:
            index = len(matched)
            if index == len(self.sequence):
                break
            if candidate.label.partition(" ")[0] != self.sequence[index]:
                continue
            if exit_code is None or index != coded or candidate.exit_code == exit_code:
                matched.append(candidate)
        return matched

    def _reason(self, name: str, count: int) -> Text:
        missing = self.sequence[count]
        again = missing in self.sequence[:count]
        ko = f"{'다시 ' if again else ''}{_DONE[missing].ko}되지 않았습니다"
        en = f"never {_DONE[missing].en}{' again' if again else ''}"
        if self.after is not None:
            words = self.after.words()
            ko, en = f"{words.ko} 이후에 {ko}", f"{en} after {words.en}"
        if count == 0:
            return Text(ko=f"'{name}' 컨테이너는 {ko}.", en=f"Container '{name}' {en}.")
        done = _chain(self.sequence[:count])
        return Text(
            ko=f"'{name}' 컨테이너: {done.ko}까지는 되었지만, 그 뒤에 {ko}.",
            en=f"Container '{name}': {done.en}; {en}.",
        )


def _chain(events: Sequence[Event]) -> Text:
    return Text(
        ko=" → ".join(_DONE[event].ko for event in events),
        en=", ".join(_DONE[event].en for event in events),
    )


_ASKED = {"container": "test-data", "sequence": ["start", "exit", "start", "exit", "removed"]}
_LINES = (
    "docker run --name test-data -it alpine:latest sh",
    "exit",
    "docker start -i test-data",
    "exit",
    "docker rm test-data",
)
_LIFE = (
    ("created", 1),
    ("start 1", 1),
    ("exit 1", 2),
    ("start 2", 3),
    ("exit 2", 4),
    ("removed", 5),
)


def _lived(lines: int, moments: int) -> Evidence:
    life = [moment(label, step) for label, step in _LIFE[:moments]]
    steps = [typed(number, text) for number, text in enumerate(_LINES[:lines], start=1)]
    return seen(*steps, containers=[made("test-data", *life)])


EXAMPLES = (
    Example(
        shows="the container was restarted and then removed",
        check=_ASKED,
        evidence=lambda: _lived(5, 6),
        credit=1,
        says="started, exited, started, exited, removed",
    ),
    Example(
        shows="it was never removed",
        check=_ASKED,
        evidence=lambda: _lived(4, 5),
        credit=0.8,
        says="started, exited, started, exited; never removed",
    ),
    Example(
        shows="it was created but never started",
        check=_ASKED,
        evidence=lambda: seen(
            typed(1, "docker create --name test-data alpine:latest"),
            containers=[made("test-data", moment("created", 1), moment("end", 2))],
        ),
        credit=0,
        says="'test-data' never started",
    ),
    Example(
        shows="it exited with another code",
        check={"container": "a", "sequence": ["exit"], "exit_code": 0},
        evidence=lambda: seen(
            typed(1, "docker run --name a alpine:latest ls /nowhere"),
            containers=[made("a", moment("exit 1", 1, exit_code=1))],
        ),
        credit=0,
        says="exited with code 1, not 0",
    ),
)
