"""Points that a person gave by hand, put into a result. Pure: they outlive every new scoring."""

from __future__ import annotations

from collections.abc import Iterable

from grader.doubts import doubtful
from grader.errors import UsageError
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Record, Text
from grader.model.result import CriterionResult, Outcome, Result
from grader.model.units import share_of
from grader.rubric import Group, Rubric
from grader.totals import exact, group_results, rounded, total
from grader.wording import did_you_mean


class Override(Record):
    """What a person decided about one criterion."""

    criterion: str
    points: float
    why: str
    by: str


class Sums(Record):
    """What of rubric and evidence it takes to add up a result once more."""

    groups: tuple[Group, ...] = ()
    cap: str = "100%"
    late: float = 0
    """Share that lateness takes off."""
    doubts: bool = False
    """A Docker call may have failed through our fault."""


class Scored(Record):
    """A result, and how it was added up."""

    result: Result
    sums: Sums


def with_sums(result: Result, rubric: Rubric, lab: Lab, evidence: Evidence) -> Scored:
    """Return a result that this evidence earned by this rubric, with what adds it up once more."""
    policy, at = rubric.late, evidence.submitted_at
    late = 0.0 if policy is None or at is None else policy.share(at, lab.time_zone)
    doubts = bool(doubtful(evidence.calls))
    sums = Sums(groups=rubric.groups, cap=rubric.cap, late=late, doubts=doubts)
    return Scored(result=result, sums=sums)


def check_fits(result: Result, criterion: str, points: float) -> None:
    """Raise UsageError where a criterion is unknown, or cannot be worth as many points."""
    if problem := _misfit(result, criterion, points):
        raise UsageError(problem[0], fix=problem[1])


def apply(scored: Scored, overrides: Iterable[Override]) -> Result:
    """Return the result with the points that were given by hand, added up anew.

    What does not fit a rubric that was changed since changes nothing, and the result needs review.
    """
    chosen = {override.criterion: override for override in overrides}
    if not chosen:
        return scored.result
    result, sums = scored.result, scored.sums
    misfits = misfits_of(result, chosen.values())
    criteria = tuple(
        _set(criterion, chosen[criterion.id])
        if criterion.id in chosen and criterion.id not in misfits
        else criterion
        for criterion in result.criteria
    )
    groups = group_results(sums.groups, criteria)
    earned, _ = total(criteria, groups, share_of(sums.cap))
    lost = earned * exact(sums.late)
    points = earned - exact(rounded(lost))
    percent = rounded(100 * points / exact(result.max_points))
    open_ = [c for c in criteria if c.outcome != "passed" and c.id not in chosen]
    notes = tuple(_misfit_note(chosen[name]) for name in sorted(misfits))
    changes = {
        "criteria": criteria,
        "groups": groups,
        "points": rounded(points),
        "percent": percent,
        "passed": percent >= result.pass_mark,
        "needs_review": bool(misfits)
        or any(criterion.outcome == "error" for criterion in criteria)
        or (sums.doubts and bool(open_)),
        "late": result.late and result.late.model_copy(update={"lost": rounded(lost)}),
        "notes": (*result.notes, *notes),
    }
    return result.model_copy(update=changes)


def misfits_of(result: Result, overrides: Iterable[Override]) -> set[str]:
    """Return the criteria whose points given by hand do not fit the rubric as it is now."""
    return {o.criterion for o in overrides if _misfit(result, o.criterion, o.points)}


def _misfit(result: Result, name: str, points: float) -> tuple[str, str] | None:
    known = [criterion.id for criterion in result.criteria]
    if name not in known:
        near = did_you_mean(name, known)
        return f"lab {result.lab!r} has no criterion {name!r}{near}", f"known: {', '.join(known)}"
    criterion = result.criteria[known.index(name)]
    if criterion.counts == "penalty":
        low, high = -result.max_points, 0.0
    else:
        low, high = 0.0, criterion.max_points
    if low <= points <= high:
        return None
    return f"{name!r} cannot get {points:g} points", f"give it from {low:g} to {high:g}"


def _set(criterion: CriterionResult, override: Override) -> CriterionResult:
    points = rounded(exact(override.points))
    full = points >= criterion.max_points  # of a penalty: nothing is taken off
    outcome: Outcome = "passed" if full else "partial" if points > 0 else "failed"
    changes: dict[str, object] = {"points": points, "outcome": outcome}
    if not criterion.withheld:
        changes["reason"] = Text(
            ko=f"{points:g}점으로 직접 정하였습니다: {override.why}",
            en=f"set to {points:g} by hand: {override.why}",
        )
    if full:
        changes |= {"expected": None, "hint": None}
    return criterion.model_copy(update=changes)


def _misfit_note(override: Override) -> Text:
    given = f"{override.criterion} = {override.points:g}"
    return Text(
        ko=f"직접 정한 점수가 지금의 채점 기준과 맞지 않아 반영하지 않았습니다: {given}",
        en=f"points given by hand no longer fit the rubric, and do not count: {given}",
    )
