"""What a new scoring means for a class: counted one student at a time. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field

from grader.regrading.effect import Effect, Grade

BINS = 10
"""Of a histogram, from 0 to 100 percent; the last one has the hundred in it."""
FURTHEST = 1000
"""How many of those who win or lose most are named."""


@dataclass
class Tally:
    """How a criterion moves."""

    up: int = 0
    down: int = 0
    points: float = 0
    """Won and lost, by all together."""


@dataclass
class Preview:
    """All that is told before anything changes."""

    students: int = 0
    up: int = 0
    down: int = 0
    otherwise: int = 0
    """Same share of all points, but made up of others, or in another standing."""
    newly_passed: int = 0
    newly_failed: int = 0
    before: list[int] = field(default_factory=lambda: [0] * BINS)
    """Histogram of all who have a grade before and after."""
    after: list[int] = field(default_factory=lambda: [0] * BINS)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Percents of them, before and after."""
    criteria: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    reworded: int = 0
    """Only texts are others: a title, a hint, what was hidden before."""
    kept: int = 0
    """Points given by hand that still count."""
    misfits: list[Effect] = field(default_factory=list)
    unanswered: list[Effect] = field(default_factory=list)
    """Whose record cannot answer the rubric."""
    unread: list[Effect] = field(default_factory=list)
    """Whose record cannot be read."""
    _furthest: list[tuple[float, int, Effect]] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """How many students the new scoring touches."""
        return self.up + self.down + self.otherwise

    def furthest(self) -> list[Effect]:
        """Return who changes, those first who win or lose most."""
        ordered = sorted(self._furthest, key=lambda one: (-one[0], -one[1]))
        return [effect for _, _, effect in ordered]

    def add(self, effect: Effect) -> None:
        """Count one student."""
        self.students += 1
        self.kept += len(effect.kept)
        if effect.fault:
            self.unread.append(effect)
        if effect.unanswered:
            self.unanswered.append(effect)
        if effect.misfits:
            self.misfits.append(effect)
        if effect.before is not None and effect.after is not None:
            self._compare(effect, effect.before, effect.after)

    def _compare(self, effect: Effect, before: Grade, after: Grade) -> None:
        for index, (grade, bins) in enumerate(((before, self.before), (after, self.after))):
            bins[min(BINS - 1, max(0, int(grade.percent * BINS / 100)))] += 1
            self.sums[index] += grade.percent
        self.newly_passed += after.passed and not before.passed
        self.newly_failed += before.passed and not after.passed
        if not effect.differs:
            self.reworded += effect.reworded
            return
        self.up += effect.gain > 0
        self.down += effect.gain < 0
        self.otherwise += effect.gain == 0
        for moved in effect.moved:
            tally, won = self.criteria[moved.id], (moved.after or 0) - (moved.before or 0)
            tally.up += won > 0
            tally.down += won < 0
            tally.points += won
        entry = (abs(effect.gain), -self.students, effect)  # of equals, the first ones stay
        if len(self._furthest) < FURTHEST:
            heapq.heappush(self._furthest, entry)
        else:
            heapq.heappushpop(self._furthest, entry)
