"""Moodle, by its web services: the grades of an assignment, with the text to the student.

Where nothing else is said, it was measured on Moodle 4.3, or read in its source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from pydantic import PositiveInt

from grader.errors import LmsUnavailable, UsageError
from grader.lms import Column, Grade, Held, Item, Participant
from grader.lms._html import to_html
from grader.lms._moodle_answers import (
    AllGiven,
    Assignment,
    Assignments,
    Book,
    Books,
    Flags,
    Given,
    InBook,
    Site,
    User,
    Warned,
)
from grader.lms._moodle_functions import Functions, Refused
from grader.lms._settings import Secret, TargetSettings, Url
from grader.lms._web import Web

HTML = "1"
STAFF = frozenset({"manager", "coursecreator", "editingteacher", "teacher"})
NO_RIGHTS = "1"
"""Code of a warning."""
LATEST = "-1"
"""Of a student's attempts."""
LAST_SECOND = 4_102_444_800
"""The year 2100: what is beyond it is no date."""


class Settings(TargetSettings):
    """A course on a Moodle site."""

    kind: Literal["moodle"]
    url: Url
    token: Secret
    course: PositiveInt
    """The number in the address of the course's page."""
    items: Mapping[str, PositiveInt]
    """Lab → Moodle's number of the assignment; not the one in the address of its page."""


