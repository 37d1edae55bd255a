"""What a submission loses by being late. Pure: its time is given from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from grader.model.record import Record
from grader.model.units import Percentage, Span, When, instant, length_of, share_of

MOST_DAYS = 3660
"""Later than that is no later: ten years."""


class LatePolicy(Record):
    """When a lab is due, and what each day after that costs."""

    due: When
    """Date and time, in the lab's time zone unless it has its own."""
    grace: Span = "0m"
    """As much later is not late."""
    per_day: Percentage
    """What each day that has begun takes off the points earned."""
    at_most: Percentage = "100%"
    """The most that lateness takes off."""
    closes: When | None = None
    """After that nothing counts."""

    @model_validator(mode="after")
    def _closes_after_due(self) -> Self:
        if self.closes is None:
            return self
        if (self.closes.tzinfo is None) != (self.due.tzinfo is None):
            raise PydanticCustomError(
                "late", "give both 'due' and 'closes' their own time zone, or neither"
            )
        if self.closes < self.due:
            raise PydanticCustomError("late", "'closes' is before 'due'")
        return self

    def dates(self) -> tuple[tuple[str, datetime], ...]:
        """Return the dates that it names: field → date."""
        return tuple(
            (name, when)
            for name, when in (("due", self.due), ("closes", self.closes))
            if when is not None
        )

    def days(self, submitted_at: datetime, zone: str | None) -> int:
        """Return how many days after the due time have begun; none within the grace.

        A day ends at the same time by the clock on the wall, also where the clocks are changed.
        """
        due = instant(self.due, zone)
        at = submitted_at.astimezone(UTC)
        if at <= due.astimezone(UTC) + length_of(self.grace):
            return 0
        begun = max((at - due.astimezone(UTC)).days - 1, 0)
        while begun < MOST_DAYS and at > (due + timedelta(days=begun)).astimezone(UTC):
            begun += 1
        return begun

    def share(self, submitted_at: datetime, zone: str | None) -> float:
        """Return the share of the points earned that is taken off."""
        if self.closes is not None and submitted_at > instant(self.closes, zone):
            return 1.0
        lost = self.days(submitted_at, zone) * share_of(self.per_day)
        return min(lost, share_of(self.at_most))
