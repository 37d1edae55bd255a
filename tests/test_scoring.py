from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from grader.checks import Check, _text, load_kind
from grader.checks._examples import called, made, moment, seen, typed
from grader.errors import CourseError, EvidenceError, EvidenceMissing
from grader.model.evidence import Evidence
from grader.model.lab import Lab
from grader.model.record import Text
from grader.model.result import Result, Verdict
from grader.rubric import Criterion, Rubric
from grader.scoring import score

LAB = Lab(id="lab", title=Text(ko="실습", en="Lab"), time_zone="Asia/Seoul")
DUE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LATE = {"due": "2026-12-01 18:00", "per_day": "10%", "at_most": "50%"}


class Stub(Check):
    kind: str = "stub"
    credit: float = 1
    error: str = ""

    def judge(self, evidence: Evidence) -> Verdict:  # noqa: ARG002
        if self.error == "missing":
            raise EvidenceMissing("no snapshot of container 'a'")
        if self.error:
            raise ZeroDivisionError(self.error)
        reason = Text(ko="이유", en="reason")
        return Verdict(credit=self.credit, reason=reason, expected=reason, line=3)


def criterion(name: str, credit: float = 1, *requires: str, **more: Any) -> Criterion:  # noqa: ANN401
    check = Stub(credit=credit, error=more.pop("error", ""))
    title, hint = Text(ko=f"{name} 제목", en=f"title of {name}"), Text(ko="조언", en="advice")
    fields = {"points": 10, "requires": requires, "hint": hint, **more}
    return Criterion(id=name, title=title, check=check, **fields)


def scored(
    *criteria: Criterion,
    evidence: Evidence | None = None,
    now: datetime | None = None,
    **more: Any,  # noqa: ANN401
) -> Result:
    rubric = Rubric(lab="lab", criteria=criteria, **more)
    return score(rubric, LAB, evidence or seen(), now=now)


def test_points_outcomes_and_percent() -> None:
    result = scored(criterion("a"), criterion("b", 0.5), criterion("c", 0))
    assert [c.outcome for c in result.criteria] == ["passed", "partial", "failed"]
    assert [c.points for c in result.criteria] == [10, 5, 0]
    assert (result.points, result.max_points, result.percent) == (15, 30, 50)
    assert not result.passed
    assert not result.needs_review
    assert result.lab_title == LAB.title


def test_a_rubric_may_say_in_its_own_words_what_earns_full_credit() -> None:
    own = Text(ko="그대로", en="just so")
    criteria = [criterion(name, credit, expected=own) for name, credit in (("a", 1), ("b", 0.5))]
    passed, partial = scored(*criteria).criteria
    assert (passed.expected, partial.expected) == (None, own)
    assert scored(criterion("a", 0), criterion("b", 1, "a", expected=own)).criteria[1].expected is (
        None
    )


def test_hint_and_expectation_are_for_those_who_did_not_pass() -> None:
    passed, failed = scored(criterion("a"), criterion("b", 0.9)).criteria
    assert (passed.hint, passed.expected) == (None, None)
    assert failed.hint is not None
    assert failed.expected is not None
    assert failed.line == 3


def test_what_requires_something_failed_is_skipped_and_says_so() -> None:
    result = scored(criterion("c", 1, "b"), criterion("b", 1, "a"), criterion("a", 0))
    assert [c.id for c in result.criteria] == ["c", "b", "a"]
    assert [c.outcome for c in result.criteria] == ["skipped", "skipped", "failed"]
    assert "“title of b”" in result.criteria[0].reason.en
    assert "“a 제목”" in result.criteria[1].reason.ko
    assert result.points == 0
    assert result.criteria[0].hint is not None


def test_partial_credit_is_enough_for_what_requires_it() -> None:
    assert scored(criterion("a", 0.1), criterion("b", 1, "a")).criteria[1].outcome == "passed"


def test_what_requires_something_unknown_is_unknown() -> None:
    result = scored(criterion("a", error="missing"), criterion("b", 1, "a"), criterion("c", 1, "b"))
    assert [c.outcome for c in result.criteria] == ["error"] * 3
    assert result.needs_review
    assert "“title of a”" in result.criteria[1].reason.en


def test_a_certain_zero_counts_before_an_unknown() -> None:
    result = scored(criterion("a", error="missing"), criterion("b", 0), criterion("c", 1, "a", "b"))
    assert result.criteria[2].outcome == "skipped"


def test_a_fact_that_was_not_recorded_is_no_zero() -> None:
    result = scored(criterion("a", error="missing"))
    assert result.criteria[0].outcome == "error"
    assert "no snapshot of container 'a'" in result.criteria[0].reason.en
    assert result.needs_review


def test_a_bug_of_ours_is_no_zero() -> None:
    result = scored(criterion("a", error="oops"))
    assert result.criteria[0].outcome == "error"
    assert "ZeroDivisionError: oops" in result.criteria[0].reason.ko
    assert result.needs_review


