"""The sums of a result: groups, bonus, penalties and caps. Exact, with two decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from grader.model.result import CriterionResult, GroupResult
from grader.rubric import Group

ZERO = Decimal()


def exact(number: float) -> Decimal:
    """Return a number as it is written."""
    return Decimal(repr(number))


def rounded(number: Decimal) -> float:
    """Return a number with two decimals, halves rounded up."""
    return float(number.quantize(Decimal("0.01"), ROUND_HALF_UP))


def group_results(
    groups: Iterable[Group], criteria: Sequence[CriterionResult]
) -> tuple[GroupResult, ...]:
    """Return what each group earned, in the order of the rubric."""
    return tuple(
        _group_result(group, [c for c in criteria if c.group == group.id]) for group in groups
    )


def total(
    criteria: Iterable[CriterionResult], groups: Iterable[GroupResult], cap: float
) -> tuple[Decimal, Decimal]:
    """Return the points earned and those that can be earned.

    Criteria in groups count through their group. A bonus lifts the sum up to the share `cap` of
    what can be earned; penalties take it down to nothing.
    """
    alone = [criterion for criterion in criteria if criterion.group is None]
    points = _sum(c.points for c in alone) + _sum(g.points for g in groups)
    most = _countable(alone) + _sum(g.max_points for g in groups)
    return min(max(points, ZERO), most * exact(cap)), most


def _group_result(group: Group, members: Sequence[CriterionResult]) -> GroupResult:
    points, most = _taken(group, members)
    points = max(points, ZERO)  # a penalty takes off no more than its group has earned
    if group.cap is not None:
        points, most = min(points, exact(group.cap)), min(most, exact(group.cap))
    return GroupResult(
        id=group.id,
        title=group.title,
        points=rounded(points),
        max_points=rounded(most),
        take=group.take,
    )


def _taken(group: Group, members: Sequence[CriterionResult]) -> tuple[Decimal, Decimal]:
    if group.take == "min":
        share = min(exact(c.points) / exact(c.max_points) for c in members)
        most = _countable(members)
        return share * most, most
    if group.take == "best":
        earned = sorted((exact(c.points) for c in members), reverse=True)
        worth = sorted((exact(c.max_points) for c in members), reverse=True)
        return sum(earned[: group.count], ZERO), sum(worth[: group.count], ZERO)
    return _sum(c.points for c in members), _countable(members)


def _countable(criteria: Iterable[CriterionResult]) -> Decimal:
    return _sum(c.max_points for c in criteria if c.counts == "normal")


def _sum(numbers: Iterable[float]) -> Decimal:
    return sum((exact(number) for number in numbers), ZERO)
