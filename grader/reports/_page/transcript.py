"""The terminal as text: each step, where it was typed, what came, and what it decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from grader.model.evidence import HOST, Evidence, Step, StepEnd
from grader.model.record import Text
from grader.model.result import CriterionResult

BEGINNING, END = 20_000, 4_000
"""Characters of a long output that are shown."""
PAGE = 600_000
"""Characters of all outputs, after which only so much of each is shown:"""
REST = 1_000
TYPED = 4_000
"""Characters of what was typed in one step."""
LONG = 30
"""Lines from which on an output scrolls in a box of its own."""

ENDS: dict[StepEnd, Text] = {
    "input": Text(ko="입력을 기다림", en="waits for input"),
    "timeout": Text(ko="시간 초과로 중단됨", en="interrupted: took too long"),
    "closed": Text(ko="셸이 닫힘", en="the shell was closed"),
    "untyped": Text(ko="입력하지 못함", en="never typed"),
}


@dataclass(frozen=True)
class Mark:
    """A criterion that was decided here."""

    index: int
    """Its place in the result, from 1; ids could tell of hidden ones."""
    criterion: CriterionResult


@dataclass(frozen=True)
class ShownStep:
    """One step, and what is to be seen of its output."""

    step: Step
    typed: str
    beginning: str
    left_out: int
    """Characters between the beginning and the end."""
    end: str
    long: bool
    """It gets a box of its own."""
    marks: tuple[Mark, ...]
    start: float | None
    """Where it begins in the recording."""

    @property
    def why(self) -> Text | None:
        """How it ended, where that is out of the ordinary."""
        return ENDS.get(self.step.end)


@dataclass(frozen=True)
class Stay:
    """Steps that follow each other in the same shell."""

    where: str
    """Empty for the host, else the name of the container."""
    steps: tuple[ShownStep, ...]


def step_of(evidence: Evidence | None, line: int | None) -> int | None:
    """Return the number of the step that a line of the submission belongs to."""
    if evidence is None or line is None:
        return None
    found = (step.number for step in evidence.steps if step.line <= line <= step.last_line)
    return next(found, None)


def marks_of(
    evidence: Evidence, criteria: Sequence[CriterionResult]
) -> dict[int, tuple[Mark, ...]]:
    """Return which criteria each step decided."""
    marks: dict[int, tuple[Mark, ...]] = {}
    for index, criterion in enumerate(criteria, start=1):
        number = step_of(evidence, criterion.line)
        if number is not None:
            marks[number] = (*marks.get(number, ()), Mark(index, criterion))
    return marks


def place_of(evidence: Evidence, where: str) -> str:
    """Return the name of the container where a step was typed; empty for the host."""
    if where == HOST:
        return ""
    names = (container.name for container in evidence.containers if container.id == where)
    return next(names, where[:12])


def stays(
    evidence: Evidence, marks: Mapping[int, tuple[Mark, ...]], starts: Mapping[int, float]
) -> tuple[Stay, ...]:
    """Return all steps in their order, those in the same shell together."""
    left = PAGE
    shown: list[ShownStep] = []
    for step in evidence.steps:
        beginning, left_out, end = _cut(step.output, BEGINNING if left > 0 else REST)
        left -= len(beginning) + len(end)
        long = beginning.count("\n") + end.count("\n") > LONG or left_out > 0
        mine = marks.get(step.number, ())
        start = starts.get(step.number)
        typed = step.text if len(step.text) <= TYPED else f"{step.text[:TYPED]}…"
        shown.append(ShownStep(step, typed, beginning, left_out, end, long, mine, start))
    return tuple(
        Stay(place_of(evidence, where), tuple(steps))
        for where, steps in groupby(shown, key=lambda one: one.step.where)
    )


def _cut(output: str, beginning: int) -> tuple[str, int, str]:
    """Return the beginning of a text, how many characters are left out, and the end of it."""
    output = output.strip("\n")
    end = min(END, beginning // 4)
    left_out = len(output) - beginning - end
    if left_out <= 0:
        return output, 0, ""
    return output[:beginning], left_out, output[-end:]
