"""The table of a class: one row for each student, one column for each criterion, and its sums.

What is kept of a student is small: a class of 10,000 takes some tens of megabytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean, median
from typing import NamedTuple

from grader.gradebook import Entry, Gradebook, State
from grader.model.record import Text
from grader.model.result import Counts, CriterionResult, Outcome
from grader.personal.derivation import folded

BINS = 10
"""Bars of the histogram."""
NUMBER = re.compile(r"\d+")
MOST_DIGITS = 20


class Cell(NamedTuple):
    """What one criterion earned."""

    points: float
    share: float
    """Of what it could have earned; of a penalty, what was not taken off."""
    outcome: Outcome
    by_hand: bool


@dataclass(frozen=True)
class Column:
    """One criterion."""

    id: str
    title: Text
    points: float
    counts: Counts
    hidden_until: datetime | None = None
    """Until then, students do not see what it is about."""
    gone: bool = False
    """The rubric does not have it any more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One student; the numbers are None without a result."""

    student: str
    state: State
    points: float | None
    max_points: float | None
    percent: float | None
    passed: bool | None
    needs_review: bool
    judged: bool
    """No criterion is in error: the points are a grade, and not only what is certain so far."""
    by_hand: tuple[str, ...]
    attempts: int
    days_late: int | None
    submission: str | None
    evidence: str | None
    submitted_at: str | None
    recorded_at: str | None
    outdated: bool
    reason: str
    """Why what was handed in cannot be read."""
    cells: tuple[Cell | None, ...]
    """In the order of the columns."""


@dataclass(frozen=True)
class Difficulty:
    """How one criterion went."""

    column: Column
    judged: int
    """Students for whom it was judged."""
    full: int
    """Students who earned all of it."""
    share: float
    """The mean of the cells' shares."""


@dataclass(frozen=True)
class ClassTable:
    """All students of a lab."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """By name."""

    def count(self, state: State) -> int:
        """Return how many students are in a state."""
        return sum(row.state == state for row in self.rows)

    @property
    def judged(self) -> tuple[Row, ...]:
        """The students whose points are a grade."""
        return tuple(row for row in self.rows if row.judged)

    @property
    def percents(self) -> list[float]:
        """The percents of those whose points are a grade."""
        return [row.percent for row in self.judged if row.percent is not None]

    @property
    def mean(self) -> float | None:
        """The mean of the percents."""
        return fmean(self.percents) if self.percents else None

    @property
    def median(self) -> float | None:
        """The median of the percents."""
        return median(self.percents) if self.percents else None

    def histogram(self) -> list[int]:
        """Return how many students are in each tenth of the percents; the last has all above."""
        bars = Counter(min(int(percent * BINS // 100), BINS - 1) for percent in self.percents)
        return [bars[number] for number in range(BINS)]

    def difficulties(self) -> list[Difficulty]:
        """Return how each criterion went, the hardest first."""
        found = [
            _difficulty(column, [row.cells[at] for row in self.rows])
            for at, column in enumerate(self.columns)
        ]
        return sorted((one for one in found if one.judged), key=lambda one: one.share)


def table_of(book: Gradebook) -> ClassTable:
    """Return the table of a class. Raises what going over the gradebook raises."""
    columns = {
        criterion.id: Column(
            criterion.id,
            criterion.title,
            criterion.points,
            criterion.counts,
            book.hidden_until(criterion),
        )
        for criterion in book.criteria
    }
    same: dict[Cell, Cell] = {}
    kept: list[tuple[Row, dict[str, Cell]]] = []
    for entry in book:
        cells: dict[str, Cell] = {}
        for criterion in entry.result.criteria if entry.result else ():
            if criterion.id not in columns:
                columns[criterion.id] = Column(
                    criterion.id,
                    criterion.title,
                    criterion.max_points,
                    criterion.counts,
                    gone=True,
                )
            cell = Cell(
                criterion.points,
                _share(criterion, columns[criterion.id]),
                criterion.outcome,
                criterion.id in entry.by_hand,
            )
            cells[criterion.id] = same.setdefault(cell, cell)
        kept.append((_row(entry), cells))  # without the result, which is large
    rows = [replace(row, cells=tuple(map(cells.get, columns))) for row, cells in kept]
    rows.sort(key=lambda row: (_in_order(row.student), row.student))
    return ClassTable(tuple(columns.values()), tuple(rows))


def _in_order(student: str) -> str:
    """Return by what a name is sorted: `student9` stands before `student10`."""
    return NUMBER.sub(lambda match: match[0].zfill(MOST_DIGITS), folded(student))


def _row(entry: Entry) -> Row:
    """Return the row of a student, without its cells: not all columns are known yet."""
    result = entry.result
    return Row(
        student=entry.student,
        state=entry.state,
        points=result.points if result else None,
        max_points=result.max_points if result else None,
        percent=result.percent if result else None,
        passed=result.passed if result else None,
        needs_review=bool(result and result.needs_review),
        judged=bool(result and result.judged),
        by_hand=entry.by_hand,
        attempts=entry.attempts,
        days_late=result.late.days if result and result.late else None,
        submission=entry.submission,
        evidence=entry.evidence,
        submitted_at=entry.submitted_at,
        recorded_at=entry.recorded_at,
        outdated=entry.outdated,
        reason=entry.reason,
        cells=(),
    )


def _difficulty(column: Column, cells: Iterable[Cell | None]) -> Difficulty:
    judged = [cell for cell in cells if cell is not None and cell.outcome != "error"]
    return Difficulty(
        column=column,
        judged=len(judged),
        full=sum(cell.outcome == "passed" for cell in judged),
        share=fmean(cell.share for cell in judged) if judged else 0.0,
    )


def _share(criterion: CriterionResult, column: Column) -> float:
    if criterion.counts != "penalty":
        return criterion.points / criterion.max_points
    if not criterion.points:
        return 1.0
    return max(1 + criterion.points / column.points, 0.0) if column.points else 0.0
