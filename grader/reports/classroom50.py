"""Classroom 50: the `result.json` that an `autograder.py` leaves for its runner.

Fields and bounds as the runner and the collector of foundation50/classroom50 check them: whole
numbers from nothing to the maximum, so points are rounded, and bonus points end at the maximum. Who
and when the runner writes itself; where its environment is not there, a dash stands for what it
wants. Without `score` it takes the autograder for failed, and keeps no grade: that is how a
criterion that could not be judged is told.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from grader.reports._judged import story, summary
from grader.reports._text import one_line

if TYPE_CHECKING:
    from grader.model.evidence import Evidence
    from grader.model.record import Language
    from grader.model.result import CriterionResult
    from grader.reports import Graded

FILE = "classroom50.json"

SCHEMA = "classroom50/result/v1"
NOWHERE = "-"
FROM_RUNNER = {
    "classroom": ("CLASSROOM",),
    "assignment": ("ASSIGNMENT",),
    "submission": ("SUBMISSION_TAG",),
    "commit": ("COMMIT_URL",),
    "release": ("RELEASE_URL",),
    "review": ("REVIEW_URL", "COMMIT_URL"),
}
"""Field → the variables of the runner that hold it, the first that is set."""


def render(graded: Graded, language: Language) -> str:
    """Return the report; without any score where a criterion could not be judged."""
    result = graded.result
    judged = result.judged
    report: dict[str, Any] = {"schema": SCHEMA}
    for field, names in FROM_RUNNER.items():
        report[field] = next((value for name in names if (value := os.environ.get(name))), NOWHERE)
    if graded.evidence is not None:
        report["datetime"] = _time(graded.evidence)
    if judged:
        report |= _scores(result.points, result.max_points)
    report["tests"] = [
        _test(number, criterion, language, judged=judged)
        for number, criterion in enumerate(result.criteria, start=1)
    ]
    report["output"] = summary(result, language)
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _test(
    number: int, criterion: CriterionResult, language: Language, *, judged: bool
) -> dict[str, Any]:
    title = one_line(criterion.title.in_(language))
    test: dict[str, Any] = {"test-name": f"{number}. {title}"}
    if judged:
        test["passed"] = criterion.outcome == "passed"
        test |= _scores(criterion.points, criterion.max_points)
    return test | {"output": story(criterion, language)}


def _scores(points: float, most: float) -> dict[str, int]:
    whole = _rounded(most)
    return {"score": min(max(_rounded(points), 0), whole), "max-score": whole}


def _rounded(points: float) -> int:
    return int(Decimal(repr(points)).quantize(Decimal(1), ROUND_HALF_UP))


def _time(evidence: Evidence) -> str:
    at = evidence.submitted_at or datetime.fromisoformat(evidence.recorded_at)
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
