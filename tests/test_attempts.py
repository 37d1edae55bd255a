from __future__ import annotations

import pytest

from grader.attempts import Take, counted, counting
from grader.model.record import Text
from grader.model.result import CriterionResult, Result

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
    assert counted(attempts, "best") == (1, attempts[1])
    assert counted(attempts, "last") == (3, attempts[3])


def test_the_best_is_not_certain_while_another_one_is_open() -> None:
    open_ = attempt("a", 2, review=True)
    assert counted([open_, attempt("b", 8)], "best")[1].needs_review
    assert not counted([open_, attempt("b", 10)], "best")[1].needs_review
    assert not counted([open_, attempt("b", 8)], "last")[1].needs_review


def test_without_a_rule_the_newest_counts_and_nothing_takes_its_place() -> None:
    attempts = [attempt("a", 8, review=True), attempt("b", 2)]
    assert counting(attempts, None) == (1, False)
    assert counting(attempts, "best") == (0, False)
    assert counting([attempt("a", 2, review=True), attempt("b", 8)], "best") == (1, True)


def test_what_we_could_not_judge_displaces_nothing_that_we_could() -> None:
    unknown = CriterionResult(
        id="one", title=NAME, points=0, max_points=10, outcome="error", reason=NAME
    )
    good = attempt("a", 8)
    broken = attempt("b", 0, review=True).model_copy(update={"criteria": (unknown,)})
    takes: tuple[Take, ...] = ("best", "last")
    for take in takes:
        index, result = counted([good, broken], take)
        assert (index, result.points, result.needs_review) == (0, 8, True)
    assert counted([broken], "last") == (0, broken)


def test_attempts_are_of_one_student() -> None:
    with pytest.raises(ValueError, match="several students"):
        counted([attempt("a", 1), attempt("b", 1, student="bob")], "best")
    with pytest.raises(ValueError, match="no attempt"):
        counted([], "last")
