"""Put proposals together: what holds for the solution, and for nothing does not, is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from grader.drafting import containers, files, looks, objects
from grader.drafting.facts import Facts
from grader.drafting.proposal import Proposal
from grader.errors import EvidenceMissing, UsageError
from grader.model.evidence import Contents, Evidence
from grader.model.lab import Lab
from grader.rubric import Criterion, Rubric
from grader.scoring import score

WHOLE = 100
"""All points together."""


def draft(evidence: Evidence, lab: Lab) -> tuple[Rubric, dict[str, Any]]:
    """Return a rubric proposed from what a solution did, and the same as it is written.

    The solution has all points of it, and an empty submission none. Raises UsageError where the
    evidence shows nothing that could be asked for.
    """
    facts = Facts(evidence, lab)
    nothing = _nothing(evidence, lab)
    found = sorted(_all(facts), key=lambda proposal: proposal.step)
    kept = _linked([p for p in _distinct(found) if _holds(p, lab, evidence, nothing)])
    if not kept:
        fix = "record the lab again, with lines that make containers or look at something"
        raise UsageError("the evidence shows nothing that a rubric could ask for", fix=fix)
    written = _written(lab, kept)
    rubric = Rubric.model_validate(written)
    _prove(rubric, lab, evidence, nothing)
    return rubric, written


def _all(facts: Facts) -> Iterator[Proposal]:
    for side in (containers, files, objects, looks):
        yield from side.proposals(facts)


def _distinct(found: Sequence[Proposal]) -> list[Proposal]:
    """Return proposals with ids that stand once, without a restart that files prove already."""
    ids = {proposal.id for proposal in found}
    distinct: dict[str, Proposal] = {}
    for proposal in found:
        verb, _, name = proposal.id.partition("-")
        if verb == "restarted" and f"kept-{name}" in ids:
            continue
        number, own = 1, proposal.id
        while own in distinct:
            number += 1
            own = f"{proposal.id}-{number}"
        distinct[own] = replace(proposal, id=own)
    return list(distinct.values())


def _holds(proposal: Proposal, lab: Lab, evidence: Evidence, nothing: Evidence) -> bool:
    """Return whether a proposal is right for the solution, and wrong for an empty submission."""
    try:
        criterion = Criterion.model_validate(_criterion(proposal, 1))
        if any(criterion.problems(lab)):
            return False
        full, none = criterion.check.judge(evidence), criterion.check.judge(nothing)
    except (ValidationError, EvidenceMissing):
        return False
    return full.credit == 1 and none.credit == 0


def _linked(kept: list[Proposal]) -> list[Proposal]:
    """Return proposals that require only what was kept, and comes before them."""
    linked: list[Proposal] = []
    for proposal in kept:
        ids = [earlier.id for earlier in linked]
        requires = tuple(name for name in dict.fromkeys(proposal.requires) if name in ids)
        linked.append(replace(proposal, requires=requires))
    return linked


def _points(proposals: Sequence[Proposal]) -> list[int]:
    """Return whole points in proportion to the weights, WHOLE together."""
    total = sum(proposal.weight for proposal in proposals)
    exact = [WHOLE * proposal.weight / total for proposal in proposals]
    points = [max(int(share), 1) for share in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: (int(exact[i]) - exact[i], i))
    for index in by_rest[: max(WHOLE - sum(points), 0)]:
        points[index] += 1
    return points


def _written(lab: Lab, kept: list[Proposal]) -> dict[str, Any]:
    points = _points(kept)
    criteria = [_criterion(proposal, p) for proposal, p in zip(kept, points, strict=True)]
    return {"lab": lab.id, "pass_mark": 60, "criteria": criteria}


def _criterion(proposal: Proposal, points: int) -> dict[str, Any]:
    criterion: dict[str, Any] = {
        "id": proposal.id,
        "title": proposal.title.model_dump(),
        "points": points,
    }
    if proposal.requires:
        criterion["requires"] = list(proposal.requires)
    criterion["check"] = proposal.check
    criterion["hint"] = proposal.hint.model_dump()
    return criterion


def _nothing(evidence: Evidence, lab: Lab) -> Evidence:
    """Return the evidence of an empty submission."""
    return Evidence(
        grader=evidence.grader,
        lab=lab.id,
        student="nobody",
        submission="",
        submission_digest="",
        recorded_at=evidence.recorded_at,
        watched=evidence.watched,
        folder=Contents() if lab.record.folder else None,
        images=evidence.images,
        engine=evidence.engine,
    )


def _prove(rubric: Rubric, lab: Lab, evidence: Evidence, nothing: Evidence) -> None:
    """See to it that the draft keeps its promise. Raises AssertionError if it is our mistake."""
    problems = list(rubric.problems(lab))
    full, none = score(rubric, lab, evidence), score(rubric, lab, nothing)
    if problems or full.points != full.max_points or none.points:
        raise AssertionError(f"a draft that does not hold: {problems} {full.points} {none.points}")
