"""Labs with values: the student's, and those of others, of which only the teacher is told.

What is found is never part of a result or of a report, and nothing is taken off for it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import InputError, OutputError
from grader.personal.derivation import values_of
from grader.personal.foreign import Found, foreign_tokens, texts_in
from grader.personal.given import values_for
from grader.personal.secret import Secret, find_secret

if TYPE_CHECKING:
    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.model.submission import Submission

FILE = "for-teacher.json"
NOTE = (
    "Tokens that other students were given stand in this submission. That alone says nothing about "
    "who did the work, or whether it was allowed to work together. No points were taken off."
)


@dataclass(frozen=True)
class Teacher:
    """Knows everybody's values, where the course's secret is there."""

    lab: Lab
    student: str
    own: Mapping[str, str]
    """The student's values."""
    others: Mapping[str, Mapping[str, str]] | None
    """Student → name → value; None where the secret is not there, as in a student's own CI."""

    @classmethod
    def of(cls, root: Path, lab: Lab, student: str, values_file: str | None) -> Teacher:
        """Return the values of a student, and of those who are known.

        Raises UsageError where the student's cannot be known, CourseError for a broken roster.
        """
        own = values_for(root, lab, student, Path(values_file) if values_file else None)
        secret = find_secret(root) if own else None
        if secret is None:
            return cls(lab, student, own, None)
        return cls(lab, student, own, everybodys(root, lab, secret))

    def note(self, folder: Path, record: Evidence, submission: Submission | None = None) -> None:
        """Write what was found into a folder of results, or remove what was found before.

        Raises OutputError.
        """
        if self.others is None:
            return
        texts = [*texts_in(record), *_handed_in(submission or self._again(record))]
        found = foreign_tokens(
            self.lab, self.student, {**self.others, self.student: self.own}, texts
        )
        self._write(folder / FILE, found)

    def _write(self, file: Path, found: tuple[Found, ...]) -> None:
        import click

        from grader.cli._results import shown, write_all
        from grader.reports._text import printable

        if not found:
            _remove(file)
            return
        told = {
            "format": 1,
            "lab": self.lab.id,
            "student": self.student,
            "note": NOTE,
            "found": [one.model_dump() for one in found],
        }
        write_all({file: json.dumps(told, ensure_ascii=False, indent=2) + "\n"})
        click.echo(
            printable(f"note: something for the teacher to look at: {shown(file)}"), err=True
        )

    def _again(self, record: Evidence) -> Submission | None:
        """Return what was handed in if it is still there, unchanged."""
        from grader.submissions import read

        try:
            submission = read(Path(record.submission), self.student, self.lab)
        except InputError:
            return None
        return submission if submission.digest == record.submission_digest else None


def everybodys(root: Path, lab: Lab, secret: Secret) -> dict[str, dict[str, str]]:
    """Return the values of all students who are known. Raises CourseError for a broken roster."""
    from grader.roster import known_students

    return {student: values_of(lab, student, secret) for student in known_students(root)}


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as bad:
        fix = "remove it: what it tells does not hold any more"
        raise OutputError(f"cannot remove {file}: {bad.strerror}", fix=fix) from bad


def _handed_in(submission: Submission | None) -> Iterator[tuple[str, str]]:
    from grader.submission_folder import entries

    if submission is None:
        return
    for number, line in enumerate(submission.text.split("\n"), start=1):
        yield f"line {number}", line
    if submission.folder is not None:
        with contextlib.suppress(InputError):  # changed since it was read
            for entry in entries(Path(submission.folder)):
                content = entry.content.decode(errors="replace")
                yield f"{entry.name} in the folder", f"{entry.name} {entry.target} {content}"