def test_a_pattern_that_never_ends_is_the_rubrics_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_text, "SECONDS", 0.1)
    check = load_kind("command").model_validate({"kind": "command", "typed": "^(a|aa)+$"})
    slow = criterion("a").model_copy(update={"check": check})
    result = scored(slow, evidence=seen(typed(1, "a" * 60 + "b")))
    assert result.criteria[0].outcome == "error"
    assert "the pattern '^(a|aa)+$' of the rubric was stopped" in result.criteria[0].reason.en


def test_with_an_unknown_the_lower_bound_decides() -> None:
    assert scored(criterion("a", points=60), criterion("b", error="x", points=40)).passed
    assert not scored(criterion("a", points=59), criterion("b", error="x", points=41)).passed


@pytest.mark.parametrize(
    ("points", "credit", "earned"),
    [(10, 1 / 3, 3.33), (10, 2 / 3, 6.67), (0.05, 0.5, 0.03), (1.01, 0.5, 0.51), (7, 0.1, 0.7)],
)
def test_points_have_two_decimals(points: float, credit: float, earned: float) -> None:
    assert scored(criterion("a", credit, points=points)).points == earned


def test_sums_do_not_drift() -> None:
    result = scored(*(criterion(f"c{n}", points=0.1) for n in range(3)))
    assert (result.points, result.max_points, result.percent) == (0.3, 0.3, 100)
    assert scored(criterion("a", 1 - 1e-12)).criteria[0].outcome == "passed"


def test_the_percent_shown_decides() -> None:
    result = scored(criterion("a", points=2), criterion("b", 0), pass_mark=16.67, evidence=None)
    assert result.percent == 16.67
    assert result.passed


def test_rubric_and_evidence_belong_to_the_lab() -> None:
    rubric = Rubric(lab="other", criteria=(criterion("a"),))
    with pytest.raises(CourseError, match="the rubric of lab 'other', not of 'lab'"):
        score(rubric, LAB, seen())
    with pytest.raises(EvidenceError, match="the evidence of lab 'other', not of 'lab'"):
        scored(criterion("a"), evidence=seen(lab="other"))


@pytest.mark.parametrize("requires", [("a",), ("b",)])
def test_a_rubric_that_cannot_be_ordered_is_refused(requires: tuple[str, ...]) -> None:
    with pytest.raises(CourseError, match="requires"):
        scored(criterion("a", 1, *requires))


def test_a_penalty_costs_what_the_check_falls_short() -> None:
    result = scored(
        criterion("a"),
        *(
            criterion(f"p{credit * 10:.0f}", credit, points=2, counts="penalty")
            for credit in (0, 0.5, 1)
        ),
        criterion("b", 0),
        criterion("skipped", 0, "b", counts="penalty"),
    )
    assert [c.points for c in result.criteria] == [10, -2, -1, 0, 0, 0]
    assert [c.outcome for c in result.criteria[1:4]] == ["failed", "partial", "passed"]
    assert (result.points, result.max_points) == (7, 20)


def test_what_may_have_been_lost_through_our_fault_is_taken_off_until_the_review() -> None:
    result = scored(criterion("a"), criterion("p", points=2, counts="penalty", error="missing"))
    assert (result.points, result.needs_review) == (8, True)


def test_bonus_groups_and_caps_add_up() -> None:
    groups = ({"id": "g", "title": {"ko": "가", "en": "a"}, "take": "best"},)
    criteria = (
        criterion("a", 0.5, group="g"),
        criterion("b", 1, group="g"),
        criterion("c", 0.5),
        criterion("d", 1, points=4, counts="bonus"),
    )
    result = scored(*criteria, groups=groups)
    assert (result.points, result.max_points, result.percent) == (19, 20, 95)
    assert result.groups[0].points == 10
    lifted = scored(*criteria[:2], criterion("c"), criteria[3], groups=groups, cap="110%")
    assert (lifted.points, lifted.percent) == (22, 110)


def test_each_outcome_may_have_its_own_hint() -> None:
    own = Text(ko="반", en="half")
    criteria = [
        criterion(name, credit, hints={"partial": own})
        for name, credit in (("a", 0), ("b", 0.5), ("c", 1))
    ]
    assert [c.hint and c.hint.en for c in scored(*criteria).criteria] == ["advice", "half", None]


@pytest.mark.parametrize("before", [None, DUE - timedelta(seconds=1)])
def test_a_hidden_criterion_counts_and_tells_nothing(before: datetime | None) -> None:
    hidden = criterion("secret", 0, hidden_until="2026-12-01 18:00")
    other = criterion("b", 1, "secret")
    first, second = scored(hidden, other, now=before).criteria
    assert (first.outcome, first.points, first.withheld) == ("failed", 0, True)
    assert (first.hint, first.expected, first.line) == (None, None, None)
    assert first.reason.en == "Its text is shown from 2026-12-01 18:00 (Asia/Seoul) on."
    assert "title of secret" not in f"{first} {second}"
    shown = scored(hidden, other, now=DUE).criteria
    assert (shown[0].title.en, shown[0].reason.en) == ("title of secret", "reason")
    assert "title of secret" in shown[1].reason.en


