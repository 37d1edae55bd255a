"""A regrade, from the record to what is told and, where wanted, written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from grader.classroom.work import Course
from grader.cli._regrade_told import as_json, as_text
from grader.cli._screen import say
from grader.cli._status import PASSED, UNKNOWN_GRADE
from grader.course import load_rubric
from grader.errors import UsageError
from grader.model.lab import Lab
from grader.model.record import Language
from grader.personal.derivation import values_of
from grader.personal.secret import course_secret
from grader.regrading.preview import Preview
from grader.regrading.rescoring import Regraded, Rescoring
from grader.store import Store, Writing
from grader.store.writing import Signed

AT_ONCE = 500
"""Students that are written together."""


class Regrade:
    """The record of one lab, and how it is scored now."""

    def __init__(self, root: Path, lab: Lab, store: Store, jobs: int | None) -> None:
        """Load the rubric. Raises CourseError, and UsageError where there is no record."""
        rubric = None if lab.values else load_rubric(root, lab)
        self._secret = course_secret(root) if lab.values else None
        self._lab, self._store, self._jobs = lab, store, jobs
        self._attempts = store.attempts(lab.id)
        if not self._attempts:
            problem = f"the store has no record of lab {lab.id!r}"
            raise UsageError(problem, fix=f"grade it first: grade class {lab.id}")
        self._course = Course(root.absolute(), lab, rubric)

    def run(self, signed: Signed | None, told: Language | Literal["json"]) -> int:
        """Tell what a new scoring means, write it where it is signed, and return the exit status.

        All of it is written, or nothing. Raises CourseError, StoreError, SystemFault.
        """
        preview, written = Preview(), None
        if signed is None:
            for one in self._regraded(writes=False):
                preview.add(one.effect)
        else:
            with self._store.writing() as writing:
                count = self._write(writing, signed, preview)
            written = (signed.change, count)
        if told == "json":
            say(as_json(self._lab, preview, written))
        else:
            say(as_text(self._lab, preview, written, told))
        return UNKNOWN_GRADE if preview.unread or preview.unanswered else PASSED

    def _write(self, writing: Writing, signed: Signed, preview: Preview) -> int:
        regraded = self._regraded(writes=True)
        written = 0
        while some := list(islice(regraded, AT_ONCE)):
            for one in some:
                preview.add(one.effect)
            settled = [one.settled for one in some if one.settled is not None]
            written += writing.settle_all(self._lab.id, settled, signed)
        return written

    def _regraded(self, *, writes: bool) -> Iterator[Regraded]:
        files, now = self._store.evidence_files, datetime.now(UTC)
        rescoring = Rescoring(self._course, files, now, writes=writes)
        cases = self._store.cases(self._lab.id)
        return rescoring.all(cases, self._own, self._attempts, self._jobs)

    def _own(self, student: str) -> Mapping[str, str]:
        return values_of(self._lab, student, self._secret) if self._secret else {}
