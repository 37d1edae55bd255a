from __future__ import annotations

import pytest
from graded import LAB, RUBRIC, evidence, rubric, scored

from grader.overrides import Override, Scored, apply, check_fits
from grader.rubric import Rubric


def by_hand(criterion: str, points: float) -> Override:
    return Override(criterion=criterion, points=points, why="보았습니다", by="kim")


def test_without_overrides_nothing_changes() -> None:
    one = scored(evidence("alice", "BA"))
    assert apply(one, ()) is one.result


@pytest.mark.parametrize(
    ("points", "outcome", "total"), [(0, "failed", 6), (1.5, "partial", 7.5), (4, "passed", 10)]
)
def test_what_a_criterion_gets_by_hand(points: float, outcome: str, total: float) -> None:
    result = apply(scored(evidence("alice", "BA")), [by_hand("second", points)])
    second = result.criteria[1]
    assert (second.outcome, second.points, result.points) == (outcome, points, total)
    assert result.percent == 10 * total
    assert "보았습니다" in second.reason.ko
    assert (second.hint is None and second.expected is None) == (outcome == "passed")


@pytest.mark.parametrize(
    ("more", "total"),
    [
        ({}, 10),
        ({"late": {"due": "2026-12-01 00:00", "per_day": "25%"}}, 7.5),
        ({"cap": "110%"}, 10),
    ],
)
def test_lateness_and_cap_hold_for_points_by_hand(more: dict[str, object], total: float) -> None:
    by = rubric(4, **more)
    record = evidence("alice", "AA", submitted_at="2026-12-01T12:00:00+00:00")
    given = [by_hand("first", 6), by_hand("second", 4)]
    assert apply(scored(record, by), given).points == total
    assert apply(scored(record, by), given).passed


def test_groups_are_added_up_again() -> None:
    written = RUBRIC.model_dump()
    for criterion in written["criteria"]:
        criterion["group"] = "both"
    title = {"ko": "둘", "en": "both"}
    written["groups"] = [{"id": "both", "title": title, "take": "best", "count": 1}]
    by = Rubric.model_validate(written)
    result = apply(scored(evidence("alice", "AB"), by), [by_hand("first", 5)])
    assert (result.groups[0].points, result.points) == (5, 5)


def in_error(one: Scored) -> Scored:
    first = one.result.criteria[0].model_copy(update={"outcome": "error", "points": 0.0})
    changes = {"criteria": (first, *one.result.criteria[1:]), "needs_review": True}
    return one.model_copy(update={"result": one.result.model_copy(update=changes)})


def test_a_person_who_judged_what_we_could_not_ends_the_review() -> None:
    one = in_error(scored(evidence("alice", "BA")))
    assert apply(one, [by_hand("second", 2)]).needs_review
    assert not apply(one, [by_hand("first", 2)]).needs_review


def test_doubts_are_gone_when_all_that_fell_short_was_judged_by_a_person() -> None:
    one = scored(evidence("alice", "AA"))
    one = one.model_copy(update={"sums": one.sums.model_copy(update={"doubts": True})})
    assert apply(one, [by_hand("first", 0)]).needs_review
    assert not apply(one, [by_hand("first", 0), by_hand("second", 0)]).needs_review


@pytest.mark.parametrize("override", [by_hand("third", 1), by_hand("second", 4.5)])
def test_what_no_longer_fits_the_rubric_does_not_count_and_is_told(override: Override) -> None:
    one = scored(evidence("alice", "BA"))
    result = apply(one, [override])
    assert (result.points, result.needs_review) == (6, True)
    assert "no longer fit" in result.notes[-1].en


def test_a_penalty_is_lifted_or_given_by_hand() -> None:
    written = RUBRIC.model_dump()
    written["criteria"][1]["counts"] = "penalty"
    one = scored(evidence("alice", "BA"), Rubric.model_validate(written))
    assert one.result.points == 2
    assert apply(one, [by_hand("second", 0)]).points == 6
    assert apply(one, [by_hand("second", -1)]).points == 5
    check_fits(one.result, "second", -1)


def test_the_lab_of_these_tests_is_the_rubrics() -> None:
    assert list(RUBRIC.problems(LAB)) == []
