from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.record import Text
from grader.model.result import Counts, CriterionResult, Take
from grader.rubric import Group
from grader.totals import group_results, total

NAME = Text(ko="이름", en="name")


def group(name: str, take: Take = "sum", **more: object) -> Group:
    return Group.model_validate({"id": name, "title": NAME, "take": take, **more})


def earned(
    points: float, most: float = 10, name: str | None = None, counts: Counts = "normal"
) -> CriterionResult:
    fields = {"outcome": "partial", "reason": NAME, "id": "a", "title": NAME}
    more = {"points": points, "max_points": most, "group": name, "counts": counts}
    return CriterionResult.model_validate(fields | more)


@pytest.mark.parametrize(
    ("asked", "points", "most"),
    [
        (group("g"), 17, 40),
        (group("g", cap=12), 12, 12),
        (group("g", "min"), 8, 40),
        (group("g", "best"), 10, 20),
        (group("g", "best", count=2), 15, 30),
        (group("g", "best", count=3), 17, 40),
        (group("g", "best", count=2, cap=14), 14, 14),
    ],
)
def test_what_a_group_gives(asked: Group, points: float, most: float) -> None:
    members = [earned(2, 10, "g"), earned(10, 10, "g"), earned(5, 20, "g"), earned(9)]
    (result,) = group_results([asked], members)
    assert (result.points, result.max_points) == (points, most)


def test_a_penalty_in_a_group_takes_no_more_than_the_group_has() -> None:
    members = [earned(2, 10, "g"), earned(-5, 0, "g", "penalty"), earned(4)]
    groups = group_results([group("g")], members)
    assert [float(n) for n in total(members, groups, 1)] == [4, 20]


@pytest.mark.parametrize(("cap", "points"), [(1, 20), (1.1, 22), (2, 23)])
def test_a_bonus_lifts_the_sum_up_to_the_cap(cap: float, points: float) -> None:
    members = [earned(10), earned(8), earned(5, 5, counts="bonus")]
    assert [float(n) for n in total(members, (), cap)] == [points, 20]


def test_penalties_take_down_to_nothing() -> None:
    points, most = total([earned(3), earned(-5, 0, counts="penalty")], (), 1)
    assert (float(points), float(most)) == (0, 10)


MEMBERS = st.lists(
    st.builds(
        lambda most, share, name: earned(round(most * share, 2), most, name),
        st.integers(1, 50),
        st.floats(0, 1),
        st.sampled_from([None, "g"]),
    ),
    min_size=1,
    max_size=8,
).filter(lambda members: any(c.group for c in members))
EXTRA = st.lists(
    st.one_of(
        st.builds(lambda p: earned(p, p, counts="bonus"), st.integers(1, 30)),
        st.builds(lambda p: earned(-p, 0, counts="penalty"), st.integers(1, 30)),
    ),
    max_size=4,
)
GROUPS = st.builds(
    lambda take, cap: group("g", take, cap=cap),
    st.sampled_from(["sum", "min", "best"]),
    st.one_of(st.none(), st.integers(1, 60)),
)


@given(MEMBERS, EXTRA, GROUPS, st.sampled_from([1, 1.1]), st.randoms(use_true_random=False))
def test_sums_are_within_bounds_and_the_order_does_not_matter(
    members: list[CriterionResult],
    extra: list[CriterionResult],
    asked: Group,
    cap: float,
    random: object,
) -> None:
    criteria = [*members, *extra]
    groups = group_results([asked], criteria)
    points, most = total(criteria, groups, cap)
    assert 0 <= points <= most * Decimal(repr(cap))
    assert 0 <= groups[0].points <= groups[0].max_points
    assert groups[0].points <= sum(c.points for c in members if c.group) + 0.01
    shuffled = list(criteria)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled, group_results([asked], shuffled), cap) == (points, most)
