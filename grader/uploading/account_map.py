"""The map of a target: which account on the platform is which student. A file that people edit.

`accounts/NAME.csv` in the course. What `grade roster` writes into it is worked out anew each time;
a line that somebody changed stays as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from grader.errors import Complaint, CourseError
from grader.lms import Participant
from grader.model.record import Text
from grader.personal.derivation import folded
from grader.reports._text import one_line
from grader.roster import SchoolRecord, listed
from grader.spreadsheet import MARK, plain, unquoted
from grader.uploading.identity import FIELDS, Match, called, key, match

FOLDER = "accounts"
COLUMNS = ("student", "account")
TOLD = ("name", "login", "email", "sis_id")
"""What the platform says of the account, for people."""
FOUND = ("matched_by", "confidence", "near")
HAND = "hand"
HEADER = 1
"""Lines before the first student's."""

State = Literal["matched", "by-hand", "nobody", "gone", "unclear", "not-found"]
"""`by-hand`: somebody wrote the account; `nobody`: somebody wrote that there is none. `gone`: the
platform has no such participant now. `unclear`: more than one could be meant."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One student in the map."""

    student: str
    account: str = ""
    name: str = ""
    login: str = ""
    email: str = ""
    sis_id: str = ""
    matched_by: str = ""
    """`sis_id`, `login` or `email`; `hand` where a person said it."""
    confidence: str = ""
    near: str = ""
    """Whom a person may want to look at; never used."""
    number: int = 0
    """Of the line in the file; 0 before it is written."""


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """A line as it is to be written, and what is to be told about it."""

    line: Line
    state: State
    why: Text | None = None


def map_file(root: Path, target: str) -> Path:
    """Return where the map of a target is."""
    return root / FOLDER / f"{target}.csv"


def maps(root: Path) -> Iterator[Path]:
    """Yield the maps of all targets."""
    yield from sorted((root / FOLDER).glob("*.csv"))


def accounts(root: Path, target: str) -> Mapping[str, str]:
    """Return student → account on the platform; without those whose account is not known.

    Raises CourseError for a map that is broken, or gives one account to two students.
    """
    return {line.student: line.account for line in read(map_file(root, target)) if line.account}


def read(file: Path) -> tuple[Line, ...]:
    """Return the lines of a map, none where there is no such file. Raises as `accounts` does."""
    if not file.exists():
        return ()
    lines = []
    owners: dict[str, Line] = {}
    for number, cells in listed(file, *COLUMNS, optional=(*TOLD, *FOUND)):
        named = dict(zip((*COLUMNS, *TOLD, *FOUND), map(unquoted, cells), strict=True))
        line = Line(number=number, **named)
        if line.account in owners:
            other = owners[line.account]
            problem = (
                f"the account {line.account!r} of {line.student!r} is that of {other.student!r} "
                f"in line {other.number}"
            )
            fix = "give each of them their own, or none"
            raise CourseError(problem, file=file, line=number, fix=fix)
        if line.account:
            owners[line.account] = line
        lines.append(line)
    return tuple(lines)


def strangers(lines: Iterable[Line], students: Iterable[str]) -> tuple[Line, ...]:
    """Return the lines of a map whose student nobody knows here."""
    known = {folded(student) for student in students}
    return tuple(line for line in lines if folded(line.student) not in known)


def renewed(
    old: Sequence[Line],
    students: Sequence[str],
    records: Mapping[str, SchoolRecord],
    participants: Sequence[Participant],
) -> Iterator[Renewed]:
    """Yield the lines of the new map, those of known students first.

    What somebody wrote into the old one stays: a line with `hand`, one for which nobody could be
    named, one whose account is not the one that its own columns describe, and one whose participant
    is gone. A line of a student who is not known any more stays if somebody wrote it.
    """
    people = {one.id: one for one in participants}
    kept = {folded(line.student): line for line in old if _is_edited(line, people)}
    taken = {line.account: line.student for line in kept.values() if line.account}
    free = [student for student in students if folded(student) not in kept]
    matches = {one.student: one for one in match(free, records, participants, taken)}
    for student in students:
        if student in matches:
            yield _matched(matches[student])
        else:
            yield _kept(replace(kept.pop(folded(student)), student=student), people)
    for line in kept.values():
        yield _kept(line, people)


