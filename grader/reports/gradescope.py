"""Gradescope: what its harness reads from `/autograder/results/results.json`.

Fields as in https://gradescope-autograders.readthedocs.io/en/latest/specs/. The score of the whole
counts, not the sum of the tests: groups, caps and lateness are in it. Nothing is hidden by
Gradescope's own means, which would hide the total too: what is withheld has no text yet.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from grader.reports._judged import story, summary
from grader.reports._text import encodable, one_line
from grader.reports._words import earned

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Result
    from grader.reports import Graded

FILE = "gradescope.json"


def render(graded: Graded, language: Language) -> str:
    """Return the report; without any number where a criterion could not be judged."""
    result = graded.result
    report: dict[str, Any] = {"score": result.points} if result.judged else {}
    report |= {
        "output": summary(result, language),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(result, criterion, language) for criterion in result.criteria],
        "extra_data": {
            "lab": encodable(result.lab),
            "passed": result.passed if result.judged else None,
            "needs_review": result.needs_review,
        },
    }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _test(result: Result, criterion: CriterionResult, language: Language) -> dict[str, Any]:
    name = one_line(criterion.title.in_(language))
    test: dict[str, Any] = {"name": name, "output": story(criterion, language)}
    if result.judged:
        test["status"] = "passed" if criterion.outcome == "passed" else "failed"
        if criterion.counts == "penalty":  # nothing to be earned: it stands in the name
            test["name"] = f"[{earned(criterion)}] {name}"
        else:
            test |= {"score": criterion.points, "max_score": criterion.max_points}
    return test | {"visibility": "visible", "extra_data": {"id": encodable(criterion.id)}}
