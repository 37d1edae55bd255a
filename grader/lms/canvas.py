"""Canvas, through its REST interface: many grades in one job, each read back.

How Canvas behaves is taken from its API reference, and from the source of
`Submission.process_bulk_update` and `Assignment#grade_student` (github.com/instructure/canvas-lms).
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from canvasapi.assignment import Assignment
from canvasapi.course import Course
from canvasapi.submission import Submission
from pydantic import AfterValidator, PositiveInt

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Column, Grade, Held, Item, Participant
from grader.lms import _canvas_answers as answers
from grader.lms._canvas_calls import Lost, Refused, requester, rows, understood
from grader.lms._settings import Secret, TargetSettings, Url

AT_ONCE = 100
JOB_SECONDS = 600.0
"""For one job, its wait in Canvas's queue included."""
ARRIVAL_SECONDS = 60.0
"""For a job of which we do not know whether there is one."""
LOOK_SECONDS = (1.0, 10.0)
"""Between two looks: at first, and at most."""
LEAST_DIFFERENCE = 0.005
"""Canvas keeps fractions as they come, and shows two digits."""


def _bare(url: str) -> str:
    if re.search(r"/(api|courses|login)(/|$)", url):
        raise ValueError(f"{url!r} is a page of Canvas; it has to end with the name of the host")
    return url


class Settings(TargetSettings):
    """A course on a Canvas."""

    kind: Literal["canvas"]
    url: Annotated[Url, AfterValidator(_bare)]
    token: Secret
    """Of somebody who may see and edit all grades of the course."""
    course: PositiveInt
    items: Mapping[str, PositiveInt]
    """Lab → number of the assignment, as in its address."""


@contextmanager
def connect(settings: Settings, root: Path) -> Iterator[Canvas]:
    """Open a Canvas, not asked anything yet. Raises UsageError without its token."""
    calls, session = requester(settings.url, settings.token.read(root))
    with session:
        yield Canvas(settings, calls)