def render(lines: Iterable[Line]) -> str:
    """Return the map as it is written; spreadsheets can open and save it."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = (*COLUMNS, *TOLD, *FOUND)
    writer.writerow(columns)
    writer.writerows(
        [plain(one_line(getattr(line, column))) for column in columns] for line in lines
    )
    return MARK + out.getvalue()


def line_of(lines: Iterable[Line], student: str) -> Line | None:
    """Return the line of a student."""
    return next((line for line in lines if folded(line.student) == folded(student)), None)


def without(lines: Sequence[Line], gone: Line) -> tuple[Line, ...]:
    """Return the lines without one, and without its account in the others' suggestions."""
    return tuple(
        replace(line, near="") if _is_near(line, gone) else line for line in lines if line != gone
    )


def _is_near(line: Line, gone: Line) -> bool:
    """Return whether a line suggests somebody who is gone, or may do so."""
    return bool(line.near) and (not gone.account or f"{gone.account} " in f"{line.near} ")


def _is_edited(line: Line, people: Mapping[str, Participant]) -> bool:
    """Return whether a person wrote this line, as far as it shows.

    We never write an account without saying what it was matched by, and that is what the
    participant has. Where the participant is gone, nobody can tell, and it is kept.
    """
    if line.matched_by == HAND or bool(line.account) != bool(line.matched_by):
        return True
    if not line.account:
        return False
    participant = people.get(line.account)
    field = next((field for field in FIELDS if field == line.matched_by), None)
    if participant is None or field is None:
        return True
    then, now = getattr(line, field), getattr(participant, field) or ""
    return key(field, then) != key(field, now)


def _matched(found: Match) -> Renewed:
    line = Line(student=found.student, near="; ".join(called(one) for one in found.near))
    if found.participant is None:
        state: State = "unclear" if found.trouble else "not-found"
        return Renewed(line=line, state=state, why=found.trouble)
    line = replace(
        _described(line, found.participant),
        matched_by=found.matched_by or "",
        confidence=found.confidence or "",
    )
    return Renewed(line=line, state="matched")


def _kept(line: Line, people: Mapping[str, Participant]) -> Renewed:
    line = replace(line, near="")
    if not line.account:
        return Renewed(line=replace(Line(student=line.student), matched_by=HAND), state="nobody")
    participant = people.get(line.account)
    if participant is None:
        return Renewed(line=replace(line, matched_by=line.matched_by or HAND), state="gone")
    hand = replace(_described(line, participant), matched_by=HAND, confidence="")
    return Renewed(line=hand, state="by-hand")


def _described(line: Line, participant: Participant) -> Line:
    return replace(
        line,
        account=participant.id,
        name=participant.name,
        login=participant.login or "",
        email=participant.email or "",
        sis_id=participant.sis_id or "",
    )


def unassigned(
    lines: Iterable[Line], participants: Iterable[Participant]
) -> Collection[Participant]:
    """Return the participants who are nobody in the map."""
    taken = {line.account for line in lines}
    return [one for one in participants if one.id not in taken]


def unclear(new: Iterable[Renewed], file: Path) -> CourseError | None:
    """Return the error that tells whose account is not clear, with their lines in the new map."""
    complaints = [
        Complaint(number, 1, f"{one.line.student}: {one.why.en}")
        for number, one in enumerate(new, start=HEADER + 1)
        if one.state == "unclear" and one.why is not None
    ]
    if not complaints:
        return None
    error = CourseError.telling(file, complaints)
    error.fix = "correct roster.csv, or write the right one into the column 'account' of the map"
    return error
