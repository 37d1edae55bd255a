"""What kept a typed line from counting, and how a student is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from grader.checks._select import Point
from grader.checks._text import last_line, quote
from grader.model.evidence import HOST, Call, Evidence, Step
from grader.model.record import Text

Unmet = Literal["failed", "target", "time", "order", "where", "status", "untyped", "unread"]

TELLING: tuple[Unmet, ...] = (
    "time", "order", "status", "failed", "target", "where", "untyped", "unread"
)  # fmt: skip
"""What may keep a line from counting so that it is a near miss, the most telling first."""


class Act(NamedTuple):
    """A step, and what it did not fulfil."""

    step: Step
    unmet: frozenset[Unmet]
    mine: Sequence[Call]
    """Its calls that succeeded, as far as they are about what is meant."""
    failed: Call | None = None
    """A call of the right kind that the engine or the gateway refused."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for, as far as a near miss repeats it."""

    target: Text
    """The container or the image."""
    after: Point | None
    before: Point | None
    since: int | None
    """The line after which it had to come."""

    def told(self, evidence: Evidence, act: Act, unmet: Unmet) -> Text:
        """Say what kept a line from counting."""
        step = act.step
        what, end = quote(step.text), self._end(evidence, act, unmet)
        return Text(
            ko=f"{step.line}번째 줄 {what} {end.ko}", en=f"Line {step.line}, {what}, {end.en}"
        )

    def _end(self, evidence: Evidence, act: Act, unmet: Unmet) -> Text:
        step = act.step
        match unmet:
            case "time":
                end = self._wrong_time()
            case "order":
                end = Text(
                    ko=f"명령은 {self.since}번째 줄보다 나중에 실행해야 합니다.",
                    en=f"does not come after line {self.since}.",
                )
            case "failed":
                why = quote((act.failed and act.failed.message) or last_line(step.output))
                end = Text(ko=f"명령이 실패하였습니다: {why}", en=f"failed: {why}")
            case "untyped":
                end = Text(
                    ko="명령은 제한 시간이 끝나 입력하지 못하였습니다.",
                    en="was never typed: the time was up.",
                )
            case "unread":
                end = Text(
                    ko="명령은 컨테이너가 읽지 못하였습니다. `-i` 없이 만든 컨테이너입니다.",
                    en="was read by nobody: the container was made without `-i`.",
                )
            case "status":
                end = _wrong_status(step)
            case "target" if step.where == HOST:
                end = Text(
                    ko=f"명령은 {self.target.ko}에 대한 것이 아닙니다.",
                    en=f"is not about {self.target.en}.",
                )
            case _:
                place = _place(evidence, step)
                end = Text(ko=f"명령은 {place.ko}에서 실행되었습니다.", en=f"ran {place.en}.")
        return end

    def _wrong_time(self) -> Text:
        after = self.after.words() if self.after else None
        before = self.before.words() if self.before else None
        if after and before:
            return Text(
                ko=f"명령은 {after.ko}과(와) {before.ko} 사이에 실행해야 합니다.",
                en=f"did not run between {after.en} and {before.en}.",
            )
        if after:
            return Text(
                ko=f"명령은 {after.ko}보다 먼저 실행되었습니다.", en=f"ran before {after.en}."
            )
        point = before or Text(ko="", en="")
        return Text(ko=f"명령은 {point.ko}보다 나중에 실행되었습니다.", en=f"ran after {point.en}.")


def _wrong_status(step: Step) -> Text:
    if step.status is not None:
        tail = f": {quote(line)}" if (line := last_line(step.output)) else "."
        return Text(
            ko=f"명령의 종료 코드가 {step.status}입니다{tail}",
            en=f"ended with status {step.status}{tail}",
        )
    match step.end:
        case "timeout":
            return Text(ko="명령이 제한 시간 안에 끝나지 않았습니다.", en="did not finish in time.")
        case "input":
            return Text(ko="명령이 입력을 기다리며 끝나지 않았습니다.", en="was left unfinished.")
        case "closed":
            return Text(ko="명령은 셸을 끝냈습니다.", en="ended the shell.")
        case _:
            return Text(ko="명령은 다른 셸을 열었습니다.", en="opened another shell.")


def _place(evidence: Evidence, step: Step) -> Text:
    if step.where == HOST:
        return Text(ko="호스트", en="on the host")
    name = next((c.name for c in evidence.containers if c.id == step.where), step.where)
    return Text(ko=f"'{name}' 컨테이너 안", en=f"inside container '{name}'")
