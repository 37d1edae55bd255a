from __future__ import annotations

import pytest
from graded import LAB, evidence, rubric, scored

from grader.cli._regrade_told import as_text
from grader.model.result import Result
from grader.overrides import Override, apply
from grader.regrading.effect import effect
from grader.regrading.preview import Preview

CHANGED = rubric(14)


def added(preview: Preview, student: str, answers: str, *overrides: Override) -> None:
    record = evidence(student, answers)
    new = scored(record, CHANGED)
    before = apply(scored(record), overrides)
    preview.add(effect(student, before, apply(new, overrides), new, overrides))


def test_who_wins_and_who_loses() -> None:
    preview = Preview()
    for student, answers in (("both", "BB"), ("first", "BA"), ("second", "AB"), ("none", "AA")):
        added(preview, student, answers)
    assert (preview.students, preview.changed) == (4, 4)
    assert (preview.up, preview.down, preview.otherwise) == (1, 1, 2)
    assert (preview.newly_passed, preview.newly_failed) == (1, 1)
    assert preview.before == [1, 0, 0, 0, 1, 0, 1, 0, 0, 1]
    assert preview.after == [1, 0, 0, 1, 0, 0, 0, 1, 0, 1]
    tally = preview.criteria["second"]
    assert (tally.up, tally.down, tally.points) == (2, 0, 20)
    assert [one.student for one in preview.furthest()][:2] == ["first", "second"]


def test_points_by_hand_that_no_longer_fit_are_named() -> None:
    preview = Preview()
    given = Override(criterion="second", points=4, why="seen", by="kim")
    gone = Override(criterion="third", points=4, why="seen", by="kim")
    added(preview, "alice", "BA", given, gone)
    assert preview.kept == 1
    assert [one.misfits for one in preview.misfits] == [("third",)]
    assert "alice: points given by hand no longer fit: third" in as_text(LAB, preview, None, "en")


def test_a_record_that_cannot_answer_is_named_with_the_reason() -> None:
    preview = Preview()
    new = scored(evidence("alice"), CHANGED)
    broken = new.result.criteria[0].model_copy(update={"outcome": "error", "points": 0})
    after: Result = new.result.model_copy(update={"criteria": (broken, *new.result.criteria[1:])})
    preview.add(effect("alice", scored(evidence("alice")).result, after, new, ()))
    told = as_text(LAB, preview, None, "en")
    assert f"first: {broken.reason.en}\n  alice\n" in told
    assert "grade class quiz --force --students alice\n" in told


@pytest.mark.parametrize("language", ["ko", "en"])
def test_many_are_told_in_few_lines(language: str) -> None:
    preview = Preview()
    for number in range(1500):
        added(preview, f"student{number}", "BA" if number % 2 else "AB")
    told = as_text(LAB, preview, ("3fa9", 1500), "ko" if language == "ko" else "en")
    assert len(told.splitlines()) < 50
    assert "1480" in told
    assert "grade undo 3fa9" in told
    assert len(preview.furthest()) == 1000
