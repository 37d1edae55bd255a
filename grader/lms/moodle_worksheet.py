"""Moodle's offline grading worksheet: the file that an assignment hands out, filled in.

A teacher downloads it, we write a filled-in one beside it, the teacher uploads that. The download
is never touched. What Moodle does with it was read in its source (assignfeedback_offline), or seen
on 4.3; the Korean names are those of its language pack.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from grader.errors import LmsError, UsageError
from grader.lms import Column, Grade, Held, Item, Lms, Participant
from grader.lms._csv_cells import Cells
from grader.lms._html import to_html, to_text
from grader.lms._settings import TargetSettings

Name = Literal[
    "identifier",
    "name",
    "email",
    "login",
    "number",
    "grade",
    "maximum",
    "scale",
    "changeable",
    "graded",
    "feedback",
]
NAMES: Mapping[Name, tuple[str, ...]] = {
    "identifier": ("Identifier", "식별자"),
    "name": ("Full name", "전체 이름"),
    "email": ("Email address", "이메일 주소", "이메일"),
    "login": ("Username", "사용자 아이디"),
    "number": ("ID number", "id 번호"),
    "grade": ("Grade", "성적"),
    "maximum": ("Maximum grade", "최대 성적"),
    "scale": ("Scale", "척도"),
    "changeable": ("Grade can be changed",),
    "graded": ("Last modified (grade)", "마지막 수정됨(성적)"),
    "feedback": ("Feedback comments", "피드백 코멘트"),
}
"""What the columns are called in the language that the teacher has in Moodle; any case will do."""
NEEDED: tuple[Name, ...] = ("identifier", "email", "grade", "maximum", "changeable", "graded")
YES = frozenset({"yes", "예"})
NO = frozenset({"no", "아니오", "아니요"})
NEVER = "-"
FORMULA = tuple("=+-@")
WHERE = "download it from the assignment's list of submissions (Download grading worksheet)"


class Settings(TargetSettings):
    """Worksheets of a Moodle course, as they were downloaded."""

    kind: Literal["moodle_worksheet"]
    items: Mapping[str, str]
    """Lab → the downloaded file, from the course's folder on."""
    columns: Mapping[Name, str] = {}
    """What columns are called in a language that is not known here."""
    yes: str | None = None
    """What stands in 'Grade can be changed' in that language."""


def connect(settings: TargetSettings, root: Path) -> AbstractContextManager[Lms]:
    """Return the worksheets of a course."""
    return contextlib.nullcontext(Worksheets(cast("Settings", settings), root))


