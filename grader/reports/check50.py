"""JSON as check50 writes it, for the tools that read that.

Fields as in https://cs50.github.io/check50/json_specification.html. A criterion that was skipped,
or that we could not judge, is neither passed nor failed there: null. Points stand in `data`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grader.reports._text import encodable, printable

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Outcome
    from grader.reports import Graded

FILE = "check50.json"

VERSION = "3.0.0"
"""Of the specification."""

PASSED: dict[Outcome, bool | None] = {
    "passed": True,
    "partial": False,
    "failed": False,
    "skipped": None,
    "error": None,
}


def render(graded: Graded, language: Language) -> str:
    """Return the report, one result for each criterion."""
    result = graded.result
    judged = result.judged
    report = {
        "slug": encodable(result.lab),
        "results": [_check(one, language, judged=judged) for one in result.criteria],
        "version": VERSION,
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _check(criterion: CriterionResult, language: Language, *, judged: bool) -> dict[str, Any]:
    reason = printable(criterion.reason.in_(language))
    cause = None
    if criterion.outcome != "passed":
        hint = printable(criterion.hint.in_(language)) if criterion.hint else None
        cause = {"rationale": reason, "help": hint}
    data: dict[str, Any] = {"outcome": criterion.outcome, "line": criterion.line}
    if judged:
        data |= {"points": criterion.points, "max_points": criterion.max_points}
    return {
        "name": encodable(criterion.id),
        "description": printable(criterion.title.in_(language)),
        "passed": PASSED[criterion.outcome],
        "log": reason.split("\n"),
        "cause": cause,
        "data": data,
        "dependency": None,
    }
