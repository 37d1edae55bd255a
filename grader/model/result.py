"""Verdicts of checks, and the result of a scored submission."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.model.record import Record, Text

Outcome = Literal["passed", "partial", "failed", "skipped", "error"]
Counts = Literal["normal", "bonus", "penalty"]
Take = Literal["sum", "min", "best"]


class Verdict(Record):
    """What one check says: how much credit, and why."""

    credit: float = Field(ge=0, le=1)
    reason: Text
    """One sentence a student understands: what was seen and, if it falls short, what was missing;
    it names the near miss where there is one."""
    expected: Text | None = None
    """What would have earned full credit; shown when it did not."""
    line: int | None = None
    """Line of the submission where it happened."""


class CriterionResult(Record):
    """One scored line of the rubric."""

    id: str
    title: Text
    points: float
    """Below nothing for a penalty."""
    max_points: float
    """What it could have earned; nothing for a penalty."""
    outcome: Outcome
    reason: Text
    counts: Counts = "normal"
    """`bonus`: its points are no part of the submission's `max_points`."""
    group: str | None = None
    """Id of the group through which it counts."""
    withheld: bool = False
    """Its text is not shown yet."""
    expected: Text | None = None
    hint: Text | None = None
    """The rubric's advice; present unless the criterion passed."""
    line: int | None = None


class GroupResult(Record):
    """Criteria that count together."""

    id: str
    title: Text
    points: float
    max_points: float
    take: Take


class Lateness(Record):
    """What a submission lost by being late."""

    days: int
    """Days after the due time that had begun."""
    lost: float
    """Points taken off those that were earned."""


class Result(Record):
    """The scored submission. Holds no time and no random value: same evidence, same bytes.

    The one thing that changes with time is the text of hidden criteria, which comes out in the end.
    """

    lab: str
    lab_title: Text
    student: str
    submission: str
    points: float
    max_points: float
    percent: float
    pass_mark: float
    passed: bool
    needs_review: bool
    """A criterion could not be judged, or a Docker call may have failed, through our fault;
    `points` is a lower bound."""
    criteria: tuple[CriterionResult, ...]
    groups: tuple[GroupResult, ...] = ()
    late: Lateness | None = None
    """Present where the lab has a due time and the submission's time is known."""
    notes: tuple[Text, ...] = ()

    @property
    def judged(self) -> bool:
        """No criterion is in error: the points are a grade, not only what is certain so far."""
        return all(criterion.outcome != "error" for criterion in self.criteria)
