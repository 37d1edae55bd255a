"""From a submission to its result: the table of contents of the program."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from grader.errors import SystemFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.model.record import Text
    from grader.model.result import Result
    from grader.model.submission import Submission
    from grader.recording import Recording
    from grader.rubric import Rubric

    OnStep = Callable[[int, str], None]


class Grading:
    """Grades one submission. Light to import and to make: what is slow begins with `warm_up`."""

    def __init__(self, *, sweeps: bool = True) -> None:
        """Do nothing yet. Of many gradings, `sweeps` says whether each sees to what it leaves."""
        self._recording: Recording | None = None
        self._sweeps = sweeps

    def warm_up(self) -> None:
        """Begin to start a workbench; for labs that are typed.

        Raises UsageError or OutputError where no session can be made.
        """
        from grader.recording import Recording

        self._recording = self._recording or Recording(sweeps=self._sweeps)

    def grade(
        self,
        lab: Lab,
        load_rubric: Callable[[], Rubric],
        submission: Submission,
        on_step: OnStep | None = None,
        submitted_at: datetime | None = None,
    ) -> tuple[Evidence, Result]:
        """Record what the submission does, and score the record.

        The rubric is loaded while the first lines are typed. What was lost on the way, through no
        fault of the student, is typed once more. Raises SystemFault where we failed,
        SubmissionError for answers that cannot be read, and what `load_rubric` raises.
        """
        if lab.kind == "quiz":
            rubric, evidence = load_rubric(), _answered(lab, submission)
        else:
            first = self._begin(lab, submission, on_step)
            rubric = load_rubric()
            try:
                evidence = first.finish(rubric.wanted())
            except SystemFault as fault:
                if not first.worth_repeating(fault):
                    raise
                evidence = self._repeat(fault, lab, submission, rubric, on_step)
        from grader.scoring import score

        evidence = evidence.model_copy(update={"submitted_at": submitted_at})
        return evidence, score(rubric, lab, evidence, now=datetime.now(UTC))

    def _begin(self, lab: Lab, submission: Submission, on_step: OnStep | None) -> Recording:
        self.warm_up()
        assert self._recording is not None  # noqa: S101 - warm_up has just made it
        self._recording.begin(lab, submission, on_step)
        return self._recording

    def _repeat(
        self,
        fault: SystemFault,
        lab: Lab,
        submission: Submission,
        rubric: Rubric,
        on_step: OnStep | None,
    ) -> Evidence:
        """Type everything a second time, on a session of its own. Raises SystemFault."""
        failed, self._recording = self._recording, None
        if failed is not None:
            failed.__exit__(None, None, None)
        again = self._begin(lab, submission, on_step)
        evidence = again.finish(rubric.wanted())
        return evidence.model_copy(update={"notes": (*evidence.notes, _repeated(fault))})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        """Give everything back, and see to what an earlier crash left behind."""
        from grader.engine.sessions import sweep_later

        if self._recording is not None:
            self._recording.__exit__(*why)
        elif self._sweeps:
            sweep_later()


def _repeated(fault: SystemFault) -> Text:
    from grader.model.record import Text

    return Text(
        ko=f"채점 시스템의 문제로 처음부터 다시 입력하였습니다: {fault.problem}",
        en=f"typed a second time, because the first attempt failed on our side: {fault.problem}",
    )


def _answered(lab: Lab, submission: Submission) -> Evidence:
    """Return the evidence of a quiz: the answers as they stand in the sheet."""
    from grader import __version__
    from grader.answer_sheet import answers
    from grader.model.evidence import Evidence

    given, lines = answers(submission, lab)
    return Evidence(
        grader=__version__,
        lab=lab.id,
        student=submission.student,
        submission=submission.path,
        submission_digest=submission.digest,
        recorded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=submission.notes,
        answers=given,
        answer_lines=lines,
    )
