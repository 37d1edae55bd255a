"""JSON: the stable contract for other programs (`docs/result.schema.json`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grader.reports._contract import (
    FORMAT,
    ReportedCriterion,
    ReportedGroup,
    ReportedLateness,
    ReportedResult,
)
from grader.reports._text import encodable

if TYPE_CHECKING:
    from grader.model.record import Language, Text
    from grader.model.result import Result
    from grader.reports import Graded

FILE = "result.json"


def render(graded: Graded, language: Language) -> str:
    """Return the report; fields in the order of the contract, criteria in that of the rubric."""
    report = reported(graded.result, language).model_dump(mode="json")
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def reported(result: Result, language: Language) -> ReportedResult:
    """Return a result as the contract has it."""

    def said(text: Text) -> str:
        return encodable(text.in_(language))

    return ReportedResult(
        format=FORMAT,
        lab=encodable(result.lab),
        student=encodable(result.student),
        language=language,
        submission=encodable(result.submission),
        points=result.points,
        max_points=result.max_points,
        percent=result.percent,
        pass_mark=result.pass_mark,
        passed=result.passed,
        needs_review=result.needs_review,
        criteria=tuple(
            ReportedCriterion(
                id=encodable(criterion.id),
                title=said(criterion.title),
                points=criterion.points,
                max_points=criterion.max_points,
                counts=criterion.counts,
                group=criterion.group,
                withheld=criterion.withheld,
                outcome=criterion.outcome,
                reason=said(criterion.reason),
                hint=said(criterion.hint) if criterion.hint else None,
                line=criterion.line,
            )
            for criterion in result.criteria
        ),
        groups=tuple(
            ReportedGroup(
                id=encodable(group.id),
                title=said(group.title),
                points=group.points,
                max_points=group.max_points,
                take=group.take,
            )
            for group in result.groups
        ),
        late=(
            ReportedLateness(days=result.late.days, lost=result.late.lost) if result.late else None
        ),
        notes=tuple(said(note) for note in result.notes),
    )
