"""Score evidence against a rubric. Pure: the same evidence always gives the same result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from grader.doubts import doubtful, note
from grader.errors import CourseError, EvidenceError, EvidenceMissing, SystemFault
from grader.model.evidence import Call, Evidence, Step
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import CriterionResult, Lateness, Outcome, Result, Verdict
from grader.model.submission import Submission
from grader.model.units import instant, share_of
from grader.rubric import Criterion, Rubric
from grader.totals import exact, group_results, rounded, total

NEARLY = 1e-9
"""Shares such as 3 x 1/3 may miss a whole by this much."""

SHOWN = 60
"""How much of a typed line a note repeats."""


def score(rubric: Rubric, lab: Lab, evidence: Evidence, *, now: datetime | None = None) -> Result:
    """Judge every criterion and return the result.

    `now` decides whether the text of hidden criteria is shown; without it, it is not.

    Where there is a second replay, a criterion that it earns another credit in is an error, too: no
    side is taken.

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
        verdict = _judge(criterion, judged, evidence)
        judged[criterion.id] = _withheld(criterion, verdict, lab, now)
    if len(judged) < len(rubric.criteria):
        raise CourseError("'requires' is unknown or goes in a circle, or an id stands twice")
    results = tuple(judged[criterion.id] for criterion in rubric.criteria)
    groups = group_results(rubric.groups, results)
    earned, max_points = total(results, groups, share_of(rubric.cap))
    late = _lateness(rubric, lab, evidence, earned)
    points = earned - (exact(late.lost) if late else 0)
    percent = rounded(100 * points / max_points)
    perfect = all(result.outcome == "passed" for result in results)
    doubts = [] if perfect else doubtful(evidence.calls)
    return Result(
        lab=lab.id,
        lab_title=lab.title,
        student=evidence.student,
        submission=evidence.submission,
        points=rounded(points),
        max_points=rounded(max_points),
        percent=percent,
        pass_mark=rubric.pass_mark,
        passed=percent >= rubric.pass_mark,
        needs_review=bool(doubts) or any(result.outcome == "error" for result in results),
        criteria=results,
        groups=groups,
        late=late,
        notes=(*evidence.notes, *_notes(evidence, doubts), *_late_notes(rubric, late)),
    )


def ungraded(rubric: Rubric, lab: Lab, submission: Submission, fault: SystemFault) -> Result:
    """Return the result of a submission that we failed to record: every criterion is an error."""
    why = _unknown(" ".join(str(fault).split()))
    results = tuple(_result(criterion, "error", why) for criterion in rubric.criteria)
    return Result(
        lab=lab.id,
        lab_title=lab.title,
        student=submission.student,
        submission=submission.path,
        points=0,
        max_points=maximum(rubric),
        percent=0,
        pass_mark=rubric.pass_mark,
        passed=False,
        needs_review=True,
        criteria=results,
        groups=group_results(rubric.groups, results),
        notes=submission.notes,
    )


def maximum(rubric: Rubric) -> float:
    """Return how many points can be earned, bonus apart."""
    nothing = Verdict(credit=0, reason=Text(ko="", en=""))
    results = tuple(_result(criterion, "failed", nothing) for criterion in rubric.criteria)
    _, most = total(results, group_results(rubric.groups, results), share_of(rubric.cap))
    return rounded(most)


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
        second = criterion.check.judge(evidence.again) if evidence.again else verdict
    except EvidenceMissing as missing:
        return _result(criterion, "error", _unknown(str(missing)))
    except Exception as bug:  # noqa: BLE001 — a bug of ours must not become a student's zero
        return _result(criterion, "error", _unknown(f"{type(bug).__name__}: {bug}"))
    if abs(verdict.credit - second.credit) > NEARLY:
        return _result(criterion, "error", _by_chance(verdict, second))
    return _result(criterion, _outcome(verdict.credit), verdict)


def _outcome(credit: float) -> Outcome:
    if credit >= 1 - NEARLY:
        return "passed"
    return "partial" if credit > NEARLY else "failed"