class Worksheets:
    """The worksheets of a course, one for each lab. Accounts are e-mail addresses.

    The worksheet's own `Participant 17` is a number of one assignment alone.
    """

    at_once = 100_000
    confirms = False

    def __init__(self, settings: Settings, root: Path) -> None:
        """Take the course's folder."""
        self._settings, self._root = settings, root

    def participants(self) -> Sequence[Participant]:
        """Return who is in any of the worksheets that are there."""
        files = [self._root / name for name in self._settings.items.values()]
        there = [file for file in files if file.is_file()]
        if not there:
            problem = "no grading worksheet of Moodle is there"
            raise UsageError(problem, file=files[0] if files else None, fix=WHERE)
        found: dict[str, Participant] = {}
        for file in there:
            found |= {_key(one.id): one for one in self._sheet(file).participants()}
        return list(found.values())

    def item(self, column: Column, *, make: bool) -> Item:  # noqa: ARG002 - Moodle makes it
        """Return the worksheet of a lab. Raises UsageError where it is not there, or of no use."""
        name = self._settings.items.get(column.lab)
        if name is None:
            problem = f"nobody said where the grading worksheet of {column.lab} is"
            raise UsageError(problem, fix=f"{WHERE}, and write `items: {{{column.lab}: FILE}}`")
        sheet = self._sheet(self._root / name)
        if self._settings.feedback and "feedback" not in sheet.columns:
            problem = "the worksheet has no column for feedback comments"
            fix = "turn on Feedback comments in the assignment and download it again, or write "
            raise UsageError(problem, file=sheet.file, fix=f"{fix}`feedback: false`")
        return Item(
            id=name,
            place=f"moodle_worksheet {name}",
            name=f"{name} → {_filled(Path(name))}",
            max_points=sheet.maximum(),
        )

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return what the download says."""
        sheet = self._sheet(self._root / item.id)
        found = {_key(user): held for user, held in sheet.held()}
        if users is None:
            return {one.id: found[_key(one.id)] for one in sheet.participants()}
        return {user: found[_key(user)] for user in users if _key(user) in found}

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        r"""Fill in the file beside the download; what is filled in there already stays.

        PHP's reader takes `\"` for no end of a cell (bugs.php.net 50686), and so would take what
        students wrote apart in the wrong places; it gets the HTML of the same look.
        """
        download = self._sheet(self._root / item.id)
        download.cells.replace('\\"', '&#92;"')
        file = _filled(download.file)
        sheet = self._begun(file, download) or download
        rows = sheet.rows()
        refused: dict[str, str] = {}
        for grade in grades:
            row = rows.get(_key(grade.user))
            if row is None:
                refused[grade.user] = "no row of the worksheet has this e-mail address"
            else:
                sheet.fill(row, grade)
        _write(file, sheet.cells.data())
        return refused

    def _begun(self, file: Path, download: _Sheet) -> _Sheet | None:
        """Return what was filled in before, if it was the same download."""
        try:
            begun = self._sheet(file)
        except (UsageError, LmsError):
            return None
        return begun if begun.same_as(download) else None

    def _sheet(self, file: Path) -> _Sheet:
        """Return a worksheet. Raises UsageError for a file that is none."""
        try:
            cells = Cells.of(file.read_bytes())
        except OSError as error:
            problem = f"the grading worksheet cannot be read: {error.strerror}"
            raise UsageError(problem, file=file, fix=WHERE) from error
        except UnicodeDecodeError as error:
            fix = "download it again; a spreadsheet saved it in another encoding"
            raise UsageError("the worksheet is not in UTF-8", file=file, fix=fix) from error
        columns = self._columns(file, cells)
        wide = len(cells.rows[0])
        for line, row in enumerate(cells.rows, 1):
            if len(row) != wide:
                problem = f"row {line} has {len(row)} cells, and the first one {wide}"
                fix = "download it again; a spreadsheet may have changed it"
                raise UsageError(problem, file=file, fix=fix)
        return _Sheet(file, cells, columns, self._settings.yes)

    def _columns(self, file: Path, cells: Cells) -> Mapping[Name, int]:
        """Return where the columns are. Raises UsageError if one is missing."""
        head = [cells.value(0, at) for at in range(len(cells.rows[0]))] if cells.rows else []
        known = {_key(name): at for at, name in reversed(list(enumerate(head)))}
        found: dict[Name, int] = {}
        for column, names in NAMES.items():
            chosen = self._settings.columns.get(column)
            wanted = (chosen,) if chosen else names
            at = next((known[_key(name)] for name in wanted if _key(name) in known), None)
            if at is not None:
                found[column] = at
        # Not every language pack has a word for it.
        if "changeable" not in found and (at := _of_yes_and_no(cells)) is not None:
            found["changeable"] = at
        if "scale" in found and "maximum" not in found:
            problem = "the assignment has a scale in Moodle: it takes no points"
            fix = "set its grade type to Point, and download the worksheet again"
            raise UsageError(problem, file=file, fix=fix)
        for column in NEEDED:
            if column not in found:
                raise _missing(file, column, head)
        return found


@dataclass(frozen=True)
class _Sheet:
    """A worksheet, and what its columns mean."""

    file: Path
    cells: Cells
    columns: Mapping[Name, int]
    yes: str | None

    def participants(self) -> Iterator[Participant]:
        for row in self.rows().values():
            yield Participant(
                id=self._text(row, "email"),
                name=to_text(self._text(row, "name")),
                login=self._text(row, "login") or None,
                email=self._text(row, "email"),
                sis_id=self._text(row, "number") or None,
            )

    def rows(self) -> dict[str, int]:
        """Return e-mail → row. Raises UsageError for one that is there twice."""
        found: dict[str, int] = {}
        for row in range(1, len(self.cells.rows)):
            email = _key(self._text(row, "email"))
            if not email:
                continue
            if email in found:
                problem = f"two rows have the e-mail address {email!r}"
                fix = "give one of them another in Moodle, and download the worksheet again"
                raise UsageError(problem, file=self.file, fix=fix)
            found[email] = row
        return found

    def maximum(self) -> float:
        """Return the most points. Raises UsageError where there is none."""
        for row in range(1, len(self.cells.rows)):
            if cell := self._text(row, "maximum"):
                return self._points(cell, row)
        fix = "set its grade type to Point, and download the worksheet again"
        raise UsageError("the worksheet has no maximum grade", file=self.file, fix=fix)

    def held(self) -> Iterator[tuple[str, Held]]:
        """Yield e-mail and what Moodle held at the time of the download."""
        for row in self.rows().values():
            grade, at = self._text(row, "grade"), self._text(row, "graded")
            text = to_text(self._text(row, "feedback"))
            yield (
                self._text(row, "email"),
                Held(
                    points=self._points(grade, row) if grade else None,
                    at=at if at not in {"", NEVER} else None,
                    comments=(text,) if text else (),
                    overridden=not self._changeable(row),
                ),
            )

    def fill(self, row: int, grade: Grade) -> None:
        number = f"{grade.points:.5f}".rstrip("0").rstrip(".")
        if self._decimal_comma():
            number = number.replace(".", ",")
        self.cells.put(row, self.columns["grade"], number)
        if grade.comment is not None and "feedback" in self.columns:
            text = to_html(grade.comment)
            if text.startswith(FORMULA):  # for those who look at it in a spreadsheet
                text = f"&#{ord(text[0])};{text[1:]}"
            self.cells.put(row, self.columns["feedback"], text)

    def same_as(self, other: _Sheet) -> bool:
        """Return whether nothing but grades and feedback is different."""
        ours = {self.columns["grade"], self.columns.get("feedback")}

        def rest(sheet: _Sheet) -> list[list[tuple[str, str]]]:
            return [
                [cell for at, cell in enumerate(row) if not number or at not in ours]
                for number, row in enumerate(sheet.cells.rows)
            ]

        return self.columns == other.columns and rest(self) == rest(other)

    def _decimal_comma(self) -> bool:
        """Return whether Moodle writes 66,67 in the teacher's language; it reads both then."""
        rows = range(1, len(self.cells.rows))
        return any("," in self._text(row, name) for row in rows for name in _NUMBERS)

    def _changeable(self, row: int) -> bool:
        """Return whether Moodle would take a grade: one that is overridden or locked, it skips."""
        cell = self._text(row, "changeable")
        if _key(cell) in YES or (self.yes and _key(cell) == _key(self.yes)):
            return True
        if _key(cell) in NO or self.yes:
            return False
        problem = f"row {row + 1} does not say whether its grade can be changed: {cell!r}"
        raise UsageError(problem, file=self.file, fix="write `yes: WORD` for yes in your language")

    def _points(self, cell: str, row: int) -> float:
        with contextlib.suppress(ValueError):
            points = float(cell.replace(",", "."))
            if math.isfinite(points):
                return points
        problem = f"row {row + 1} has no points but {cell!r}"
        raise UsageError(problem, file=self.file, fix="download the worksheet again")

    def _text(self, row: int, column: Name) -> str:
        at = self.columns.get(column)
        return self.cells.value(row, at).strip() if at is not None else ""


