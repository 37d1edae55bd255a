"""A Canvas with one course, as its API reference and its source say that it behaves.

`pagination` below is the page of that name in its API reference; `submission.rb` and the like are
files of github.com/instructure/canvas-lms.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from loopback import App

TOKEN = "canvas-secret-token-7f3a"  # noqa: S105 - of a fake
COURSE = 42
ASSIGNMENT = 117
TEACHER = 7
"""Whose token it is."""
SUBMISSIONS = f"/api/v1/courses/{COURSE}/assignments/{ASSIGNMENT}/submissions"
BULK = f"POST {SUBMISSIONS}/update_grades"
PROGRESS = "GET /api/v1/progress/"
NUMBER = re.compile(r"[+-]?\d*\.?\d+")
LONGEST_COMMENT = 65_535
"""submission_comment.rb: `maximum_text_length`."""


@dataclass
class Comment:
    """One line of the conversation between a student and the teachers."""

    author: int
    text: str


@dataclass
class Student:
    """A student with their one submission, which is there before anything was handed in."""

    id: int
    name: str
    login: str
    email: str | None = None
    sis: str | None = None
    kind: str = "StudentEnrollment"
    state: str = "active"
    assigned: bool = True
    period: int | None = None
    entered: float | None = None
    deducted: float | None = None
    grader: int | None = None
    graded_at: str | None = None
    excused: bool = False
    missing: bool = False
    late_policy_status: str | None = None
    comments: list[Comment] = field(default_factory=list)
    writes: int = 0
    """How often the points were saved."""

    @property
    def texts(self) -> list[str]:
        """What others wrote to the student."""
        return [one.text for one in self.comments if one.author != self.id]


class Refusal(Exception):
    """assignment.rb: `GradeError`."""


@dataclass
class Job:
    """A 'Progress': an answer at once, and the work when its turn comes."""

    id: int
    rows: dict[str, dict[str, str]]
    left: int
    state: str = "queued"
    message: str | None = None


class FakeCanvas:
    """State in plain objects; `app` serves it."""

    def __init__(self, students: list[Student] | None = None) -> None:
        self.students = {one.id: one for one in students or class_of_three()}
        self.assignment: dict[str, Any] = {
            "id": ASSIGNMENT,
            "course_id": COURSE,
            "name": "6.1 사라지는 데이터",
            "points_possible": 100.0,
            "grading_type": "points",
            "published": True,
            "moderated_grading": False,
            "grades_published": True,
            "anonymize_students": False,
            "group_category_id": None,
            "grade_group_students_individually": False,
        }
        self.closed_periods: set[int] = set()
        self.may_grade = True
        self.may_see_periods = True
        self.tells_me = True
        """A token whose scopes leave out `users/self` is told nothing."""
        self.per_page = 100
        """pagination: `per_page` has a cap that is not told."""
        self.lag = 2
        """How many requests a job waits in the queue; it is asynchronous."""
        self.page_host: str | None = None
        """Where next pages are said to be."""
        self.jobs: list[Job] = []
        self._pages: dict[str, tuple[str, int]] = {}
        self._second = 0
        self.app: App = self._routes()

    def __getitem__(self, login: str) -> Student:
        return next(one for one in self.students.values() if one.login == login)

    def set_by_teacher(self, login: str, points: float, grader: int = 8) -> None:
        """Do what a teacher does in the gradebook."""
        self._save(self[login], points, grader)

    def _save(self, student: Student, points: float | None, grader: int) -> None:
        student.entered = points
        # assignment.rb: `excused = opts[:excused] && score.blank?`, so a grade ends it
        student.excused = False
        student.grader = grader
        student.missing = False
        self._second += 1
        student.graded_at = f"2026-11-24T10:{self._second // 60:02}:{self._second % 60:02}Z"
        student.writes += 1

    def _grade(self, key: str, row: dict[str, str]) -> None:
        """assignment.rb: `grade_student`, and the comment after it."""
        student = self._known(key)
        if student is None:
            raise KeyError(key)
        if "posted_grade" in row:
            if student.period in self.closed_periods:
                raise Refusal("Cannot grade this submission at this time")
            points = _points(row["posted_grade"])
            # `return_if_score_unchanged`: then neither grader nor time change
            if points != student.entered or student.excused:
                self._save(student, points, TEACHER)
        text = row.get("text_comment")
        if text:
            # submission_comment.rb
            if len(text) > LONGEST_COMMENT:
                raise Refusal("Validation failed: Comment is too long")
            # submission.rb: `add_comment`, every time that one is sent
            student.comments.append(Comment(TEACHER, text))

    def _known(self, key: str) -> Student | None:
        """submission.rb: `students_with_visibility`, inactive ones among them."""
        student = self.students.get(int(key)) if key.isdigit() else None
        if student is None or not student.assigned or student.state == "completed":
            return None
        return student

    def _run(self, job: Job) -> None:
        """submission.rb: `process_bulk_update`."""
        missing = []
        for key, row in job.rows.items():
            try:
                self._grade(key, row)
            except KeyError:
                # the others are written all the same
                missing.append(key)
            except Refusal:
                # progress.rb: one attempt; what came before stays, the rest is never done
                job.state, job.message = "failed", "Unexpected error, ID: 1099"
                return
        job.state = "completed"
        if missing:
            job.state = "failed"
            names = ", ".join(f"'{key}'" for key in missing)
            job.message = f"Couldn't find User(s) with API ids {names}"

    def _tick(self) -> None:
        for job in self.jobs:
            job.left -= 1
            if job.state == "queued" and job.left < 0:
                self._run(job)

    def _routes(self) -> FastAPI:
        app = FastAPI()
        course = f"/api/v1/courses/{COURSE}"
        app.middleware("http")(self._guard)
        app.get("/api/v1/users/self")(self._me)
        app.get(f"{course}/users")(self._users)
        app.get(f"{course}/assignments/{ASSIGNMENT}")(self._the_assignment)
        app.get(f"{course}/grading_periods")(self._periods)
        app.get(SUBMISSIONS)(self._submissions)
        app.post(f"{SUBMISSIONS}/update_grades")(self._bulk)
        app.put(f"{SUBMISSIONS}/{{user}}")(self._update)
        app.get("/api/v1/progress/{number}")(self._progress)
        return app

    async def _guard(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            body = {"errors": [{"message": "Invalid access token."}]}
            header = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}
            return JSONResponse(body, 401, header)
        self._tick()
        answer = await call_next(request)
        if answer.status_code == 404:
            errors = [{"message": "The specified resource does not exist."}]
            return JSONResponse({"errors": errors}, 404)
        return answer

    async def _me(self) -> Response:
        return JSONResponse({"id": TEACHER, "name": "Kim"}) if self.tells_me else _unauthorized()

    async def _users(self, request: Request) -> Response:
        states = request.query_params.getlist("enrollment_state[]") or ["active", "invited"]
        kinds = request.query_params.getlist("enrollment_type[]")
        found = [
            _user(one)
            for one in self.students.values()
            if one.state in states and (not kinds or one.kind == "StudentEnrollment")
        ]
        return self._page(request, found)

    async def _the_assignment(self) -> Response:
        return JSONResponse(self.assignment)

    async def _periods(self) -> Response:
        if not self.may_see_periods:
            return _unauthorized()
        numbers = {one.period for one in self.students.values() if one.period is not None}
        listed = [{"id": one, "is_closed": one in self.closed_periods} for one in sorted(numbers)]
        return JSONResponse({"grading_periods": listed})

    async def _submissions(self, request: Request) -> Response:
        if not self.may_grade:
            return _unauthorized()
        comments = "submission_comments" in request.query_params.getlist("include[]")
        seen = [one for one in self.students.values() if self._known(str(one.id))]
        return self._page(request, [_submission(one, comments=comments) for one in seen])

    async def _bulk(self, request: Request) -> Response:
        if not self.may_grade:
            return _unauthorized()
        rows: dict[str, dict[str, str]] = {}
        for name, value in await _form(request):
            match = re.fullmatch(r"grade_data\[([^]]*)\]\[(\w+)\]", name)
            assert match, name
            rows.setdefault(match[1], {})[match[2]] = value
        self.jobs.append(Job(len(self.jobs) + 1, rows, self.lag))
        return JSONResponse(_progress(self.jobs[-1]))

    async def _progress(self, number: int) -> Response:
        return JSONResponse(_progress(self.jobs[number - 1]))

    async def _update(self, request: Request, user: str) -> Response:
        row: dict[str, str] = {}
        for name, value in await _form(request):
            assert re.fullmatch(r"(submission|comment)\[\w+\]", name), name
            row[name.partition("[")[2].rstrip("]")] = value
        if not self.may_grade:
            return _unauthorized()
        try:
            self._grade(user, row)
        except KeyError:
            return Response(status_code=404)
        except Refusal as refusal:
            # submissions_api_controller.rb
            return JSONResponse({"error": str(refusal)}, 400)
        return JSONResponse(_submission(self.students[int(user)], comments=True))

    def _page(self, request: Request, found: list[dict[str, Any]]) -> Response:
        """pagination: 10 by default, and the address of the next page is opaque."""
        asked = int(request.query_params.get("per_page", "10"))
        key = request.query_params.get("page")
        query, start = self._pages[key] if key else (request.url.query, 0)
        end = start + min(asked, self.per_page)
        headers = {}
        if end < len(found):
            following = f"bookmark:{len(self._pages):x}"
            self._pages[following] = (query, end)
            host = self.page_host or str(request.base_url).rstrip("/")
            kept = [pair for pair in parse_qsl(query) if pair[0] != "page"]
            tail = urlencode([*kept, ("page", following)])
            headers["link"] = f'<{host}{request.url.path}?{tail}>; rel="next"'
        return JSONResponse(found[start:end], headers=headers)


def class_of_three() -> list[Student]:
    """Return Alice, Bob and Carol, with what a school knows of them."""
    return [
        Student(101, "Alice 김", "alice", "alice@school.example", "S-1"),
        Student(102, "Bob 이", "bob", "bob@school.example", "S-2"),
        Student(103, "Carol 박", "carol", "carol@school.example", "S-3"),
    ]


def class_of(size: int) -> list[Student]:
    """Return a class of many."""
    return [Student(1000 + one, f"학생 {one}", f"student{one:03}") for one in range(size)]


def _points(text: str) -> float | None:
    """assignment.rb: `interpret_grade` of an assignment with points."""
    if text.endswith("%") and NUMBER.fullmatch(text[:-1]):
        return float(text[:-1])
    return float(text) if NUMBER.fullmatch(text) else None


def _user(student: Student) -> dict[str, Any]:
    return {
        "id": student.id,
        "name": student.name,
        "sortable_name": student.name,
        "login_id": student.login,
        "email": student.email,
        "sis_user_id": student.sis,
        "enrollments": [{"type": student.kind, "enrollment_state": student.state}],
    }


def _submission(student: Student, *, comments: bool) -> dict[str, Any]:
    score = student.entered
    if score is not None and student.deducted:
        score -= student.deducted
    row: dict[str, Any] = {
        "id": student.id * 10,
        "user_id": student.id,
        "assignment_id": ASSIGNMENT,
        "score": score,
        "grade": None if score is None else f"{score:g}",
        "entered_score": student.entered,
        "points_deducted": student.deducted,
        "grader_id": student.grader,
        "graded_at": student.graded_at,
        "excused": student.excused,
        "missing": student.missing,
        "late_policy_status": student.late_policy_status,
        "grading_period_id": student.period,
        "workflow_state": "unsubmitted" if score is None else "graded",
        "posted_at": student.graded_at,
        "submission_type": None,
    }
    if comments:
        row["submission_comments"] = [
            {"id": number, "author_id": one.author, "comment": one.text}
            for number, one in enumerate(student.comments)
        ]
    return row


def _progress(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "context_id": COURSE,
        "context_type": "Course",
        "tag": "submissions_update",
        "completion": 100 if job.state == "completed" else 0,
        "workflow_state": job.state,
        "message": job.message,
        "url": f"/api/v1/progress/{job.id}",
    }


def _unauthorized() -> Response:
    errors = [{"message": "user not authorized to perform that action"}]
    return JSONResponse({"status": "unauthorized", "errors": errors}, 403)


async def _form(request: Request) -> Iterator[tuple[str, str]]:
    return iter(parse_qsl((await request.body()).decode(), keep_blank_values=True))
