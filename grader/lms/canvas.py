"""Canvas, through its REST interface: many grades in one job, each read back.

How Canvas behaves is taken from its API reference, and from the source of
`Submission.process_bulk_update` and `Assignment#grade_student` (github.com/instructure/canvas-lms).
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from canvasapi.assignment import Assignment
from canvasapi.course import Course
from canvasapi.submission import Submission
from pydantic import AfterValidator, PositiveInt

from grader.errors import LmsError, LmsUnavailable, UsageError
from grader.lms import Column, Grade, Held, Item, Participant
from grader.lms import _canvas_answers as answers
from grader.lms._canvas_calls import Refused, requester, rows, understood
from grader.lms._settings import Secret, TargetSettings, Url

JOB_SECONDS = 300.0
"""For one job, its wait in Canvas's queue included."""
LOOK_SECONDS = (1.0, 10.0)
"""Between two looks at it: at first, and at most."""


def _bare(url: str) -> str:
    """Return the address as Canvas itself writes it into the addresses of next pages."""
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is a page of Canvas; it has to end with the name of the host")
    return f"{parts.scheme}://{parts.netloc.lower()}"


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

    at_once = 100
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
            str(one.user_id): _held(one, self._me, locked=one.grading_period_id in closed)
            for one in found
            if users is None or str(one.user_id) in users
        }

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Write all points with one job, then each text with a call of its own.

        A job's answer comes before its work. Points that are sent again while the first job still
        waits are the same points; a text would be there twice. And a job ends at the first student
        whom Canvas refuses, without a word about who that was: from then on, each is sent alone.
        """
        if self._one_by_one:
            return self._each(item, [(grade.user, _row(grade)) for grade in grades])
        refused = self._points(item, grades)
        told = [(one.user, {"comment": _comment(one)}) for one in grades if one.comment]
        return {**refused, **self._each(item, [one for one in told if one[0] not in refused])}

    def _points(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        data = {grade.user: _posted(grade) for grade in grades}
        with understood(self._named(item.id)):
            assignment = Assignment(self._calls, self._of(item) | {"id": item.id})
            job = _ended(assignment.submissions_bulk_update(grade_data=data))
        if job.workflow_state == "completed":
            return {}
        unknown = set(re.findall(r"'([^']*)'", job.message or "")) & data.keys()
        if not unknown:
            self._one_by_one = True
            raise LmsUnavailable(f"Canvas's job ended early: {job.message or job.workflow_state}")
        return dict.fromkeys(unknown, "no such student in this assignment")

    def _each(self, item: Item, sent: Iterable[tuple[str, Mapping[str, object]]]) -> dict[str, str]:
        """Send each row alone, and return whom Canvas refused, and why."""
        refused = {}
        for user, row in sent:
            try:
                with understood(f"the grade of {user}"):
                    Submission(self._calls, self._of(item) | {"user_id": user}).edit(**row)
            except UsageError as error:
                refused[user] = error.problem
            except Refused as error:
                refused[user] = error.said
        return refused

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

    @cached_property
    def _me(self) -> int | None:
        """Who we write as; None where Canvas does not say."""
        try:
            with understood("the token's user"):
                said = self._calls.request("GET", "users/self").json()
                return answers.User.model_validate(said).id
        except (Refused, UsageError):
            return None

    def _of(self, item: Item) -> dict[str, object]:
        """Return what canvasapi's objects make their addresses of."""
        return {"course_id": self._settings.course, "assignment_id": item.id}

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


def _held(submission: answers.Submission, me: int | None, *, locked: bool) -> Held:
    comments = submission.submission_comments
    grader = submission.grader_id
    return Held(
        points=submission.given,
        grader=_name(grader),
        ours=None if grader is None or me is None else grader == me,
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


def _row(grade: Grade) -> dict[str, object]:
    row: dict[str, object] = {"submission": _posted(grade)}
    return row | ({"comment": _comment(grade)} if grade.comment else {})


def _posted(grade: Grade) -> dict[str, str]:
    """Return points as Canvas reads them: without exponents."""
    return {"posted_grade": f"{grade.points:.6f}".rstrip("0").rstrip(".")}


def _comment(grade: Grade) -> dict[str, str]:
    return {"text_comment": grade.comment or ""}


def _ended(progress: Any) -> answers.Job:  # noqa: ANN401 - canvasapi has no types
    """Return a job when it is over. Raises LmsError where that takes too long."""
    for _ in _looks(JOB_SECONDS):
        job = answers.Job.model_validate(progress.query())
        if job.workflow_state in ("completed", "failed", "canceled"):
            return job
    problem = f"Canvas's job {job.id} has not ended after {JOB_SECONDS:g} s"
    raise LmsError(problem, fix="say it again when Canvas is less busy")


def _looks(seconds: float) -> Iterator[None]:
    """Yield at once, and then with growing waits between, for so long."""
    end = time.monotonic() + seconds
    wait, longest = LOOK_SECONDS
    yield
    while time.monotonic() < end:
        time.sleep(wait)
        wait = min(2 * wait, longest)
        yield
