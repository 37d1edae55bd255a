"""A rubric: which criteria a lab has, what each is worth, and the check behind it."""

from __future__ import annotations

from pydantic import Field

from grader.checks import AnyCheck
from grader.model.record import Record, Text


class Criterion(Record):
    """One scored line."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Text
    points: float = Field(gt=0)
    check: AnyCheck
    requires: tuple[str, ...] = ()
    """Criteria that must have earned some credit first; otherwise this one is skipped."""
    hint: Text | None = None
    """Advice for the student; shown unless the criterion passed."""


class Rubric(Record):
    """What `rubrics/<lab>.yaml` says."""

    lab: str
    pass_mark: float = Field(default=60, ge=0, le=100)
    """Percent of the points needed to pass."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def max_points(self) -> float:
        """Points of a perfect submission."""
        return sum(criterion.points for criterion in self.criteria)

    def watched(self) -> tuple[str, ...]:
        """Return the paths that every snapshot must look at, sorted."""
        return tuple(sorted(set().union(*(c.check.watched() for c in self.criteria))))
