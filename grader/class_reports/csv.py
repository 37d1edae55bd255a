"""CSV: for spreadsheets, and for what reads them. One row for each student, English names.

Points of a student with a criterion in error stay empty: they are not known, and nobody should take
them for a grade.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from grader.class_reports._table import Row, table_of
from grader.reports._text import number, one_line
from grader.spreadsheet import MARK, plain

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.model.record import Language

FILE = "class.csv"

FIELDS = (
    "student",
    "state",
    "points",
    "at_least",
    "max_points",
    "percent",
    "passed",
    "needs_review",
    "by_hand",
    "attempts",
    "days_late",
    "submitted_at",
    "graded_at",
    "outdated",
    "submission",
    "evidence",
    "reason",
)


def render(book: Gradebook, language: Language) -> Iterator[str]:
    """Yield the report line by line; it is the same in both languages."""
    del language
    table = table_of(book)
    yield MARK + _line([*FIELDS, *(column.id for column in table.columns)])
    for row in table.rows:
        yield _line(_cells(row))


def _cells(row: Row) -> Iterator[str]:
    yield plain(one_line(row.student))
    yield row.state
    yield _number(row.points if row.judged else None)
    yield _number(row.points)
    yield _number(row.max_points)
    yield _number(row.percent if row.judged else None)
    yield _word(row.passed if row.judged or row.passed else None)
    yield _word(row.needs_review) if row.state == "graded" else ""
    yield " ".join(row.by_hand)
    yield str(row.attempts)
    yield "" if row.days_late is None else str(row.days_late)
    yield row.submitted_at or ""
    yield row.recorded_at or ""
    yield _word(row.outdated) if row.state == "graded" else ""
    yield row.submission or ""
    yield row.evidence or ""
    yield plain(one_line(row.reason))
    for cell in row.cells:
        if cell is None or cell.outcome == "error":
            yield "" if cell is None else "error"
        else:
            yield number(cell.points)


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _word(value: bool | None) -> str:  # noqa: FBT001 - it is what is written
    return "" if value is None else "yes" if value else "no"


def _line(cells: list[str] | Iterator[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