def _result(criterion: Criterion, outcome: Outcome, verdict: Verdict) -> CriterionResult:
    share = {"passed": 1.0, "partial": verdict.credit}.get(outcome, 0.0)
    passed = outcome == "passed"
    expected = verdict.expected and (criterion.expected or verdict.expected)
    own = (text for name, text in criterion.hints.items() if name == outcome)
    hint = next(own, criterion.hint)
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        points=rounded(_earned(criterion, outcome, exact(share))),
        max_points=0 if criterion.counts == "penalty" else criterion.points,
        outcome=outcome,
        reason=verdict.reason,
        counts=criterion.counts,
        group=criterion.group,
        expected=None if passed else expected,
        hint=None if passed else hint,
        line=verdict.line,
    )


def _earned(criterion: Criterion, outcome: Outcome, share: Decimal) -> Decimal:
    worth = exact(criterion.points)
    if criterion.counts != "penalty":
        return worth * share
    return Decimal() if outcome == "skipped" else worth * (share - 1)


def _withheld(
    criterion: Criterion, result: CriterionResult, lab: Lab, now: datetime | None
) -> CriterionResult:
    """Return a result without its text while that is to stay hidden."""
    if criterion.hidden_until is None:
        return result
    until = instant(criterion.hidden_until, lab.time_zone)
    if now is not None and now >= until:
        return result
    time = f"{until:%Y-%m-%d %H:%M} ({lab.time_zone or until.tzname()})"
    changes = {
        "title": Text(ko="비공개 기준", en="Hidden criterion"),
        "reason": Text(
            ko=f"{time}부터 내용을 볼 수 있습니다.", en=f"Its text is shown from {time} on."
        ),
        "withheld": True,
        "expected": None,
        "hint": None,
        "line": None,
    }
    return result.model_copy(update=changes)


def _lateness(rubric: Rubric, lab: Lab, evidence: Evidence, earned: Decimal) -> Lateness | None:
    policy, at = rubric.late, evidence.submitted_at
    if policy is None or at is None:
        return None
    lost = earned * exact(policy.share(at, lab.time_zone))
    return Lateness(days=policy.days(at, lab.time_zone), lost=rounded(lost))


def _late_notes(rubric: Rubric, late: Lateness | None) -> list[Text]:
    if rubric.late is None:
        return []
    if late is None:
        ko = "제출 시각을 알 수 없어 지각 감점을 하지 않았습니다."
        en = "the time of submission is not known: nothing was taken off for lateness"
    elif late.days == 0 and not late.lost:
        return []
    else:
        lost, days = f"{late.lost:g}", late.days
        ko = f"마감보다 {days}일 늦게 제출하여 {lost}점을 감점하였습니다."
        en = f"handed in {days} day{'s' if days > 1 else ''} late: {lost} points were taken off"
    return [Text(ko=ko, en=en)]


def _blocked(required: CriterionResult) -> Verdict:
    title = required.title
    if required.outcome == "error":
        ko = f"먼저 필요한 항목을 채점하지 못하여 판단할 수 없습니다: “{title.ko}”"
        en = f"Cannot be judged, because what it requires could not be: “{title.en}”"
    else:
        ko = f"먼저 필요한 항목의 점수가 없어 건너뛰었습니다: “{title.ko}”"
        en = f"Skipped, because what it requires earned nothing: “{title.en}”"
    return Verdict(credit=0, reason=Text(ko=ko, en=en))


def _by_chance(first: Verdict, second: Verdict) -> Verdict:
    ko = f"두 번 입력한 결과가 서로 달라 사람이 확인해야 합니다. 1회: {first.reason.ko}"
    ko += f" 2회: {second.reason.ko}"
    en = f"Typed twice, it came out differently; needs review. First: {first.reason.en}"
    en += f" Second: {second.reason.en}"
    return Verdict(credit=0, reason=Text(ko=ko, en=en), line=first.line)


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