_NUMBERS: tuple[Name, ...] = ("maximum", "grade")


def _of_yes_and_no(cells: Cells) -> int | None:
    """Return the only column that says yes or no in each row, if there is one."""
    rows = range(1, len(cells.rows))
    if len({len(row) for row in cells.rows}) != 1:
        return None
    found = [
        at
        for at in range(len(cells.rows[0]))
        if rows and all(_key(cells.value(row, at)) in YES | NO for row in rows)
    ]
    return found[0] if len(found) == 1 else None


def _missing(file: Path, column: Name, head: Sequence[str]) -> UsageError:
    shown = ", ".join(name.strip() for name in head)[:300]
    problem = f"the worksheet has no column {NAMES[column][0]!r}; it has: {shown or 'none'}"
    if column == "email":
        fix = (
            "let Moodle show e-mail addresses to teachers (showuseridentity), not in blind marking"
        )
        return UsageError(problem, file=file, fix=fix)
    fix = f"download it again as it is, or write `columns: {{{column}: ITS NAME}}` in course.yaml"
    return UsageError(problem, file=file, fix=fix)


def _filled(file: Path) -> Path:
    """Return the file beside a download that is to be uploaded."""
    return file.with_name(f"{file.stem}.filled{file.suffix or '.csv'}")


def _key(text: str) -> str:
    return " ".join(text.split()).casefold().replace(" (", "(")


def _write(file: Path, data: bytes) -> None:
    """Write a file whole, or not at all. Raises LmsError."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        problem = f"{file} cannot be written: {error.strerror}"
        raise LmsError(problem, fix="make room, or make the folder writable") from error
