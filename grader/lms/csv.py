"""A CSV file of grades, to be imported by hand into any learning platform.

A row for each student, with the columns `student`, `points`, `max` and `feedback`. It is the
teacher's: rows may be sorted, cells changed, columns added, and whatever was changed is kept. Its
path is in `items`, from the course's folder on; without that, it is `grades/LAB.csv`.

    upload:
      file: {kind: csv, items: {lab6-1: grades/containers.csv}}
"""

from __future__ import annotations

import contextlib
import csv
import io
import math
import os
import shutil
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, cast

from grader.errors import LmsError, UsageError
from grader.lms import Column, Grade, Held, Item, Lms, Participant, TargetSettings
from grader.spreadsheet import MARK, plain, unquoted

STUDENT, POINTS, MAX, FEEDBACK = "student", "points", "max", "feedback"
COLUMNS = (STUDENT, POINTS, MAX, FEEDBACK)
DECIMALS = 5


class Settings(TargetSettings):
    """What such a target says of itself."""

    by_account: ClassVar[bool] = False

    kind: Literal["csv"]
    items: Mapping[str, str] = {}
    """Lab → file, from the course's folder on."""


def connect(settings: TargetSettings, root: Path) -> AbstractContextManager[Lms]:
    """Return the files of a course."""
    return contextlib.nullcontext(Files(cast("Settings", settings), root))


class Files:
    """The files that a course's grades are in, one for each lab."""

    at_once = 10_000
    confirms = True

    def __init__(self, settings: Settings, root: Path) -> None:
        """Take the course's folder."""
        self._settings = settings
        self._root = root
        self._maximum: dict[str, float] = {}

    def participants(self) -> Sequence[Participant]:
        """Return nobody: students go by their names here."""
        return ()

    def item(self, column: Column, *, make: bool) -> Item | None:
        """Return the file of a lab, with a head and no rows where it is made."""
        name = self._settings.items.get(column.lab, f"grades/{column.lab}.csv")
        self._maximum[name] = column.max_points
        file = self._root / name
        if not file.exists():
            if not make:
                return None
            _write(file, _Sheet([*COLUMNS], [], ","))
        return Item(id=name, place=f"csv {name}", name=name, max_points=None)

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return what the file says. Who has no row yet can get one."""
        found = dict(_read(self._root / item.id).grades(self._root / item.id))
        if users is None:
            return found
        return {user: found.get(_key(user), Held()) for user in users}

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Fill in the rows of students, and add those that are missing."""
        file = self._root / item.id
        sheet = _read(file)
        maximum = self._maximum.get(item.id)
        at = {name: sheet.column(name) for name in COLUMNS}
        rows = {_key(unquoted(row[at[STUDENT]])): row for row in sheet.rows if any(row)}
        for grade in grades:
            row = rows.get(_key(grade.user))
            if row is None:
                row = rows[_key(grade.user)] = sheet.new_row()
                row[at[STUDENT]] = plain(grade.user)
            row[at[POINTS]] = sheet.number(grade.points)
            if maximum is not None:
                row[at[MAX]] = sheet.number(maximum)
            if grade.comment is not None:
                row[at[FEEDBACK]] = plain(grade.comment.strip())
        _write(file, sheet)
        return {}


@dataclass
class _Sheet:
    """A file as it is, with what we do not know of in it."""

    header: list[str]
    rows: list[list[str]]
    """As long as the header, at least."""
    delimiter: str
    """In countries with a decimal comma, spreadsheets write semicolons between cells."""

    def grades(self, file: Path) -> Iterator[tuple[str, Held]]:
        """Yield student and grade. Raises UsageError for what cannot be understood."""
        student, points = self.header.index(STUDENT), self.header.index(POINTS)
        feedback = self.header.index(FEEDBACK) if FEEDBACK in self.header else None
        found: set[str] = set()
        for row in self.rows:
            name = _key(unquoted(row[student]))
            if not name:
                if row[points].strip():
                    problem = f"{row[points].strip()!r} points in a row without a student"
                    raise UsageError(problem, file=file, fix="write whose they are")
                continue
            if name in found:
                raise UsageError(f"{name!r} is there twice", file=file, fix="keep one of the rows")
            found.add(name)
            text = unquoted(row[feedback]).strip() if feedback is not None else ""
            yield (
                name,
                Held(
                    points=self._points(row[points].strip(), name, file),
                    comments=(text,) if text else (),
                ),
            )

    def column(self, name: str) -> int:
        """Return where a column is; it is added if it is missing."""
        if name not in self.header:
            self.header.append(name)
            for row in self.rows:
                row.append("")
        return self.header.index(name)

    def new_row(self) -> list[str]:
        """Return a row that was added at the end."""
        self.rows.append([""] * len(self.header))
        return self.rows[-1]

    def number(self, value: float) -> str:
        """Return a number as the spreadsheet that wrote this file would."""
        text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if self.delimiter == ";" else text

    def _points(self, cell: str, name: str, file: Path) -> float | None:
        if not cell:
            return None
        with contextlib.suppress(ValueError):
            points = float(cell.replace(",", ".") if self.delimiter == ";" else cell)
            if math.isfinite(points):
                return points
        fix = "write a number such as 7.5, or leave the cell empty"
        raise UsageError(f"{cell!r} of {name!r} is no number of points", file=file, fix=fix)


def _key(name: str) -> str:
    """Return a name so that equal ones are equal: some systems take letters apart."""
    return unicodedata.normalize("NFC", name.strip())


def _read(file: Path) -> _Sheet:
    """Return a file's content. Raises UsageError for one that is no table of grades."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problem = f"{file} cannot be read: {error.strerror}"
        raise LmsError(problem, fix="make it a readable file, or remove it") from error
    except UnicodeDecodeError as error:
        fix = "save it from the spreadsheet as 'CSV UTF-8'"
        raise UsageError("the file is not in UTF-8", file=file, fix=fix) from error
    head = text.partition("\n")[0]
    delimiter = "," if "," in head else next((mark for mark in ";\t" if mark in head), ",")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        fix = "put it back from a copy, or remove it and upload again"
        raise UsageError(f"the file is no CSV: {error}", file=file, fix=fix) from error
    header = [cell.strip() for cell in lines[0]] if lines else []
    for name in (STUDENT, POINTS):
        if header.count(name) != 1:
            fix = f"begin the file with: {','.join(COLUMNS)}"
            problem = f"the file needs one column '{name}'"
            raise UsageError(problem, file=file, line=1, fix=fix)
    rows = [row + [""] * (len(header) - len(row)) for row in lines[1:]]
    return _Sheet(header, rows, delimiter)


def _write(file: Path, sheet: _Sheet) -> None:
    """Write a file whole, or not at all. Raises LmsError."""
    target = Path(os.path.realpath(file))  # a link stays a link
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as stream:
            stream.write(MARK)
            csv.writer(stream, delimiter=sheet.delimiter).writerows([sheet.header, *sheet.rows])
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        problem = f"{file} cannot be written: {error.strerror}"
        fix = "make room, make the folder writable, or name another file in course.yaml"
        raise LmsError(problem, fix=fix) from error
