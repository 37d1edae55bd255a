"""A Moodle site of one course: its web services as a real 4.3 was measured to answer.

"Source" behind a behaviour means that it was read in Moodle's source, and not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

COURSE = 42
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - opens nothing but this fake
GRADER = 7
"""The token's user, a teacher of the course."""
TEACHER = 8
"""Another one, at the keyboard."""
HTML = 1
FUNCTIONS = (
    "core_enrol_get_enrolled_users",
    "core_webservice_get_site_info",
    "gradereport_user_get_grade_items",
    "mod_assign_get_assignments",
    "mod_assign_get_grades",
    "mod_assign_get_user_flags",
    "mod_assign_save_grade",
)


class Moodle(Exception):
    """An exception of Moodle's: answered with HTTP 200 all the same."""

    def __init__(self, code: str, message: str = "", kind: str = "moodle_exception") -> None:
        super().__init__(code)
        self.answer = {"exception": kind, "errorcode": code, "message": message or code}


@dataclass
class User:
    id: int
    username: str
    fullname: str
    email: str = ""
    idnumber: str = ""
    role: str = "student"
    enrolled: bool = True
    group: int = 0


@dataclass
class Assignment:
    id: int
    cmid: int
    name: str
    grade: int = 100
    """Below 0 a scale, 0 is not graded."""
    comments: bool = True
    markingworkflow: bool = False
    blindmarking: bool = False
    shown: bool = True
    """The token's user may see it in the gradebook."""


@dataclass
class Given:
    """A row of `assign_grades`, with the text of Feedback comments."""

    points: float = -1
    grader: int = GRADER
    at: int = 0
    text: str = ""
    format: int = HTML


@dataclass
class InBook:
    """A row of the gradebook."""

    final: float | None = None
    at: int | None = None
    text: str = ""
    format: int = HTML
    overridden: bool = False
    locked: bool = False
    hidden: bool = False


@dataclass
class Saved:
    """One call that saved, or pretended to."""

    user: int
    points: float
    text: str | None


