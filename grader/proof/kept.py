"""Evidence that is kept from one proof to the next: a changed rubric needs no new replay."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from grader import __version__, evidence_file
from grader.errors import OutputError
from grader.evidence_file import ENDING, UNREADABLE, content_of
from grader.model.evidence import FORMAT, Evidence
from grader.model.lab import Lab
from grader.model.submission import Submission
from grader.rubric import Rubric

_FOR_READERS = {"title", "questions", "time_zone"}
"""What of a lab no replay depends on."""


class Kept:
    """A folder with the evidence of one lab's cases and mutants."""

    def __init__(self, folder: Path, lab: Lab) -> None:
        self._folder = folder
        fields = json.loads(lab.model_dump_json(exclude=_FOR_READERS))
        self._setting = json.dumps([__version__, FORMAT, fields], sort_keys=True)

    def find(self, submission: Submission) -> Evidence | None:
        """Return what is kept of a submission; None for nothing, or for a file that is damaged."""
        with contextlib.suppress(*UNREADABLE, ValidationError):
            return Evidence.model_validate_json(evidence_file.read(self._file(submission)))
        return None

    def keep(self, submission: Submission, evidence: Evidence) -> None:
        """Put evidence into the folder, whole or not at all. Raises OutputError."""
        file = self._file(submission)
        try:
            evidence_file.write(file, content_of(evidence))
        except OSError as error:
            fix = "free some space there, or run it in another folder"
            raise OutputError(f"cannot write {file}: {error.strerror}", fix=fix) from error

    def forget(self, submission: Submission) -> None:
        """Remove evidence that settles nothing, so that it is recorded again next time."""
        self._file(submission).unlink(missing_ok=True)

    def forget_others(self, submissions: Iterable[Submission]) -> None:
        """Remove what belongs to none of these submissions."""
        mine = {self._file(submission) for submission in submissions}
        for file in self._folder.glob(f"*{ENDING}"):
            if file not in mine:
                file.unlink(missing_ok=True)

    def _file(self, submission: Submission) -> Path:
        asked = json.dumps([self._setting, submission.student, submission.digest, submission.text])
        return self._folder / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}{ENDING}"


def answers(evidence: Evidence, rubric: Rubric) -> bool:
    """Return whether evidence holds what a rubric wants to have been looked at."""
    wanted = rubric.wanted()
    asked = {wish.asked.model_dump_json() for wish in wanted.probes}
    probed = {record.asked.model_dump_json() for record in evidence.probes}
    return set(wanted.watched) <= set(evidence.watched) and asked <= probed
