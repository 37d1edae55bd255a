"""What Moodle's web service functions answer, as far as we need it."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict

from grader.lms._html import to_text

MARKED_UP = (0, 1)
"""Formats of Moodle's that are shown as HTML; the others (2 plain, 4 Markdown) read as they are."""


class Answer(BaseModel):
    """A part of an answer; what we do not need of it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Role(Answer):
    shortname: str = ""


class User(Answer):
    id: int
    fullname: str | None = None
    username: str | None = None
    email: str | None = None
    idnumber: str | None = None
    roles: tuple[Role, ...] = ()


class Site(Answer):
    userid: int
    """Of the token's user."""


class Setting(Answer):
    plugin: str = ""
    subtype: str = ""
    name: str = ""
    value: str | None = None


class Assignment(Answer):
    id: int
    cmid: int
    name: str
    grade: float
    markingworkflow: bool = False
    blindmarking: bool = False
    revealidentities: bool = False
    configs: tuple[Setting, ...] = ()

    @property
    def takes_feedback(self) -> bool:
        """Return whether teachers can write a text; without, Moodle drops ours silently."""
        wanted = ("assignfeedback", "comments")
        said = [one for one in self.configs if (one.subtype, one.plugin) == wanted]
        # Since 3.2, only types that are turned on are listed at all.
        return bool(said) and all(one.value == "1" for one in said if one.name == "enabled")

    @property
    def keeps_back(self) -> bool:
        """Return whether grades may be in the assignment and not yet in the gradebook."""
        return self.markingworkflow or (self.blindmarking and not self.revealidentities)


class Warned(Answer):
    warningcode: str = ""
    message: str | None = None


class CourseOfAssignments(Answer):
    id: int
    assignments: tuple[Assignment, ...] = ()


class Assignments(Answer):
    courses: tuple[CourseOfAssignments, ...]


class Given(Answer):
    userid: int
    grader: int | None = None
    timemodified: int = 0
    attemptnumber: int = 0
    grade: str | None = None

    @property
    def points(self) -> float | None:
        """Return the points; an attempt that was never graded has -1, or nothing."""
        try:
            points = float(self.grade or "")
        except ValueError:
            return None
        return points if points >= 0 and math.isfinite(points) else None


class GivenInAssignment(Answer):
    assignmentid: int
    grades: tuple[Given, ...] = ()


class AllGiven(Answer):
    assignments: tuple[GivenInAssignment, ...]
    warnings: tuple[Warned, ...] = ()


class Flag(Answer):
    userid: int
    workflowstate: str | None = None


class FlagsOfAssignment(Answer):
    assignmentid: int
    userflags: tuple[Flag, ...] = ()


class Flags(Answer):
    assignments: tuple[FlagsOfAssignment, ...]
    warnings: tuple[Warned, ...] = ()


class InBook(Answer):
    itemmodule: str | None = None
    iteminstance: int | None = None
    itemnumber: int | None = None
    graderaw: float | None = None
    gradedategraded: int | None = None
    gradeneedsupdate: bool | None = None
    gradeishidden: bool | None = None
    gradeislocked: bool | None = None
    gradeisoverridden: bool | None = None
    locked: bool | None = None
    """The item as a whole."""
    feedback: str | None = None
    feedbackformat: int | None = None

    @property
    def comments(self) -> tuple[str, ...]:
        """Return the text to the student as it reads."""
        text = self.feedback or ""
        if self.feedbackformat is None or self.feedbackformat in MARKED_UP:
            text = to_text(text)
        return (text,) if text.strip() else ()


class Book(Answer):
    userid: int
    gradeitems: tuple[InBook, ...] = ()

    def of(self, assignment: int) -> InBook | None:
        """Return the line of an assignment; outcomes have lines of their own, from 1000 on."""
        wanted = ("assign", assignment)
        lines = [one for one in self.gradeitems if (one.itemmodule, one.iteminstance) == wanted]
        return next((one for one in lines if not one.itemnumber), None)


class Books(Answer):
    usergrades: tuple[Book, ...]
