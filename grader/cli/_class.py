"""A class from its plan to its summary; the one process that writes results and store."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path

from grader.classroom.jobs import fitting
from grader.classroom.plan import Plan, plan, students
from grader.classroom.rounds import Outcomes, graded, here
from grader.classroom.stop import Stop
from grader.classroom.sweeping import Sweeper
from grader.classroom.work import Course, Done, Outcome, Task
from grader.classroom.workers import Workers
from grader.cli._attempts import Attempts
from grader.cli._class_screen import Board
from grader.cli._evidence import dump
from grader.cli._failures import CTRL_C, write_log
from grader.cli._outputs import Outputs, choose_outputs, publish_fault, write_reports
from grader.cli._results import results_folder, shown
from grader.cli._status import PASSED, SIGNALLED, UNKNOWN_GRADE, USAGE
from grader.cli._store import keep
from grader.cli._teacher import Teacher, everybodys
from grader.course import load_rubric
from grader.errors import InputError, RecordLost, SystemFault
from grader.layout import ENDINGS
from grader.model.lab import Lab
from grader.model.record import Language
from grader.personal.secret import course_secret
from grader.reports import ALWAYS, Graded
from grader.store import Store
from grader.submissions import read


class Class:
    """The class of one lab."""

    def __init__(
        self, root: Path, lab: Lab, store: Store, language: Language, *, twice: bool
    ) -> None:
        """Load the rubric. Raises CourseError."""
        self._store, self._language = store, language
        rubric = None if lab.values else load_rubric(root, lab)
        self._course = Course(root, lab, rubric, twice)

    def grade(
        self,
        wanted: tuple[str, ...],
        times: Mapping[str, datetime],
        *,
        jobs: int | None,
        force: bool,
    ) -> int:
        """Grade all, or those wanted, and return the exit status.

        Raises InputError for what is broken for everybody, SystemFault for what fails for all.
        """
        who = students(self._course.root, wanted)
        made = plan(self._course, who, self._store, values=self._values, times=times, force=force)
        board = Board(self._course.lab.id, len(made.tasks), self._language)
        with Stop(lambda: _tell_stop(board)) as stop, board:
            for student, error in made.unreadable.items():
                board.unreadable(student, str(error))
            lab = self._course.lab
            for student, names in made.misnamed.items():
                board.misnamed(student, names, f"{lab.id}{ENDINGS[lab.kind][0]}")
            if made.loose:
                board.loose(made.loose)
            if made.recorded:
                _tell_recorded(board, lab.id, made.recorded)
            with self._source(made, jobs, stop) as outcomes:
                for outcome in graded(made.tasks, outcomes, stop):
                    self._settle(outcome, board)
        board.summary(made)
        if board.left:
            return SIGNALLED + CTRL_C
        if board.faults or board.review:
            return UNKNOWN_GRADE
        return USAGE if board.unread else PASSED

    @cached_property
    def _values(self) -> Mapping[str, Mapping[str, str]]:
        """Student → name → value, where the lab has values of each student's own."""
        root, lab = self._course.root, self._course.lab
        return everybodys(root, lab, course_secret(root)) if lab.values else {}

    @contextlib.contextmanager
    def _source(self, made: Plan, jobs: int | None, stop: Stop) -> Iterator[Outcomes]:
        """Give what grades tasks. Raises EngineUnavailable where none can be typed."""
        if self._course.lab.kind == "quiz" or not made.tasks:
            yield here(self._course, stop)
            return
        suits = asyncio.run(fitting())
        with Sweeper(), Workers(self._course, jobs or suits, stop) as workers:
            yield workers.outcomes

    def _settle(self, outcome: Outcome, board: Board) -> None:
        """Keep a result, or tell why there is none. Raises StoreError or OutputError."""
        task, became = outcome.task, outcome.became
        board.done()
        if isinstance(became, Done):
            try:
                self._keep(task, became)
            # In results or store, of this student alone: the submission could be read.
            except (InputError, RecordLost) as bad:
                board.fault(task.student, str(bad))
            else:
                board.graded(task.student, became.result)
        if isinstance(became, SystemFault):
            self._tell_fault(task, became, board)
        elif isinstance(became, InputError):
            board.unreadable(task.student, str(became))

    def _keep(self, task: Task, became: Done) -> None:
        """Write the files that a single grading writes, and last what says that it is done."""
        lab, student = self._course.lab, task.student
        folder, rubric, record = self._folder(task), became.rubric, became.record
        graded = Graded(became.result, lab, record)
        write_reports(graded, self._language, self._outputs(task), dump(record))
        Teacher(lab, student, task.own, self._values or None).note(folder, record)
        if rubric.attempts is not None:
            Attempts(folder, rubric, lab, student, rubric.attempts).add(record, self._language)
        keep(self._store, lab, rubric, record, became.result)

    def _tell_fault(self, task: Task, fault: SystemFault, board: Board) -> None:
        why = str(fault)
        if hasattr(fault, "__notes__") and (log := write_log(fault, sys.argv[1:])):
            why += f"; details are in {log}"
        board.fault(task.student, why)
        lab = self._course.lab
        with contextlib.suppress(InputError):  # the fault itself has been told
            rubric = self._course.rubric_for(task.own)
            submission = read(task.path, task.student, lab)
            publish_fault(fault, rubric, lab, submission, self._language, self._outputs(task))

    def _folder(self, task: Task) -> Path:
        return shown(results_folder(self._course.root, self._course.lab.id, task.student))

    def _outputs(self, task: Task) -> Outputs:
        return choose_outputs(self._folder(task), dict.fromkeys(ALWAYS), None)


def _tell_recorded(board: Board, lab: str, count: int) -> None:
    board.note(
        f"{count}명은 다른 채점 기준이나 프로그램으로 채점한 기록이 있습니다. "
        f"`grade regrade {lab}`은 다시 입력하지 않고 그 기록을 채점합니다.",
        f"{count} of them have a record, scored by another rubric or program: "
        f"`grade regrade {lab}` would score it without typing again",
    )


def _tell_stop(board: Board) -> None:
    board.note(
        "입력 중인 제출물까지 채점하고 멈춥니다. Ctrl-C를 한 번 더 누르면 즉시 멈춥니다.",
        "finishing what is being typed; ctrl-C again stops at once",
    )