class Moodle:
    """A course on Moodle. Accounts are the users' numbers there."""

    at_once = 1
    """`mod_assign_save_grades` takes many, stops at the first bad one and keeps those before it."""
    confirms = True

    def __init__(self, functions: Functions, settings: Settings) -> None:
        self._ask, self._settings = functions, settings
        self._enrolled: Mapping[str, Participant] | None = None
        self._assignments: Mapping[int, Assignment] | None = None

    def participants(self) -> Sequence[Participant]:
        """Return who is enrolled, without those who only teach.

        Moodle leaves out login and number where the token's user lacks moodle/user:viewalldetails.
        """
        fields = "id,username,fullname,email,idnumber,roles"
        form = {
            "courseid": str(self._settings.course),
            "options[0][name]": "userfields",
            "options[0][value]": fields,
        }
        try:
            users = self._ask.read_list(User, "core_enrol_get_enrolled_users", form)
        except Refused as refused:
            raise self._no_course(refused) from None
        found = [_participant(user) for user in users if not _only_teaches(user)]
        self._enrolled = {one.id: one for one in found}
        return found

    def item(self, column: Column, *, make: bool) -> Item:  # noqa: ARG002 - assignments are made by teachers
        """Return the lab's assignment. Raises UsageError where it cannot take points."""
        number = self._settings.items.get(column.lab)
        if number is None:
            problem = f"nobody said which assignment of Moodle {column.lab} is"
            fix = f"make one there, and write `items: {{{column.lab}: NUMBER}}`; {self._known()}"
            raise UsageError(problem, fix=fix)
        found = self._assignment(number)
        if found.grade <= 0:
            what = "has a scale" if found.grade < 0 else "is not graded"
            problem = f"the assignment {found.name!r} {what} in Moodle: it takes no points"
            raise UsageError(problem, fix="set its grade type to Point in its settings")
        if self._settings.feedback and not found.takes_feedback:
            problem = f"the assignment {found.name!r} takes no feedback comments in Moodle"
            fix = "turn on Feedback comments in its settings, or write `feedback: false`"
            raise UsageError(problem, fix=fix)
        place = f"moodle {self._settings.url} course {self._settings.course} assignment {number}"
        return Item(id=str(number), place=place, name=found.name, max_points=found.grade)

    def held(self, item: Item, users: Collection[str] | None = None) -> Mapping[str, Held]:
        """Return what gradebook and assignment hold of those who are enrolled."""
        if users is None or self._enrolled is None:
            self.participants()
        enrolled = self._enrolled or {}
        wanted = enrolled if users is None else [user for user in users if user in enrolled]
        assignment = self._assignment(int(item.id))
        given = self._given(assignment)
        books = self._books(assignment) if users is None else {}
        me = self._me if given else None
        found: dict[str, Held] = {}
        for user in wanted:
            # The gradebook of a class has no suspended students, and none of other groups.
            book = books.get(user) or self._book(user)
            if book is not None:
                found[user] = _held(assignment, book.of(assignment.id), given.get(user), me)
        return found

    def write(self, item: Item, grades: Sequence[Grade]) -> Mapping[str, str]:
        """Save grade and text; an answer of Moodle's says nothing of whether it kept them."""
        refused: dict[str, str] = {}
        for grade in grades:
            try:
                self._save(self._assignment(int(item.id)), grade)
            except Refused as said:
                refused[grade.user] = said.said
        return refused

    def _save(self, assignment: Assignment, grade: Grade) -> None:
        if grade.points < 0:
            raise Refused("mod_assign_save_grade", "negative", "below 0 is no grade in Moodle")
        form = {
            "assignmentid": str(assignment.id),
            "userid": grade.user,
            "grade": _number(grade.points),
            "attemptnumber": LATEST,
            "addattempt": "0",
            # An empty state would take a grade that was released back from the student.
            "workflowstate": self._state(assignment, grade.user),
            "applytoall": "0",
            **self._text(assignment, grade),
        }
        self._ask.write("mod_assign_save_grade", form)

    def _text(self, assignment: Assignment, grade: Grade) -> dict[str, str]:
        """Return the fields of the text; left out, Moodle would wipe what is there."""
        field = "plugindata[assignfeedbackcomments_editor]"
        if grade.comment is not None:
            return {f"{field}[text]": to_html(grade.comment), f"{field}[format]": HTML}
        if not assignment.takes_feedback:
            return {}
        book = self._book(grade.user)
        line = book.of(assignment.id) if book else None
        if line is not None and (line.graderaw is not None or line.feedback):
            kept = HTML if line.feedbackformat is None else str(line.feedbackformat)
            return {f"{field}[text]": line.feedback or "", f"{field}[format]": kept}
        if grade.user not in self._given(assignment):
            return {}
        problem = (
            "the text that is there cannot be read, and would be lost; release the grade first"
        )
        raise Refused("mod_assign_save_grade", "keptback", problem)

    def _state(self, assignment: Assignment, user: str) -> str:
        """Return where the student's grade is in the marking workflow: it stays there."""
        if not assignment.markingworkflow:
            return ""
        form = {"assignmentids[0]": str(assignment.id)}
        flags = self._ask.read(Flags, "mod_assign_get_user_flags", form)
        self._unless_warned(flags.warnings, assignment)
        for of_assignment in flags.assignments:
            for flag in of_assignment.userflags:
                if str(flag.userid) == user and of_assignment.assignmentid == assignment.id:
                    return flag.workflowstate or ""
        return ""

    @cached_property
    def _me(self) -> int | None:
        """Who we write as; None where the token's service does not have the function."""
        try:
            return self._ask.read(Site, "core_webservice_get_site_info", {}).userid
        except (Refused, UsageError):
            return None

    def _assignment(self, number: int) -> Assignment:
        found = self._all_assignments().get(number)
        if found is not None:
            return found
        problem = f"course {self._settings.course} of Moodle has no assignment {number}"
        known = self._all_assignments().values()
        page = next((one for one in known if one.cmid == number), None)
        if page is not None:
            problem += f"; {number} is in the address of {page.name!r}, whose number is {page.id}"
        raise UsageError(problem, fix=self._known())

    def _all_assignments(self) -> Mapping[int, Assignment]:
        if self._assignments is None:
            form = {"courseids[0]": str(self._settings.course), "includenotenrolledcourses": "1"}
            try:
                answer = self._ask.read(Assignments, "mod_assign_get_assignments", form)
            except Refused as refused:
                raise self._no_course(refused) from None
            courses = [one for one in answer.courses if one.id == self._settings.course]
            if not courses:
                raise self._no_course(None)
            self._assignments = {one.id: one for course in courses for one in course.assignments}
        return self._assignments

    def _known(self) -> str:
        known = [f"{one.id} {one.name!r}" for one in self._all_assignments().values()]
        return f"assignments there: {', '.join(known[:20]) or 'none'}"

    def _given(self, assignment: Assignment) -> Mapping[str, Given]:
        """Return the grades in the assignment, by user: before deductions, and by whom."""
        form = {"assignmentids[0]": str(assignment.id)}
        answer = self._ask.read(AllGiven, "mod_assign_get_grades", form)
        self._unless_warned(answer.warnings, assignment)
        grades = [
            grade
            for one in answer.assignments
            if one.assignmentid == assignment.id
            for grade in one.grades
        ]
        return {str(one.userid): one for one in sorted(grades, key=lambda one: one.attemptnumber)}

    def _unless_warned(self, warnings: Sequence[Warned], assignment: Assignment) -> None:
        if any(one.warningcode == NO_RIGHTS for one in warnings):
            problem = f"the token's user may not grade {assignment.name!r} in Moodle"
            raise UsageError(problem, fix="give them mod/assign:grade in the course")

    def _books(self, assignment: Assignment) -> Mapping[str, Book]:
        """Return the gradebook of the class, in one call."""
        try:
            books = self._gradebook("0").usergrades
        except Refused as refused:
            if refused.code == "notingroup":  # the token's user is in none: one by one
                return {}
            raise
        if books and all(book.of(assignment.id) is None for book in books):
            problem = f"the gradebook does not show {assignment.name!r} to the token's user"
            fix = "give them moodle/course:viewhiddenactivities and moodle/grade:viewhidden"
            raise UsageError(problem, fix=fix)
        return {str(book.userid): book for book in books}

    def _book(self, user: str) -> Book | None:
        """Return one student's gradebook; None for one whom Moodle does not show."""
        try:
            books = self._gradebook(user).usergrades
        except Refused:
            return None
        return next((book for book in books if str(book.userid) == user), None)

    def _gradebook(self, user: str) -> Books:
        form = {"courseid": str(self._settings.course), "userid": user}
        return self._ask.read(Books, "gradereport_user_get_grade_items", form)

    def _no_course(self, refused: Refused | None) -> UsageError:
        said = f": {refused.said}" if refused else ""
        problem = f"Moodle at {self._settings.url} shows no course {self._settings.course}{said}"
        return UsageError(problem, fix="`course` is the number in the address of its page")


