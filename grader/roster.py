"""Who is in the course: `roster.csv`, and the folders of `submissions/`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader import layout
from grader.errors import CourseError, UsageError
from grader.personal.derivation import folded
from grader.submissions import check_name
from grader.wording import did_you_mean
from grader.yaml_file import decode

FILE = "roster.csv"
COLUMN = "student"
KNOWN_AS = ("login", "email", "sis_id")
"""Columns that say who a student is elsewhere; each may be missing."""


@dataclass(frozen=True, kw_only=True)
class SchoolRecord:
    """What the roster says of one student; empty where it says nothing."""

    login: str = ""
    email: str = ""
    sis_id: str = ""
    """Of the school's own records."""


def known_students(root: Path) -> tuple[str, ...]:
    """Return all students who are known, sorted. Raises CourseError for a broken roster."""
    known: dict[str, str] = {}
    for name in (*in_roster(root), *with_folders(root)):
        known.setdefault(folded(name), name)
    return tuple(sorted(known.values()))


def with_folders(root: Path) -> Iterator[str]:
    """Yield the names of the folders of submissions, in no order."""
    folder = layout.submissions_folder(root)
    if folder.is_dir():
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.name.startswith((".", "-")):
                yield entry.name


def in_roster(root: Path) -> Iterator[str]:
    """Yield the names in the column `student` of the roster; other columns are for people.

    Raises CourseError for a broken roster.
    """
    file = root / FILE
    if file.exists():
        for _, (name,) in listed(file, COLUMN):
            yield name


def school_records(root: Path) -> Mapping[str, SchoolRecord]:
    """Return what the roster says of its students. Raises CourseError for a broken roster."""
    file = root / FILE
    if not file.exists():
        return {}
    return {
        name: SchoolRecord(login=login, email=email, sis_id=sis_id)
        for _, (name, login, email, sis_id) in listed(file, COLUMN, optional=KNOWN_AS)
    }


def listed(
    file: Path, *columns: str, optional: Sequence[str] = ()
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield number and cells of the lines of a CSV file, each of another student.

    The first of the columns holds the names. Cells of an optional column that is missing are empty;
    it may be written `E-Mail` or `SIS ID`. Raises CourseError for a broken file.
    """
    lines: dict[str, int] = {}
    text = _text(file).splitlines(keepends=True)
    rows = csv.reader(text, delimiter=_delimiter(text), strict=True)
    try:
        header = next(rows, [])
        at = [_column(column, header, file) for column in columns]
        at += [_optional(column, header, file) for column in optional]
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            cells = tuple(row[index].strip() if 0 <= index < len(row) else "" for index in at)
            _check(cells[0], lines, file, rows.line_num)
            lines[folded(cells[0])] = rows.line_num
            yield rows.line_num, cells
    except csv.Error as bad:
        fix = "close the quotes of this line"
        raise CourseError(f"no CSV: {bad}", file=file, line=rows.line_num, fix=fix) from bad


def _delimiter(lines: list[str]) -> str:
    """Return what stands between cells: in many countries, spreadsheets write semicolons."""
    first = lines[0] if lines else ""
    return "," if "," in first else next((mark for mark in ";\t" if mark in first), ",")


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as bad:
        fix = "make it a readable file, or remove it"
        raise CourseError(f"cannot be read: {bad.strerror}", file=file, fix=fix) from bad
    return decode(content, file=file, error=CourseError)


def _column(column: str, header: list[str], file: Path) -> int:
    names = [name.strip() for name in header]
    if column not in names:
        near = next((name for name in names if did_you_mean(name, [column])), None)
        has = f"; it has: {', '.join(names)}" if names else ""
        fix = "begin the file with a line that names the columns"
        fix = f"rename {near!r}" if near else f"{fix}, one of them '{column}'"
        raise CourseError(f"there is no column '{column}'{has}", file=file, line=1, fix=fix)
    return names.index(column)


def _optional(column: str, header: list[str], file: Path) -> int:
    """Return where an optional column is, -1 where there is none."""
    found = [index for index, name in enumerate(header) if _plain(name) == _plain(column)]
    if len(found) > 1:
        names = " and ".join(repr(header[index].strip()) for index in found)
        fix = "keep one of them, or name the other differently"
        problem = f"{names} are both the column '{column}'"
        raise CourseError(problem, file=file, line=1, fix=fix)
    return found[0] if found else -1


def _plain(column: str) -> str:
    return "".join(sign for sign in column.lower() if sign.isalnum())


def _check(name: str, lines: dict[str, int], file: Path, line: int) -> None:
    if not name:
        raise CourseError("no name in this line", file=file, line=line, fix="write it, or no line")
    if folded(name) in lines:
        problem = f"{name!r} is already in line {lines[folded(name)]}"
        raise CourseError(problem, file=file, line=line, fix="keep one of the two")
    try:
        check_name(name)
    except UsageError as bad:
        raise CourseError(bad.problem, file=file, line=line, fix=bad.fix) from bad