@dataclass
class FakeMoodle:
    """What the site holds; tests look at it and change it, as teachers do."""

    users: dict[int, User] = field(default_factory=dict)
    assignments: dict[int, Assignment] = field(default_factory=dict)
    given: dict[tuple[int, int], Given] = field(default_factory=dict)
    """By assignment and user, like the next two."""
    book: dict[tuple[int, int], InBook] = field(default_factory=dict)
    states: dict[tuple[int, int], str] = field(default_factory=dict)
    """Of the marking workflow."""
    rights: set[str] = field(default_factory=lambda: {"grade", "viewall", "viewhidden", "groups"})
    service: set[str] = field(default_factory=lambda: set(FUNCTIONS))
    groups: bool = False
    """Separate groups."""
    recalculating: bool = False
    """The gradebook is not worked out yet."""
    saved: list[Saved] = field(default_factory=list)
    notified: list[int] = field(default_factory=list)
    """Whom Moodle tells about a new grade."""
    now: int = 1_790_000_000
    answers: dict[str, Any] = field(default_factory=dict)
    """Function → what it answers instead."""

    def enrol(self, *names: str, first: int = 101) -> None:
        """Enrol students with these logins."""
        for number, name in enumerate(names, first):
            email = f"{name}@example.org"
            self.users[number] = User(number, name, name.title(), email, f"2026{number:04}")

    def staff(self) -> None:
        """Enrol both teachers."""
        self.users[GRADER] = User(GRADER, "grader", "Grader", role="editingteacher")
        self.users[TEACHER] = User(TEACHER, "teacher", "Teacher", role="teacher")

    def grade_by_hand(self, assignment: int, user: int, points: float, text: str = "") -> None:
        """Grade as a teacher does on the assignment's page."""
        self._keep(self.assignments[assignment], user, points, TEACHER, text or None, HTML)

    def override(self, assignment: int, user: int, points: float) -> None:
        """Change a grade as a teacher does in the gradebook."""
        line = self.line(assignment, user)
        line.final, line.overridden, line.at = points, True, self._tick()

    def line(self, assignment: int, user: int) -> InBook:
        """Return the row of the gradebook."""
        return self.book.setdefault((assignment, user), InBook())

    def release(self, assignment: int, user: int) -> None:
        """Take a grade to the end of the marking workflow."""
        self.states[assignment, user] = "released"
        self._push(self.assignments[assignment], user)

    def points(self, assignment: int, user: int) -> float | None:
        """Return what the student sees."""
        line = self.book.get((assignment, user))
        return line.final if line and not line.hidden else None

    def text(self, assignment: int, user: int) -> str:
        """Return the markup that the student sees."""
        line = self.book.get((assignment, user))
        return line.text if line and not line.hidden else ""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/webservice/rest/server.php")
        async def server(request: Request) -> JSONResponse:
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            try:
                return JSONResponse(self._called(form))
            except Moodle as exception:
                return JSONResponse(exception.answer)

        return app

    def _called(self, form: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
        if form.get("wstoken") != TOKEN:
            raise Moodle("invalidtoken", "Invalid token - token not found")
        name = form["wsfunction"]
        if name in self.answers:
            return self.answers[name]
        if name not in self.service:
            raise Moodle("accessexception", "Access control exception")
        functions: dict[str, Callable[[dict[str, str]], Any]] = {
            "core_enrol_get_enrolled_users": self._enrolled,
            "core_webservice_get_site_info": lambda _: {"sitename": "Fake", "userid": GRADER},
            "gradereport_user_get_grade_items": self._grade_items,
            "mod_assign_get_assignments": self._get_assignments,
            "mod_assign_get_grades": self._get_grades,
            "mod_assign_get_user_flags": self._get_flags,
            "mod_assign_save_grade": self._save_grade,
        }
        # An unknown function and an unknown record are the same to Moodle.
        if name not in functions:
            raise Moodle("invalidrecord", "Can't find data record in database.")
        return functions[name](form)

    def _enrolled(self, form: dict[str, str]) -> list[dict[str, Any]]:
        """A token without moodle/user:viewalldetails sees no login and no number of others."""
        self._course(form["courseid"])
        all_details = "viewalldetails" in self.rights
        return [
            {
                "id": user.id,
                "fullname": user.fullname,
                "email": user.email,
                "username": user.username if all_details or user.id == GRADER else None,
                "idnumber": user.idnumber if all_details or user.id == GRADER else None,
                "roles": [{"roleid": 5, "name": "", "shortname": user.role, "sortorder": 0}],
            }
            for user in self.users.values()
            if user.enrolled and self._in_sight(user)
        ]

    def _get_assignments(self, form: dict[str, str]) -> dict[str, Any]:
        course = form["courseids[0]"]
        if course != str(COURSE):
            warning = {"item": "course", "itemid": int(course), "warningcode": "2", "message": "no"}
            return {"courses": [], "warnings": [warning]}
        assignments = [
            {
                "id": one.id,
                "cmid": one.cmid,
                "course": COURSE,
                "name": one.name,
                "grade": one.grade,
                "markingworkflow": int(one.markingworkflow),
                "blindmarking": int(one.blindmarking),
                "revealidentities": 0,
                "configs": [_config("file", "0"), _config("comments", str(int(one.comments)))],
            }
            for one in self.assignments.values()
        ]
        shown = {"id": COURSE, "fullname": "Docker", "assignments": assignments}
        return {"courses": [shown], "warnings": []}

    def _get_grades(self, form: dict[str, str]) -> dict[str, Any]:
        assignment = self._assignment(form["assignmentids[0]"])
        if "grade" not in self.rights:
            return {"assignments": [], "warnings": [_warned(assignment, "1", "No access rights")]}
        grades = [
            {
                "id": number,
                "userid": user,
                "attemptnumber": 0,
                "timecreated": one.at,
                "timemodified": one.at,
                "grader": one.grader,
                "grade": f"{one.points:.5f}",
            }
            for number, ((where, user), one) in enumerate(self.given.items())
            if where == assignment.id
        ]
        if not grades:
            return {"assignments": [], "warnings": [_warned(assignment, "3", "No grades found")]}
        return {
            "assignments": [{"assignmentid": assignment.id, "grades": grades}],
            "warnings": [],
        }

    def _get_flags(self, form: dict[str, str]) -> dict[str, Any]:
        assignment = self._assignment(form["assignmentids[0]"])
        flags = [
            {"id": user, "userid": user, "locked": 0, "mailed": 0, "workflowstate": state}
            for (where, user), state in self.states.items()
            if where == assignment.id
        ]
        if not flags:
            return {"assignments": [], "warnings": [_warned(assignment, "3", "No user flags")]}
        return {
            "assignments": [{"assignmentid": assignment.id, "userflags": flags}],
            "warnings": [],
        }

    def _grade_items(self, form: dict[str, str]) -> dict[str, Any]:
        """User 0 is the whole class. Source: one user need not be enrolled, nor in any role."""
        self._course(form["courseid"])
        if "viewall" not in self.rights:
            raise Moodle("nopermissions", "Sorry, but you do not currently have permissions")
        wanted = int(form.get("userid", 0))
        if wanted and wanted not in self.users:
            raise Moodle("invaliduser", "Invalid user")
        if wanted and not self._in_sight(self.users[wanted]):
            raise Moodle("notingroup", "Sorry, but you need to be part of a group")
        if not wanted and self.groups and "groups" not in self.rights:
            raise Moodle("notingroup", "Sorry, but you need to be part of a group")
        users = [self.users[wanted]] if wanted else self._graded_users()
        return {"usergrades": [self._usergrades(user) for user in users], "warnings": []}

    def _graded_users(self) -> list[User]:
        return [user for user in self.users.values() if user.enrolled and user.role == "student"]

    def _usergrades(self, user: User) -> dict[str, Any]:
        shown = [one for one in self.assignments.values() if one.grade and one.shown]
        # An outcome of an assignment is a line of the same assignment.
        outcomes = [
            self._grade_item(one, user) | {"itemnumber": 1000, "graderaw": 3.0} for one in shown
        ]
        lines = outcomes + [self._grade_item(one, user) for one in shown]
        course = {"id": 1, "itemtype": "course", "itemmodule": None, "iteminstance": COURSE}
        return {
            "courseid": COURSE,
            "userid": user.id,
            "userfullname": user.fullname,
            "maxdepth": 2,
            "gradeitems": [*lines, course],
        }

    def _grade_item(self, assignment: Assignment, user: User) -> dict[str, Any]:
        """Source: a hidden one is blank for who lacks moodle/grade:viewhidden."""
        line = self.book.get((assignment.id, user.id), InBook())
        seen = not line.hidden or "viewhidden" in self.rights
        return {
            "id": 1000 + assignment.id,
            "itemname": assignment.name,
            "itemtype": "mod",
            "itemmodule": "assign",
            "iteminstance": assignment.id,
            "itemnumber": 0,
            "cmid": assignment.cmid,
            "locked": False,
            "graderaw": line.final if seen else None,
            "gradedategraded": line.at,
            "gradehiddenbydate": False,
            "gradeneedsupdate": self.recalculating,
            "gradeishidden": line.hidden,
            "gradeislocked": line.locked,
            "gradeisoverridden": line.overridden,
            "grademin": 0,
            "grademax": assignment.grade,
            "feedback": line.text if seen else "",
            "feedbackformat": line.format,
        }

    def _save_grade(self, form: dict[str, str]) -> None:
        """Answers null whatever becomes of the grade."""
        assignment = self._assignment(form["assignmentid"])
        if "grade" not in self.rights:
            raise Moodle("nopermissions", "Sorry, but you do not currently have permissions")
        user, points = int(form["userid"]), float(form["grade"])
        text = form.get("plugindata[assignfeedbackcomments_editor][text]")
        key = assignment.id, user
        self.saved.append(Saved(user, points, text))
        if user not in self.users and key not in self.given:
            # Measured: refused the first time, with a row left behind; taken the second time.
            self.given[key] = Given(at=self._tick())
            raise Moodle("invaliduser", "Invalid user")
        line = self.book.get(key, InBook())
        if line.overridden or line.locked:
            return
        if points > assignment.grade:
            self.given.setdefault(key, Given(at=self._tick()))
            return
        # Source: the state is set to what came, an empty one too; a missing text is an empty one.
        if assignment.markingworkflow:
            self.states[key] = form["workflowstate"]
        style = int(form.get("plugindata[assignfeedbackcomments_editor][format]", HTML))
        kept = (text or "") if assignment.comments else None
        self._keep(assignment, user, points, GRADER, kept, style)
        if not assignment.markingworkflow or self.states[key] == "released":
            self.notified.append(user)

    def _keep(
        self,
        assignment: Assignment,
        user: int,
        points: float,
        grader: int,
        text: str | None,
        style: int,
    ) -> None:
        given = self.given.setdefault((assignment.id, user), Given())
        given.points, given.grader, given.at = round(points, 5), grader, self._tick()
        if text is not None:
            given.text, given.format = text, style
        self._push(assignment, user)

    def _push(self, assignment: Assignment, user: int) -> None:
        """Bring a grade from the assignment to the gradebook; of somebody enrolled."""
        if user not in self.users or not self.users[user].enrolled:
            return
        key = assignment.id, user
        line, given = self.line(*key), self.given[key]
        if line.overridden or line.locked:
            return
        released = not assignment.markingworkflow or self.states.get(key) == "released"
        if assignment.blindmarking:
            return
        # Source: a grade that is not released is removed from the gradebook.
        line.final = given.points if released else None
        line.text, line.format = (given.text, given.format) if released else ("", HTML)
        line.at = given.at

    def _in_sight(self, user: User) -> bool:
        return not self.groups or "groups" in self.rights or user.group == 1

    def _course(self, number: str) -> None:
        if number != str(COURSE):
            raise Moodle("invalidrecord", "Can't find data record in database table course.")

    def _assignment(self, number: str) -> Assignment:
        if int(number) not in self.assignments:
            raise Moodle("invalidrecord", "Can't find data record in database table assign.")
        return self.assignments[int(number)]

    def _tick(self) -> int:
        self.now += 1
        return self.now


def _config(plugin: str, value: str) -> dict[str, str]:
    return {"plugin": plugin, "subtype": "assignfeedback", "name": "enabled", "value": value}


def _warned(assignment: Assignment, code: str, message: str) -> dict[str, Any]:
    return {
        "item": "assignment",
        "itemid": assignment.id,
        "warningcode": code,
        "message": message,
    }
