"""How all students of a lab stand: results with what was given by hand, and who has none, and why.

Everything is read from the store one student at a time; of the evidence only what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from grader import layout
from grader.answer_sheet import answers
from grader.errors import InputError
from grader.model.lab import Lab
from grader.model.result import Result
from grader.model.units import instant
from grader.personal.derivation import folded
from grader.roster import known_students
from grader.rubric import Criterion, Rubric
from grader.store import Store
from grader.store.digests import keys_of
from grader.submissions import found, read

State = Literal["graded", "waiting", "unreadable", "nothing"]
"""`waiting`: something was handed in and is not graded yet. `unreadable`: it cannot be, as it is.
`nothing` was handed in."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How one student stands."""

    student: str
    state: State
    result: Result | None = None
    """Present where the state is `graded`."""
    reason: str = ""
    """Why what was handed in cannot be read, and what to do; where the state is `unreadable`."""
    by_hand: tuple[str, ...] = ()
    """Criteria whose points a person gave."""
    attempts: int = 0
    submission: str | None = None
    """Digest of what was handed in, of the attempt that counts."""
    evidence: str | None = None
    """Digest of the evidence."""
    submitted_at: str | None = None
    recorded_at: str | None = None
    outdated: bool = False
    """The rubric or the lab was changed since. Not known of labs with values."""


class TypedStep(BaseModel):
    """What a report of a class needs of one step."""

    model_config = ConfigDict(frozen=True)  # the many other fields are not kept

    text: str
    seconds: float
    end: str = "prompt"


class Typed(BaseModel):
    """What a report of a class needs of evidence."""

    model_config = ConfigDict(frozen=True)

    steps: tuple[TypedStep, ...] = ()

    @property
    def seconds(self) -> float:
        """How long all lines took."""
        return sum(step.seconds for step in self.steps)

    @property
    def lines(self) -> list[str]:
        """All lines that were typed."""
        typed = (step.text for step in self.steps if step.end != "untyped")
        return [line for text in typed for line in text.split("\n")]


@dataclass(frozen=True)
class Gradebook:
    """All students of a lab. To be gone over as often as wanted; one student is in memory."""

    lab: Lab
    rubric: Rubric
    """As it is now, for the example student where the lab has values."""
    entries: Callable[[], Iterator[Entry]]
    typed: Callable[[str], Typed]
    """Reads evidence by its digest. Raises StoreError if it is missing or damaged."""
    now: datetime
    handed_out: tuple[tuple[str, ...], ...] = ()
    """The lines of the lab's solution and pages: what everybody may have typed."""

    def __iter__(self) -> Iterator[Entry]:
        return self.entries()

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, in the order of the reports."""
        return self.rubric.criteria

    def hidden_until(self, criterion: Criterion) -> datetime | None:
        """Return until when students do not see what a criterion is about; None if they do."""
        if criterion.hidden_until is None:
            return None
        until = instant(criterion.hidden_until, self.lab.time_zone)
        return until if self.now < until else None


def gradebook(root: Path, lab: Lab, rubric: Rubric, store: Store, now: datetime) -> Gradebook:
    """Return how all students stand who are known: to the store, the roster or by a folder.

    Going over it raises StoreError, and CourseError for a broken roster.
    """
    return Gradebook(
        lab=lab,
        rubric=rubric,
        entries=lambda: _entries(root, lab, rubric, store),
        typed=lambda digest: store.evidence_files.read_as(Typed, digest),
        now=now,
        handed_out=_handed_out(root, lab),
    )


def _entries(root: Path, lab: Lab, rubric: Rubric, store: Store) -> Iterator[Entry]:
    """Yield those who have a result by name, then the others by name."""
    tried = {one.evidence: one for one in store.tried(lab.id)}
    attempts = {one.student: one.attempt for one in tried.values()}
    current = {(key.lab, key.rubric) for key in keys_of(lab, rubric)}
    graded: set[str] = set()
    for standing in store.standings(lab.id):
        counts = tried[standing.evidence]
        graded.add(folded(standing.student))
        yield Entry(
            student=standing.student,
            state="graded",
            result=standing.result,
            by_hand=tuple(override.criterion for override in standing.overrides),
            attempts=attempts[standing.student],
            submission=counts.submission,
            evidence=standing.evidence,
            submitted_at=counts.submitted_at,
            recorded_at=counts.recorded_at,
            outdated=not lab.values and standing.key[:2] not in current,
        )
    for student in known_students(root):
        if folded(student) not in graded:
            yield _without_result(root, lab, student)


def _without_result(root: Path, lab: Lab, student: str) -> Entry:
    try:
        path = found(root, lab, student)
        if path is None:
            return Entry(student=student, state="nothing")
        submission = read(path, student, lab)
        if lab.kind == "quiz":
            answers(submission, lab)
    except InputError as bad:
        return Entry(student=student, state="unreadable", reason=_reason(bad))
    return Entry(student=student, state="waiting")


def _reason(bad: InputError) -> str:
    """Return what is wrong, without the folders above the file."""
    place = ":".join(str(part) for part in (bad.file and bad.file.name, bad.line) if part)
    fix = f"; fix: {bad.fix}" if bad.fix else ""
    return f"{place}: {bad.problem}{fix}" if place else f"{bad.problem}{fix}"


def _handed_out(root: Path, lab: Lab) -> tuple[tuple[str, ...], ...]:
    files = [layout.solution_file(root, lab.id)]
    files += [layout.handout_file(root, lab.id, language) for language in ("ko", "en")]
    texts = [file.read_text("utf-8", "replace") for file in files if file.is_file()]
    return tuple(tuple(text.splitlines()) for text in texts)
