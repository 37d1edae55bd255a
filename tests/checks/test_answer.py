from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks._examples import seen
from grader.checks.answer import Answer


@pytest.mark.parametrize(
    ("chosen", "correct", "credit"),
    [
        (["b"], ["B"], 1),
        (["B"], "b", 1),
        (["A", "B", "A"], ["A", "B"], 1),
        (["A", "B", "C"], ["A", "B"], 0.5),
        (["A", "B", "C", "D"], ["A", "B"], 0),
        (["C", "D"], ["A", "B"], 0),
        ([], ["A"], 0),
    ],
)
def test_credit(chosen: list[str], correct: Any, credit: float) -> None:  # noqa: ANN401
    check = Answer.model_validate({"question": 2, "correct": correct})
    verdict = check.judge(seen(answers={"2": chosen}, answer_lines={"2": 7}))
    assert (verdict.credit, verdict.line) == (credit, 7)
    assert verdict.expected is None


@pytest.mark.parametrize(
    ("chosen", "missing", "extra"),
    [("AB", 1, 1), ("A", 0.5, 1), ("ABC", 1, 0.5), ("ABCD", 1, 0), ("C", 0, 0.5), ("", 0, 0)],
)
def test_only_one_side_may_be_looked_at(chosen: str, missing: float, extra: float) -> None:
    for only, credit in (("missing", missing), ("extra", extra)):
        check = Answer.model_validate({"question": 2, "correct": ["A", "B"], "only": only})
        assert check.judge(seen(answers={"2": tuple(chosen)})).credit == credit


def test_the_reason_does_not_give_the_answer_away() -> None:
    check = Answer.model_validate({"question": 1, "correct": ["A", "B"]})
    for chosen in (["C"], ["A"], ["A", "C"], []):
        reason = check.judge(seen(answers={"1": chosen})).reason
        assert not any(letter in f"{reason.ko} {reason.en}".split("Question")[0] for letter in "AB")


@pytest.mark.parametrize("fields", [{"correct": []}, {"correct": [""]}, {"question": ""}])
def test_what_a_rubric_cannot_ask(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Answer.model_validate({"question": "1", "correct": ["A"], **fields})
