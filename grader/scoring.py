"""Score evidence against a rubric. Pure: the same evidence always gives the same result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from grader.doubts import doubtful, note
from grader.errors import CourseError, EvidenceError, EvidenceMissing
from grader.model.evidence import Call, Evidence, Step
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import CriterionResult, Outcome, Result, Verdict
from grader.rubric import Criterion, Rubric

NEARLY = 1e-9
"""Shares such as 3 x 1/3 may miss a whole by this much."""

SHOWN = 60
"""How much of a typed line a note repeats."""


def score(rubric: Rubric, lab: Lab, evidence: Evidence) -> Result:
    """Judge every criterion and return the result.

    A check that fails or lacks a fact makes its criterion an error for review, never a zero that
    counts against the student; so does a Docker call that may have failed through our fault, for
    the result as a whole. Raises CourseError if the rubric is not this lab's, EvidenceError if the
    evidence is not.
    """
    if rubric.lab != lab.id:
        raise CourseError(f"this is the rubric of lab {rubric.lab!r}, not of {lab.id!r}")
    if evidence.lab != lab.id:
        raise EvidenceError(f"this is the evidence of lab {evidence.lab!r}, not of {lab.id!r}")
    judged: dict[str, CriterionResult] = {}
    for criterion in rubric.in_order():
        judged[criterion.id] = _judge(criterion, judged, evidence)
    if len(judged) < len(rubric.criteria):
        raise CourseError("'requires' is unknown or goes in a circle, or an id stands twice")
    results = tuple(judged[criterion.id] for criterion in rubric.criteria)
    points = sum((_exact(result.points) for result in results), Decimal())
    max_points = sum((_exact(criterion.points) for criterion in rubric.criteria), Decimal())
    percent = _rounded(100 * points / max_points)
    perfect = all(result.outcome == "passed" for result in results)
    doubts = [] if perfect else doubtful(evidence.calls)
    return Result(
        lab=lab.id,
        lab_title=lab.title,
        student=evidence.student,
        submission=evidence.submission,
        points=_rounded(points),
        max_points=_rounded(max_points),
        percent=percent,
        pass_mark=rubric.pass_mark,
        passed=percent >= rubric.pass_mark,
        needs_review=bool(doubts) or any(result.outcome == "error" for result in results),
        criteria=results,
        notes=(*evidence.notes, *_notes(evidence, doubts)),
    )


def _judge(
    criterion: Criterion, judged: Mapping[str, CriterionResult], evidence: Evidence
) -> CriterionResult:
    required = [judged[name] for name in criterion.requires]
    if empty := next((r for r in required if r.outcome in {"failed", "skipped"}), None):
        return _result(criterion, "skipped", _blocked(empty))
    if unknown := next((r for r in required if r.outcome == "error"), None):
        return _result(criterion, "error", _blocked(unknown))
    try:
        verdict = criterion.check.judge(evidence)
    except EvidenceMissing as missing:
        return _result(criterion, "error", _unknown(str(missing)))
    except Exception as bug:  # noqa: BLE001 — a bug of ours must not become a student's zero
        return _result(criterion, "error", _unknown(f"{type(bug).__name__}: {bug}"))
    return _result(criterion, _outcome(verdict.credit), verdict)


def _outcome(credit: float) -> Outcome:
    if credit >= 1 - NEARLY:
        return "passed"
    return "partial" if credit > NEARLY else "failed"


def _result(criterion: Criterion, outcome: Outcome, verdict: Verdict) -> CriterionResult:
    share = {"passed": 1.0, "partial": verdict.credit}.get(outcome, 0.0)
    passed = outcome == "passed"
    expected = verdict.expected and (criterion.expected or verdict.expected)
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        points=_rounded(_exact(criterion.points) * _exact(share)),
        max_points=criterion.points,
        outcome=outcome,
        reason=verdict.reason,
        expected=None if passed else expected,
        hint=None if passed else criterion.hint,
        line=verdict.line,
    )


def _blocked(required: CriterionResult) -> Verdict:
    title = required.title
    if required.outcome == "error":
        ko = f"먼저 필요한 항목을 채점하지 못하여 판단할 수 없습니다: “{title.ko}”"
        en = f"Cannot be judged, because what it requires could not be: “{title.en}”"
    else:
        ko = f"먼저 필요한 항목의 점수가 없어 건너뛰었습니다: “{title.ko}”"
        en = f"Skipped, because what it requires earned nothing: “{title.en}”"
    return Verdict(credit=0, reason=Text(ko=ko, en=en))


def _unknown(why: str) -> Verdict:
    ko = f"학생의 잘못이 아닌 문제로 채점하지 못하였습니다. 사람이 확인해야 합니다: {why}"
    en = f"Could not be judged, through no fault of the student; needs review: {why}"
    return Verdict(credit=0, reason=Text(ko=ko, en=en))


def _notes(evidence: Evidence, doubts: Sequence[Call]) -> list[Text]:
    notes = [_timed_out(step) for step in evidence.steps if step.end == "timeout"]
    if untyped := [step for step in evidence.steps if step.end == "untyped"]:
        first, last = untyped[0].line, untyped[-1].last_line
        ko, en = f"{first}번째 줄은", f"line {first} was"
        if last > first:
            ko, en = f"{first}번째 줄부터 {last}번째 줄까지는", f"lines {first} to {last} were"
        notes.append(
            Text(
                ko=f"{ko} 실습의 제한 시간이 끝나 입력하지 못하였습니다.",
                en=f"{en} never typed, because the time for the lab was up",
            )
        )
    if doubts:
        steps = [evidence.step(call.step) for call in doubts]
        notes.append(note(doubts, [step.line if step else None for step in steps]))
    return notes


def _timed_out(step: Step) -> Text:
    command = " ".join(step.text.split())
    command = command if len(command) <= SHOWN else command[: SHOWN - 1] + "…"
    return Text(
        ko=f"{step.line}번째 줄 `{command}` 명령이 제한 시간 안에 끝나지 않아 중단하였습니다.",
        en=f"line {step.line} `{command}` did not finish within the time limit and was interrupted",
    )


def _exact(number: float) -> Decimal:
    return Decimal(repr(number))


def _rounded(number: Decimal) -> float:
    """Return a number with two decimals, halves rounded up."""
    return float(number.quantize(Decimal("0.01"), ROUND_HALF_UP))
