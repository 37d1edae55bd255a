"""What is read of Canvas's answers; there is much more in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Answer(BaseModel):
    """One of canvasapi's objects, which have what Canvas sent as attributes."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Enrollment(Answer):
    """That somebody is in the course."""

    type: str = ""


class User(Answer):
    """Somebody in the course."""

    id: int
    name: str | None = None
    login_id: str | None = None
    email: str | None = None
    sis_user_id: str | None = None
    enrollments: tuple[Enrollment, ...] | None = None

    @property
    def real(self) -> bool:
        """Not the 'Test Student' by which teachers look at their course."""
        kinds = {enrollment.type for enrollment in self.enrollments or ()}
        return kinds != {"StudentViewEnrollment"}


class Assignment(Answer):
    """What students get a grade for."""

    id: int
    name: str | None = None
    points_possible: Finite | None = None
    grading_type: str = "points"
    published: bool = True
    moderated_grading: bool | None = None
    grades_published: bool | None = None
    anonymize_students: bool | None = None
    group_category_id: int | None = None
    grade_group_students_individually: bool | None = None
    has_sub_assignments: bool | None = None


class Comment(Answer):
    """A text to, or from, a student."""

    author_id: int | None = None
    comment: str | None = None


class Submission(Answer):
    """A student's place in an assignment; it is there before anything was handed in."""

    user_id: int
    score: Finite | None = None
    entered_score: Finite | None = None
    points_deducted: Finite | None = None
    grader_id: int | None = None
    graded_at: str | None = None
    excused: bool | None = None
    missing: bool | None = None
    late_policy_status: str | None = None
    grading_period_id: int | None = None
    submission_comments: tuple[Comment, ...] | None = None

    @property
    def given(self) -> float | None:
        """The points before what Canvas's late policy took; None where nobody gave any.

        A course can have Canvas give points for what is missing; then nobody is the grader.
        """
        if self.missing and self.grader_id is None and self.late_policy_status is None:
            return None
        if self.entered_score is not None or self.score is None:
            return self.entered_score
        return self.score + (self.points_deducted or 0.0)


class Period(Answer):
    """A grading period; when it is closed, Canvas takes no grades in it."""

    id: int
    is_closed: bool = False


class Job(Answer):
    """Canvas's 'Progress'."""

    id: int
    workflow_state: str
    message: str | None = None
