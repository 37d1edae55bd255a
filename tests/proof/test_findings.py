from __future__ import annotations

from grader.model.equivalents import Equivalent
from grader.model.record import Text
from grader.model.result import CriterionResult, Outcome, Result
from grader.proof.findings import Excuses, fell_short, nearest, never_fail, together
from grader.proof.mutants import Mutant
from grader.rubric import Rubric

TITLE = Text(ko="가", en="a")


def rubric(**paths: str) -> Rubric:
    return Rubric.model_validate(
        {
            "lab": "lab",
            "criteria": [
                {
                    "id": name,
                    "title": TITLE,
                    "points": 1,
                    "check": {"kind": "file", "container": "box", "paths": {path: None}},
                }
                for name, path in paths.items()
            ],
        }
    )


def result(*outcomes: Outcome, line: int | None = None) -> Result:
    criteria = tuple(
        CriterionResult(
            id=name,
            title=TITLE,
            points=float(outcome == "passed"),
            max_points=1,
            outcome=outcome,
            reason=Text(ko="까닭", en="why"),
            line=line if name == "c" else None,
        )
        for name, outcome in zip("abc", outcomes, strict=True)
    )
    points = sum(criterion.points for criterion in criteria)
    return Result(
        lab="lab",
        lab_title=TITLE,
        student="s",
        submission="s",
        points=points,
        max_points=3,
        percent=100 * points / 3,
        pass_mark=60,
        passed=points > 1,
        needs_review=False,
        criteria=criteria,
    )


ABC = rubric(a="/a", b="/b", c="/c")


def test_a_criterion_never_fails_where_only_another_one_stops_it() -> None:
    cases = [
        result("passed", "passed", "passed"),
        result("partial", "passed", "skipped"),
    ]
    assert never_fail(ABC, cases) == ("b", "c")
    assert never_fail(ABC, [*cases, result("passed", "passed", "failed")]) == ("b",)


def test_criteria_that_fall_short_in_the_same_cases_are_told_together() -> None:
    cases = [result("passed", "passed", "passed"), result("failed", "skipped", "passed")]
    assert together(ABC, cases) == (("a", "b"),)
    assert together(ABC, [*cases, result("failed", "passed", "passed")]) == ()


def test_the_nearest_criteria_name_what_was_changed_or_happened_on_its_line() -> None:
    solved = result("passed", "passed", "passed", line=7)
    mutant = Mutant("path", 2, "cat /b", "cat /x", 0, "")
    named = rubric(a="/tmp/one", b="/tmp/two", c="/tmp/three")

    changed = mutant._replace(before="cat /tmp/two /other")
    assert nearest(named, changed, solved)[0] == "b"
    assert nearest(named, mutant._replace(line=7), solved) == ("c",)
    assert nearest(named, mutant, solved) == ()


def test_what_fell_short_is_told_with_its_reason() -> None:
    short = fell_short(result("passed", "skipped", "failed"))
    assert [(one.id, one.points, one.reason) for one in short] == [("b", 0, "why"), ("c", 0, "why")]


def test_an_entry_excuses_its_change_only_and_is_stale_where_it_excuses_nothing() -> None:
    def entry(before: str, nth: int = 0) -> Equivalent:
        return Equivalent(change="left out", before=before, nth=nth, reason="the same")

    def mutant(before: str, nth: int = 0) -> Mutant:
        return Mutant("left out", 3, before, "", nth, "")

    # Blanks at the ends of lines, which YAML adds and takes, do not matter.
    excuses = Excuses([entry("exit\n  now \n"), entry("ls", 2), entry("gone"), entry("costs")])

    assert excuses.fate(mutant("exit\nnow"), "survived") == ("equivalent", "the same")
    assert excuses.fate(mutant("ls", 1), "survived") == ("survived", "")
    assert excuses.fate(mutant("ls", 2), "survived") == ("equivalent", "the same")
    assert excuses.fate(mutant("costs"), "killed") == ("killed", "")
    assert [(stale.number, stale.why.split(":")[0]) for stale in excuses.stale()] == [
        (3, "there is no such change"),
        (4, "it is no longer equivalent"),
    ]