def _held(assignment: Assignment, line: InBook | None, given: Given | None, me: int | None) -> Held:
    """Return what gradebook and assignment say together.

    The gradebook has what students see: an override by a teacher, and the grade after deductions.
    The assignment has who gave how many points.
    """
    points = given.points if given else None
    grader = f"user {given.grader}" if given and given.grader and points is not None else None
    ours = None if given is None or grader is None or me is None else given.grader == me
    at = given.timemodified if given and points is not None else None
    if line is None:
        return Held(points=points, grader=grader, ours=ours, at=_when(at), comments=None)
    if line.gradeneedsupdate:
        raise LmsUnavailable("Moodle's gradebook is not worked out yet", fix="try again later")
    locked = bool(line.gradeislocked or line.locked)
    if line.gradeisoverridden:
        return Held(
            points=line.graderaw,
            at=_when(line.gradedategraded),
            comments=line.comments,
            overridden=True,
            locked=locked,
        )
    unseen = line.graderaw is None
    if unseen and not (assignment.keeps_back or line.gradeishidden):
        points = grader = ours = at = None  # in the assignment alone, it is lost for the student
    elif points is None:
        points, at = line.graderaw, line.gradedategraded
    return Held(
        points=points,
        grader=grader,
        ours=ours,
        at=_when(at),
        comments=None if unseen and points is not None else line.comments,
        locked=locked,
    )


def _participant(user: User) -> Participant:
    return Participant(
        id=str(user.id),
        name=user.fullname or "",
        login=user.username or None,
        email=user.email or None,
        sis_id=user.idnumber or None,
    )


def _only_teaches(user: User) -> bool:
    return bool(user.roles) and all(role.shortname in STAFF for role in user.roles)


def _number(points: float) -> str:
    """Return a number as Moodle's database keeps it, with five decimals at most."""
    return f"{points:.5f}".rstrip("0").rstrip(".")


def _when(seconds: int | None) -> str | None:
    if not seconds or not 0 < seconds < LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ", timespec="minutes")


@contextmanager
def _connected(settings: Settings, root: Path) -> Iterator[Moodle]:
    token = settings.token.read(root)
    with Web("Moodle") as web:
        yield Moodle(Functions(web, settings.url, token), settings)


def connect(settings: TargetSettings, root: Path) -> AbstractContextManager[Moodle]:
    """Return the course, not asked anything yet. Raises UsageError without the token."""
    return _connected(cast("Settings", settings), root)
