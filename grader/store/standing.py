"""What stands: the result that counts for a student, and how it came to count."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.errors import StoreError
from grader.model.result import Result
from grader.overrides import Override, Scored, apply
from grader.store.digests import Key
from grader.store.tables import Decision, ResultRow


@dataclass(frozen=True)
class Standing:
    """How one student stands in one lab."""

    lab: str
    student: str
    result_id: int
    evidence: str
    """Digest of the evidence."""
    key: Key
    """By what the result was made."""
    scored: Scored
    overrides: tuple[Override, ...]
    open: bool
    """Another attempt that waits for review may take its place."""

    @property
    def result(self) -> Result:
        """The result that counts, with what was given by hand."""
        return standing_result(self.scored, self.overrides, open_=self.open)


@dataclass(frozen=True)
class Tried:
    """One replay of one attempt of a student."""

    student: str
    attempt: int
    """Its number, from 1 on."""
    submission: str
    """Digest of what was handed in."""
    id: int
    """Of the evidence."""
    evidence: str
    """Digest of it."""
    submitted_at: str | None
    recorded_at: str


@dataclass(frozen=True)
class Line:
    """One line of a student's history."""

    number: int
    at: str
    who: str
    why: str
    change: str
    criterion: str | None
    """None where another result counts from then on."""
    given: float | None
    """Points given to the criterion by hand; None where that was taken back."""
    before: float | None
    """The student's points before; None for the first result."""
    after: float | None


@dataclass(frozen=True)
class Change:
    """What was changed together in a lab."""

    id: str
    at: str
    who: str
    why: str
    students: int
    """How many."""
    first: str
    """The first of them by name."""


def standing_result(scored: Scored, overrides: Iterable[Override], *, open_: bool) -> Result:
    """Return a result with what was given by hand; `open_` as in a `Standing`."""
    result = apply(scored, overrides)
    return result.model_copy(update={"needs_review": True}) if open_ else result


def pack(scored: Scored) -> bytes:
    """Return a result as it is stored."""
    return zlib.compress(scored.model_dump_json().encode(), 6)


def key_in(row: ResultRow) -> Key:
    """Return by what a result was made."""
    return Key(row.lab, row.rubric, row.grader)


def unpacked(content: bytes) -> Scored:
    """Return what `pack` was given. Raises zlib.error or ValueError if it is damaged."""
    return Scored.model_validate_json(zlib.decompress(content))


def unpack(row: ResultRow) -> Scored:
    """Return a stored result. Raises StoreError if it cannot be read."""
    try:
        return unpacked(row.content)
    except (zlib.error, ValueError) as error:
        problem = f"result {row.id} in the store is damaged, or of another version"
        raise StoreError(problem, fix="run `grade regrade LAB`, or grade again") from error


def in_force(decisions: Iterable[Decision]) -> tuple[Decision | None, tuple[Override, ...]]:
    """Return the last decision about the result, and what is given by hand; oldest first."""
    result: Decision | None = None
    given: dict[str, Override] = {}
    for decision in decisions:
        if decision.criterion is None:
            result = decision
        elif decision.points is None:
            given.pop(decision.criterion, None)
        else:
            given[decision.criterion] = Override(
                criterion=decision.criterion,
                points=decision.points,
                why=decision.why,
                by=decision.who,
            )
    return result, tuple(given.values())


def lines_of(decisions: Sequence[Decision], scored: dict[int, Scored]) -> tuple[Line, ...]:
    """Return the lines of a history, each with the points before and after it."""
    lines: list[Line] = []
    before: float | None = None
    for index, decision in enumerate(decisions):
        last, given = in_force(decisions[: index + 1])
        after = before
        if last is not None and last.result_id is not None:
            after = apply(scored[last.result_id], given).points
        lines.append(
            Line(
                number=index + 1,
                at=decision.at,
                who=decision.who,
                why=decision.why,
                change=decision.change,
                criterion=decision.criterion,
                given=decision.points,
                before=before,
                after=after,
            )
        )
        before = after
    return tuple(lines)