class Canvas:
    """An open connection to one course."""

    at_once = AT_ONCE
    confirms = True

    def __init__(self, settings: Settings, calls: Any) -> None:  # noqa: ANN401 - canvasapi has no types
        """Take what canvasapi's objects make their calls with."""
        self._settings = settings
        self._calls = calls
        self._course = Course(calls, {"id": settings.course})
        self._one_by_one = False

    def participants(self) -> Sequence[Participant]:
        """Return the students who take part, or are invited to."""
        with understood(f"the students of course {self._settings.course}"):
            listed = rows(
                self._calls,
                f"courses/{self._settings.course}/users",
                answers.User,
                enrollment_type=["student"],
                enrollment_state=["active", "invited"],
                include=["email", "enrollments"],
            )
            users = [user for user in listed if user.real]
        return [
            Participant(
                id=str(user.id),
                name=user.name or "",
                login=user.login_id,
                email=user.email,
                sis_id=user.sis_user_id,
            )
            for user in users
        ]

    def item(self, column: Column, *, make: bool) -> Item:  # noqa: ARG002 - teachers make assignments
        """Return the assignment of a lab.

        Raises UsageError for one that would not take points for each student.
        """
        number = self._settings.items.get(column.lab)
        if number is None:
            fix = f"write its number into course.yaml: items: {{{column.lab}: 117}}"
            raise UsageError(f"no assignment on Canvas is named for {column.lab}", fix=fix)
        what = self._named(number)
        with understood(what):
            assignment = answers.Assignment.model_validate(self._course.get_assignment(number))
        if (hindrance := _hindrance(assignment)) is not None:
            problem, fix = hindrance
            raise UsageError(f"{what} {problem}", fix=fix)
        place = f"canvas {self._settings.url} course {self._settings.course} assignment {number}"
        return Item(
            id=str(number),
            place=place,
            name=assignment.name or str(number),
            max_points=assignment.points_possible,
        )

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return what each student has; who is not assigned, or left the course, is not there.

        Always of all students: of one alone, Canvas answers also where nothing is assigned.
        """
        with understood(self._named(item.id)):
            path = f"courses/{self._settings.course}/assignments/{item.id}/submissions"
            listed = rows(self._calls, path, answers.Submission, include=["submission_comments"])
            found = list(listed)
        closed = self._closed() if any(one.grading_period_id for one in found) else frozenset()
        return {
            str(one.user_id): _held(one, locked=one.grading_period_id in closed)
            for one in found
            if users is None or str(one.user_id) in users
        }

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Write with one job, and wait for its end.

        A job ends at the first student whom Canvas refuses, and does not say who that was; then,
        each of the others is sent alone. Raises LmsError where it is not known whether there is
        still a job to come: sent again, its comments would be there twice.
        """
        if self._one_by_one:
            return self._written_alone(item, grades)
        what = self._named(item.id)
        try:
            with understood(what):
                data = {grade.user: _row(grade) for grade in grades}
                progress = self._assignment(item).submissions_bulk_update(grade_data=data)
        except Lost as lost:
            return self._unsure(item, grades, lost.problem)
        try:
            with understood(what):
                job = _ended(progress)
        except LmsUnavailable as error:
            return self._unsure(item, grades, error.problem)
        if job is None:
            return self._unsure(item, grades, f"its job has not ended after {JOB_SECONDS:g} s")
        unknown = set(re.findall(r"'([^']*)'", job.message or "")) & data.keys()
        if job.workflow_state == "completed" or unknown:
            return dict.fromkeys(unknown, "no such student in this assignment")
        self._one_by_one = True
        raise LmsUnavailable(f"Canvas's job ended early: {job.message or job.workflow_state}")

    def _written_alone(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Write with one call for each, and return whom Canvas refused, and why."""
        refused = {}
        for grade in grades:
            row = _row(grade)
            at = {"course_id": self._settings.course, "assignment_id": item.id}
            fields = {"submission": {"posted_grade": row.pop("posted_grade")}}
            try:
                with understood(f"the grade of {grade.user}"):
                    Submission(self._calls, {**at, "user_id": grade.user}).edit(
                        **fields, **({"comment": row} if row else {})
                    )
            except UsageError as error:
                refused[grade.user] = error.problem
            except Refused as error:
                refused[grade.user] = error.said
        return refused

    def _unsure(self, item: Item, grades: Sequence[Grade], why: str) -> Mapping[str, str]:
        """Wait until all is there. Raises LmsError where it does not come."""
        users = {grade.user for grade in grades}
        for _ in _looks(ARRIVAL_SECONDS):
            try:
                held = self.held(item, users)
            except LmsUnavailable:
                continue
            if all(_arrived(grade, held.get(grade.user)) for grade in grades):
                return {}
        problem = f"it is not known whether Canvas still has to write what was sent: {why}"
        fix = "say it again in some minutes; sent again at once, comments might be there twice"
        raise LmsError(problem, fix=fix)

    def _closed(self) -> frozenset[int]:
        """Return the grading periods in which Canvas takes no grades any more."""
        try:
            with understood("the grading periods"):
                path = f"courses/{self._settings.course}/grading_periods"
                periods = list(rows(self._calls, path, answers.Period, "grading_periods"))
        except UsageError:
            # Not shown to this user; Canvas says itself what it refuses.
            return frozenset()
        return frozenset(period.id for period in periods if period.is_closed)

    def _assignment(self, item: Item) -> Any:  # noqa: ANN401 - canvasapi has no types
        return Assignment(self._calls, {"id": item.id, "course_id": self._settings.course})

    def _named(self, number: int | str) -> str:
        return f"assignment {number} of course {self._settings.course}"


def _hindrance(assignment: answers.Assignment) -> tuple[str, str] | None:
    """Return why an assignment would not take a grade for each student, and what to do."""
    alone = assignment.group_category_id is None or assignment.grade_group_students_individually
    moderated = assignment.moderated_grading and not assignment.grades_published
    hindrances = (
        (not assignment.published, "is not published: it takes no grades", "publish it in Canvas"),
        (
            assignment.grading_type not in ("points", "percent"),
            f"is graded by {assignment.grading_type!r}: points would become something else",
            "display its grade as points, or as a percentage, in Canvas",
        ),
        (
            not alone,
            "has one grade for a whole group: a student's would overwrite the others'",
            "tick 'Assign Grades to Each Student Individually' in Canvas",
        ),
        (moderated, "is moderated: it takes proposals only", "release its grades in Canvas first"),
        (
            assignment.anonymize_students,
            "does not tell who is who",
            "post its grades, or end anonymous grading, in Canvas",
        ),
        (
            assignment.has_sub_assignments,
            "has checkpoints, with a grade for each",
            "take an assignment without checkpoints",
        ),
    )
    return next(((problem, fix) for true, problem, fix in hindrances if true), None)


def _held(submission: answers.Submission, *, locked: bool) -> Held:
    comments = submission.submission_comments
    return Held(
        points=submission.given,
        grader=_name(submission.grader_id),
        at=submission.graded_at,
        comments=None if comments is None else tuple(_texts(comments, submission.user_id)),
        # A grade would end it: `Assignment#save_grade_to_submission`.
        overridden=bool(submission.excused),
        locked=locked,
    )


def _texts(comments: Iterable[answers.Comment], student: int) -> Iterator[str]:
    for comment in comments:
        if comment.comment and comment.author_id != student:
            yield comment.comment


def _name(grader: int | None) -> str | None:
    """Return who gave a grade; below zero, it is a tool, or Canvas itself."""
    if grader is None:
        return None
    return f"user {grader}" if grader > 0 else f"tool {-grader}"


def _row(grade: Grade) -> dict[str, str]:
    """Return what is sent of a student; Canvas reads no exponents."""
    row = {"posted_grade": f"{grade.points:.6f}".rstrip("0").rstrip(".")}
    return row | ({"text_comment": grade.comment} if grade.comment else {})


def _ended(progress: Any) -> answers.Job | None:  # noqa: ANN401 - canvasapi has no types
    """Return a job when it is over; None where that takes too long."""
    for _ in _looks(JOB_SECONDS):
        job = answers.Job.model_validate(progress.query())
        if job.workflow_state in ("completed", "failed", "canceled"):
            return job
    return None


def _looks(seconds: float) -> Iterator[None]:
    """Yield at once, and then with growing waits between, for so long."""
    end = time.monotonic() + seconds
    wait, longest = LOOK_SECONDS
    yield
    while time.monotonic() < end:
        time.sleep(wait)
        wait = min(2 * wait, longest)
        yield


def _arrived(grade: Grade, held: Held | None) -> bool:
    if held is None or held.points is None:
        return False
    same = abs(held.points - grade.points) < LEAST_DIFFERENCE
    told = {" ".join(comment.split()) for comment in held.comments or ()}
    return same and (grade.comment is None or " ".join(grade.comment.split()) in told)
