"""GitHub Classroom's reporter: what a grader hands it as its output `result`.

Classroom is gone, its reporter action is still used. It takes base64 of JSON, adds up the `score`
of all tests, and tells the sum where `max_score` is not 0. So a test of its own holds what groups,
limits and lateness make of the sum, and where a criterion could not be judged, `max_score` is 0: it
then fails, and tells no number. The text reaches it in a variable of its environment; Linux takes
128 KiB for one of these, so messages are cut until it fits.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from grader.model.record import Text
from grader.reports import _words as words
from grader.reports._judged import story
from grader.reports._text import encodable, one_line

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import Outcome
    from grader.reports import Graded

FILE = "classroom.txt"

MOST_BYTES = 120_000
LENGTHS = (2000, 400, 80, 0)
"""Characters of one message, the first with which all fits."""

STATUS: dict[Outcome, str] = {
    "passed": "pass",
    "partial": "fail",
    "failed": "fail",
    "skipped": "fail",
    "error": "error",
}
OTHERS = Text(ko="묶음, 상한, 지각에 따른 차이", en="what groups, limits and lateness change")


def render(graded: Graded, language: Language) -> str:
    """Return the output, without a line break at its end."""
    texts = (_encoded(_report(graded, language, longest)) for longest in LENGTHS)
    return next((text for text in texts if len(text) <= MOST_BYTES), "")


def _encoded(report: dict[str, Any]) -> str:
    text = json.dumps(report, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _report(graded: Graded, language: Language, longest: int) -> dict[str, Any]:
    result = graded.result
    tests: list[dict[str, Any]] = [
        {
            "name": one_line(f"[{words.earned(criterion)}] {criterion.title.in_(language)}", 200),
            "status": STATUS[criterion.outcome],
            "score": round(criterion.points, 2) if result.judged else 0,
            "message": _cut(story(criterion, language), longest),
            "test_code": encodable(criterion.id),
            "filename": one_line(result.submission),
            "line_no": criterion.line or 0,
            "duration": 0,
        }
        for criterion in result.criteria
    ]
    if result.judged:
        others = round(result.points - sum(test["score"] for test in tests), 2)
        if others:
            tests.append({"name": OTHERS.in_(language), "status": "pass", "score": others})
    return {
        "version": 1,
        "status": "error" if not result.judged else "pass" if result.passed else "fail",
        "max_score": result.max_points if result.judged else 0,
        "tests": tests,
    }


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: max(longest - 1, 0)] + "…"