def test_lateness_costs_a_part_of_what_was_earned_and_is_told() -> None:
    def handed_in(at: datetime | None) -> Result:
        return scored(criterion("a", 0.5), evidence=seen(submitted_at=at), late=LATE)

    late = handed_in(DUE + timedelta(hours=25))
    assert (late.points, late.percent) == (4, 40)
    assert late.late is not None
    assert (late.late.days, late.late.lost) == (2, 1)
    assert late.notes[-1].en == "handed in 2 days late: 1 points were taken off"
    in_time = handed_in(DUE)
    assert (in_time.points, in_time.notes) == (5, ())
    unknown = handed_in(None)
    assert (unknown.points, unknown.late) == (5, None)
    assert "not known: nothing was taken off" in unknown.notes[0].en


def test_notes_tell_what_hung_and_what_was_never_typed() -> None:
    evidence = seen(
        typed(7, "cat", end="timeout", status=None),
        typed(8, "ls", end="untyped", status=None),
        typed(9, "exit", end="untyped", status=None, last_line=11),
        notes=[Text(ko="메모", en="note")],
    )
    first, second, third = scored(criterion("a"), evidence=evidence).notes
    assert first.en == "note"
    assert second.en == "line 7 `cat` did not finish within the time limit and was interrupted"
    assert third.en == "lines 8 to 11 were never typed, because the time for the lab was up"
    assert third.ko.startswith("8번째 줄부터 11번째 줄까지는")


def test_the_same_evidence_gives_the_same_bytes() -> None:
    evidence = seen(typed(1, "exit"), containers=[made("a", moment("exit 1", 1, {"/x": "1"}))])
    criteria = (criterion("a", 1 / 3), criterion("b", error="oops"))
    again = Evidence.model_validate_json(evidence.model_dump_json())
    first = scored(*criteria, evidence=evidence).model_dump_json()
    assert first == scored(*criteria, evidence=again).model_dump_json()


@pytest.mark.parametrize(
    ("call", "doubtful"),
    [
        ({"status": 500, "message": "error creating overlay mount: input/output error"}, True),
        ({"status": 503}, True),
        ({"status": 400, "refused": "unknown-field", "message": "unknown field 'New'"}, True),
        ({"status": 500, "message": 'OCI runtime create failed: exec: "lss": not found'}, False),
        ({"status": 500, "message": "unable to find user x: no matching entries"}, False),
        ({"status": 500, "method": "HEAD"}, False),
        ({"status": 403, "refused": "privileged", "message": "not allowed"}, False),
        ({"status": 409, "message": "Conflict"}, False),
    ],
)  # fmt: skip
def test_what_fell_short_while_the_engine_failed_needs_review(
    call: dict[str, Any],
    doubtful: bool,  # noqa: FBT001
) -> None:
    evidence = seen(typed(4, "docker run x"), calls=[called(4, "container_start", "a", **call)])
    short = scored(criterion("a"), criterion("b", 0.5), evidence=evidence)
    assert short.needs_review == doubtful
    assert [note.en.startswith("a Docker call of line 4") for note in short.notes] == (
        [True] if doubtful else []
    )
    perfect = scored(criterion("a"), evidence=evidence)
    assert not perfect.needs_review
    assert perfect.notes == ()


def test_a_note_on_doubts_names_the_first_lines_and_one_reason() -> None:
    calls = [
        called(n, "container_start", status=500, message=f"no {n}") for n in (0, 1, 2, 2, 3, 4)
    ]
    steps = [typed(n, "docker start a") for n in range(1, 5)]
    result = scored(criterion("a", 0), evidence=seen(*steps, calls=calls))
    assert result.notes[0].en == (
        "a Docker call of line 1, 2, 3 … may have failed through no fault of the student; "
        "needs review: no 0"
    )
    assert result.notes[0].ko.startswith("1, 2, 3 …번째 줄의")


def test_what_comes_out_differently_the_second_time_is_not_decided() -> None:
    class Chance(Stub):
        def judge(self, evidence: Evidence) -> Verdict:
            reason = Text(ko="이유", en=f"{len(evidence.steps)} lines")
            return Verdict(credit=len(evidence.steps) / 2, reason=reason)

    rubric = Rubric(
        lab="lab",
        criteria=(
            criterion("same"),
            Criterion(id="other", title=Text(ko="", en=""), points=10, check=Chance()),
        ),
    )
    once = seen(typed(1, "ls"))
    assert not score(rubric, LAB, once.model_copy(update={"again": once})).needs_review
    twice = once.model_copy(update={"again": seen(typed(1, "ls"), typed(2, "ls"))})
    result = score(rubric, LAB, twice)
    assert (result.needs_review, result.points) == (True, 10)
    assert [one.outcome for one in result.criteria] == ["passed", "error"]
    assert "First: 1 lines Second: 2 lines" in result.criteria[1].reason.en
    assert Evidence.model_validate_json(twice.model_dump_json()) == twice
