"""What a new scoring means for one student. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.model.record import Text
from grader.model.result import Result
from grader.overrides import Override, Scored, misfits_of


@dataclass(frozen=True)
class Grade:
    """The numbers of a result."""

    points: float
    max_points: float
    percent: float
    passed: bool
    needs_review: bool


@dataclass(frozen=True)
class Moved:
    """A criterion whose points changed; None where it is new, or is no more."""

    id: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Effect:
    """One student before and after."""

    student: str
    before: Grade | None
    """None for somebody whose record never had a result that counts."""
    after: Grade | None
    """None where the record cannot be read, and what counts stays."""
    moved: tuple[Moved, ...] = ()
    unanswered: tuple[tuple[str, Text], ...] = ()
    """Criteria that the record cannot answer, each with the reason."""
    misfits: tuple[str, ...] = ()
    """Criteria whose points given by hand no longer fit."""
    kept: tuple[str, ...] = ()
    """Criteria whose points given by hand still count."""
    fault: str = ""
    """Why the record cannot be read."""
    reworded: bool = False
    """Texts of the result are others; the grade may be the same."""

    @property
    def differs(self) -> bool:
        """Whether the grade is another one, or made up of other points."""
        return self.after is not None and (self.before != self.after or bool(self.moved))

    @property
    def gain(self) -> float:
        """Points won, below nothing for points lost; as shares of a hundred."""
        if self.before is None or self.after is None:
            return 0
        return self.after.percent - self.before.percent


def effect(
    student: str,
    before: Result | None,
    after: Result,
    scored: Scored,
    overrides: Sequence[Override],
) -> Effect:
    """Return what becomes of a student; `after` is what was scored, with the overrides."""
    wrong = misfits_of(scored.result, overrides)
    by_hand = [override.criterion for override in overrides]
    return Effect(
        student,
        _grade(before),
        _grade(after),
        moved=_moved(before, after) if before else (),
        unanswered=tuple((c.id, c.reason) for c in after.criteria if c.outcome == "error"),
        misfits=tuple(name for name in by_hand if name in wrong),
        kept=tuple(name for name in by_hand if name not in wrong),
        reworded=before is not None and before != after,
    )


def unread(student: str, before: Result | None, why: str) -> Effect:
    """Return the effect of a student whose record cannot be read: none."""
    return Effect(student, _grade(before), None, fault=why)


def _grade(result: Result | None) -> Grade | None:
    if result is None:
        return None
    return Grade(
        result.points, result.max_points, result.percent, result.passed, result.needs_review
    )


def _moved(before: Result, after: Result) -> tuple[Moved, ...]:
    old = {criterion.id: criterion.points for criterion in before.criteria}
    new = {criterion.id: criterion.points for criterion in after.criteria}
    return tuple(
        Moved(name, old.get(name), new.get(name))
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    )
