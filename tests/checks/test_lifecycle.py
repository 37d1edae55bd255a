from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from grader.checks._examples import made, moment, seen, typed
from grader.checks.lifecycle import Lifecycle
from grader.errors import EvidenceMissing
from grader.model.evidence import Moment
from grader.model.result import Verdict

LIFE = (
    moment("created", 1),
    moment("start 1", 1),
    moment("exit 1", 2, exit_code=137),
    moment("start 2", 3),
    moment("exit 2", 4),
    moment("removed", 5),
)


def judge(moments: tuple[Moment, ...], *sequence: str, **fields: Any) -> Verdict:  # noqa: ANN401
    lines = [typed(number, f"line {number}") for number in range(1, 6)]
    evidence = seen(*lines, containers=[made("a", *moments), made("b", moment("exit 1", 2))])
    check = Lifecycle.model_validate({"container": "a", "sequence": sequence, **fields})
    return check.judge(evidence)


def test_other_moments_may_come_between() -> None:
    verdict = judge(LIFE, "created", "exit", "removed")
    assert (verdict.credit, verdict.line) == (1, 5)


def test_the_order_counts() -> None:
    assert judge(LIFE, "removed", "start").credit == 0.5


def test_the_reason_says_how_far_it_came() -> None:
    verdict = judge(LIFE[:3], "start", "exit", "start", "exit")
    assert verdict.credit == 0.5
    assert verdict.reason.en == "Container 'a': started, exited; never started again."
    assert (
        verdict.reason.ko
        == "'a' 컨테이너: 시작 → 종료까지는 되었지만, 그 뒤에 다시 시작되지 않았습니다."
    )
    assert verdict.line == 2


def test_the_last_exit_of_the_sequence_has_the_code() -> None:
    assert judge(LIFE, "exit", exit_code=0).credit == 1
    assert judge(LIFE, "exit", exit_code=137).line == 2
    assert judge(LIFE, "exit", "exit", exit_code=0).credit == 1
    verdict = judge(LIFE, "exit", "exit", exit_code=137)
    assert verdict.credit == 0.5
    assert verdict.reason.en == "Container 'a' exited with code 0, not 137."
    verdict = judge(LIFE, "exit", "start", exit_code=0)
    assert verdict.credit == 0.5
    assert verdict.reason.en == "Container 'a': exited; never started."


def test_an_exit_code_that_was_not_recorded_is_no_zero() -> None:
    unknown = moment("exit 1", 1).model_copy(update={"exit_code": None})
    assert judge((unknown,), "exit").credit == 1
    with pytest.raises(EvidenceMissing):
        judge((unknown,), "exit", exit_code=0)


def test_after_a_moment_of_this_or_another_container() -> None:
    own = {"container": "a", "moment": "exit 1"}
    assert judge(LIFE, "start", "exit", after=own).credit == 1
    assert judge(LIFE, "start", "exit", "start", after=own).credit == pytest.approx(2 / 3)
    other = {"container": "b", "moment": "exit 1"}
    assert judge(LIFE, "created", after=other).credit == 0
    assert judge(LIFE, "removed", after={"container": "b", "moment": "removed"}).credit == 0


def test_a_sequence_is_not_pieced_together_from_two_containers() -> None:
    first = made("a", *LIFE[:3], id="1")
    second = made("a", *LIFE[3:], id="2")
    check = Lifecycle(container="a", sequence=("start", "exit", "start", "exit"))
    assert check.judge(seen(containers=[first, second])).credit == 0.5


@pytest.mark.parametrize(
    "fields",
    [{"sequence": []}, {"sequence": ["stop"]}, {"sequence": ["start"], "exit_code": 0}],
)
def test_what_a_rubric_cannot_ask(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Lifecycle.model_validate({"container": "a", **fields})
