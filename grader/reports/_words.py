"""The words that the reports for people share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.record import Text
from grader.reports._text import number

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Outcome, Result, Take

OUTCOMES: dict[Outcome, Text] = {
    "passed": Text(ko="통과", en="passed"),
    "partial": Text(ko="부분", en="partial"),
    "failed": Text(ko="실패", en="failed"),
    "skipped": Text(ko="생략", en="skipped"),
    "error": Text(ko="오류", en="error"),
}

OUTCOME = Text(ko="판정", en="Outcome")
POINTS = Text(ko="점수", en="Points")
CRITERION = Text(ko="기준", en="Criterion")
LINE = Text(ko="줄", en="Line")
EXPECTED = Text(ko="기대", en="expected")
HINT = Text(ko="힌트", en="hint")
GROUP = Text(ko="묶음", en="group")
TAKES: dict[Take, Text] = {
    "sum": Text(ko="모두 더함", en="all together"),
    "min": Text(ko="가장 낮은 비율", en="the worst share of them"),
    "best": Text(ko="가장 좋은 것", en="the best of them"),
}
NOTE = Text(ko="참고", en="note")
TOTAL = Text(ko="총점", en="Total")
PASS_MARK = Text(ko="합격선", en="pass mark")
REVIEW = Text(ko="검토 필요", en="needs review")
REVIEW_REASON = Text(
    ko="학생의 잘못이 아닌 문제가 있어 판정이 확실하지 않습니다. 점수는 이보다 낮아지지 않습니다.",
    en="not all could be judged for certain, through no fault of the student; "
    "the points can only go up",
)

_PASSED = Text(ko="합격", en="passed")
_BELOW = Text(ko="불합격", en="not passed")
_OPEN = Text(ko="미정", en="undecided")


def earned(criterion: CriterionResult) -> str:
    """Return the points of a criterion: `5/10`, of a bonus `+2/5`, of a penalty `-3`."""
    points, most = number(criterion.points), number(criterion.max_points)
    match criterion.counts:
        case "normal":
            return f"{points}/{most}"
        case "bonus":
            return f"+{points}/{most}"
        case "penalty":
            return points if criterion.points else "-0"


def standing(result: Result, language: Language) -> str:
    """Say whether the submission passed; while points are open, failing is not certain."""
    if result.passed:
        return _PASSED.in_(language)
    return (_OPEN if result.needs_review else _BELOW).in_(language)
