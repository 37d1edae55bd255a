from __future__ import annotations

import pytest

from grader.attempts import counted
from grader.model.record import Text
from grader.model.result import Result

NAME = Text(ko="이름", en="name")


def attempt(name: str, points: float, *, review: bool = False, student: str = "alice") -> Result:
    return Result(
        lab="lab",
        lab_title=NAME,
        student=student,
        submission=name,
        points=points,
        max_points=10,
        percent=points * 10,
        pass_mark=60,
        passed=points >= 6,
        needs_review=review,
        criteria=(),
    )


def test_the_best_or_the_last_counts() -> None:
    attempts = [attempt("a", 4), attempt("b", 8), attempt("c", 8), attempt("d", 2)]
    assert counted(attempts, "best").submission == "b"
    assert counted(attempts, "last").submission == "d"


def test_the_best_is_not_certain_while_another_one_is_open() -> None:
    open_ = attempt("a", 2, review=True)
    assert counted([open_, attempt("b", 8)], "best").needs_review
    assert not counted([open_, attempt("b", 10)], "best").needs_review
    assert not counted([open_, attempt("b", 8)], "last").needs_review


def test_attempts_are_of_one_student() -> None:
    with pytest.raises(ValueError, match="several students"):
        counted([attempt("a", 1), attempt("b", 1, student="bob")], "best")
    with pytest.raises(ValueError, match="no attempt"):
        counted([], "last")
