"""What is graded, and what becomes of it: the words that parent and workers exchange."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.course import load_rubric
from grader.errors import GraderError, SystemFault
from grader.grading import Grading
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.result import Result
from grader.model.submission import Submission
from grader.rubric import Rubric
from grader.scoring import score
from grader.submissions import read


@dataclass(frozen=True)
class Course:
    """What all gradings of one class have in common."""

    root: Path
    lab: Lab
    rubric: Rubric | None
    """None where each student's is another one."""
    twice: bool = False
    """Whether each submission is typed a second time, to find what comes out by chance."""

    def rubric_for(self, own: Mapping[str, str]) -> Rubric:
        """Return the rubric of a student with these values. Raises CourseError."""
        return self.rubric or load_rubric(self.root, self.lab, own)


@dataclass(frozen=True)
class Task:
    """One submission to be graded."""

    student: str
    path: Path
    own: Mapping[str, str] = field(default_factory=dict)
    """The student's values."""
    submitted_at: datetime | None = None


@dataclass(frozen=True)
class Done:
    """A submission that has its result."""

    rubric: Rubric
    record: Evidence
    result: Result


@dataclass(frozen=True)
class Outcome:
    """What became of a task: a result, or why there is none."""

    task: Task
    became: Done | GraderError


class Grader:
    """Grades one submission after the other; for typed ones, it starts the next workbench early."""

    def __init__(self, course: Course) -> None:
        """Begin nothing yet."""
        self._course = course
        self._ahead: Grading | None = None

    def outcome(self, task: Task, *, more: bool = False) -> Outcome:
        """Return what became of a task; `more` says that another will follow.

        Bugs of ours are faults like others: they must not stop the class.
        """
        try:
            return Outcome(task, self._graded(task, more=more))
        except GraderError as error:
            return Outcome(task, error)
        except Exception as bug:  # noqa: BLE001 - see above
            fault = SystemFault(f"unexpected {type(bug).__name__}: {bug}")
            fault.add_note(traceback.format_exc())
            return Outcome(task, fault)

    def close(self) -> None:
        """Give back what was begun for a task that never came."""
        if self._ahead is not None:
            self._ahead.__exit__()

    def _graded(self, task: Task, *, more: bool) -> Done:
        course = self._course
        submission = read(task.path, task.student, course.lab)
        if course.lab.kind == "quiz":
            return self._grade(Grading(sweeps=False), task, submission, more=False)
        first = self._typed(task, submission, more=more or course.twice)
        if not course.twice:
            return first
        again = self._typed(task, submission, more=more).record
        record = first.record.model_copy(update={"again": again})
        result = score(first.rubric, course.lab, record, now=datetime.now(UTC))
        return Done(first.rubric, record, result)

    def _typed(self, task: Task, submission: Submission, *, more: bool) -> Done:
        grading, self._ahead = self._ahead or Grading(sweeps=False), None
        with grading:
            return self._grade(grading, task, submission, more=more)

    def _grade(self, grading: Grading, task: Task, submission: Submission, *, more: bool) -> Done:
        rubrics: list[Rubric] = []

        def load() -> Rubric:
            """Return the rubric, once the first lines are being typed."""
            if more:
                self._look_ahead()
            rubrics.append(self._course.rubric_for(task.own))
            return rubrics[0]

        record, result = grading.grade(
            self._course.lab, load, submission, submitted_at=task.submitted_at
        )
        return Done(rubrics[0], record, result)

    def _look_ahead(self) -> None:
        """Begin to start the workbench of the next task; what fails then is told by that task."""
        self._ahead = Grading(sweeps=False)
        with suppress(GraderError):
            self._ahead.warm_up()
