"""Every error that the grader raises, grouped by whose fault it is.

A student's mistake and a refused Docker call are *values* (a verdict, a record in the evidence);
only what keeps us from grading is an error::

    GraderError                 exit code
    ├── InputError                 2      somebody's file or words are wrong
    │   ├── UsageError                    the command line
    │   ├── CourseError                   the course folder, a lab or a rubric
    │   ├── SubmissionError               what the student handed in
    │   └── EvidenceError                 a stored record that cannot be read
    └── SystemFault                3      our side: the grade is unknown, never zero
        ├── EngineError                   the Docker engine answered with an error
        │   └── EngineUnavailable         it did not answer, or we may not talk to it
        ├── GatewayFault                  the gateway has a bug
        ├── ReplayError                   the workbench or its terminal broke
        │   └── WorkbenchLost                 it was stopped from outside in the middle of a replay
        ├── OutputError                   results could not be written
        ├── StoreError                    the store of grades cannot be used, or is damaged
        ├── LmsError                      a learning platform refused or failed what we asked
        │   └── LmsUnavailable                it did not answer, or asked to come later
        └── EvidenceMissing               a check needs a fact that was not recorded
            └── PatternTooSlow            a rubric's pattern never came to an end
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

MOST = 10
"""How many problems of one file are shown at once."""


class GraderError(Exception):
    """Root of all errors of this package. Never thrown directly."""

    exit_code = 3


class InputError(GraderError):
    """A file or an argument is wrong; its owner can put it right."""

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: Path | None = None,
        line: int | None = None,
        column: int | None = None,
        fix: str = "",
    ) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.column = column
        self.fix = fix
        super().__init__(problem)

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            where = [str(part) for part in (self.file, self.line, self.column) if part]
            place = ":".join(where) + ": "
        return f"{place}{self.problem}" + (f"\n  fix: {self.fix}" if self.fix else "")


class UsageError(InputError):
    """The command line asks for something that does not exist."""


class Complaint(NamedTuple):
    """One thing that is wrong in a file of the course."""

    line: int
    column: int
    text: str


class CourseError(InputError):
    """The course folder, a lab or a rubric is broken."""

    complaints: tuple[Complaint, ...] = ()
    """All that is wrong in the file, where there is more to say than the problem itself."""

    @classmethod
    def telling(cls, file: Path, complaints: Iterable[Complaint]) -> Self:
        """Return the error that tells all that is wrong in a file, the first line first."""
        first, *others = ordered = sorted(set(complaints))
        lines = [first.text, *(f"  line {line}: {text}" for line, _, text in others)]
        if len(lines) > MOST:
            lines[MOST:] = [f"  and {len(lines) - MOST} more"]
        fix = "put this line right" if not others else "put these lines right"
        text = "\n".join(lines)
        error = cls(text, file=file, line=first.line, column=first.column, fix=fix)
        error.complaints = tuple(ordered)
        return error


class SubmissionError(InputError):
    """What the student handed in cannot be read as a submission."""


class EvidenceError(InputError):
    """A stored evidence file is missing, damaged or of another format."""


class SystemFault(GraderError):
    """We could not do our part; the student's grade is unknown."""

    def __init__(self, problem: str, *, fix: str = "") -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(problem)

    def __str__(self) -> str:
        return self.problem + (f"\n  fix: {self.fix}" if self.fix else "")


class EngineError(SystemFault):
    """The Docker engine refused or failed a call that we made for ourselves."""

    def __init__(self, problem: str, *, status: int = 0, fix: str = "") -> None:
        self.status = status
        super().__init__(problem, fix=fix)


class EngineUnavailable(EngineError):
    """The Docker engine does not answer on its socket, or no longer."""

    def __init__(self, problem: str, *, fix: str = "") -> None:
        super().__init__(problem, fix=fix or "look whether the engine runs, and at its log")


class GatewayFault(SystemFault):
    """The gateway failed over a request that it should have answered."""


class ReplayError(SystemFault):
    """The workbench ended or its terminal broke in the middle of a replay."""


class WorkbenchLost(ReplayError):
    """The workbench ended in the middle of a replay, and the student did not cause it."""


class OutputError(SystemFault):
    """Results could not be written; nothing half-written is left."""


class StoreError(SystemFault):
    """The store of grades cannot be opened, read or written; nothing half-written is left."""


class RecordLost(StoreError):
    """Evidence of one replay is missing in the store, or damaged."""


class LmsError(SystemFault):
    """A learning platform refused a call, or answered what cannot be right."""


class LmsUnavailable(LmsError):
    """A learning platform did not answer, or was too busy, also after some patience.

    What was asked of it may have been done all the same: only reading it back tells.
    """


class EvidenceMissing(SystemFault):
    """A check asks for a fact that the evidence does not hold."""


class PatternTooSlow(EvidenceMissing):
    """A regular expression of a rubric took so long over a text that it was stopped."""
