"""Many students at once come out as they do one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from graded import LAB, evidence, key, rubric, scored

from grader.attempts import Take
from grader.classroom.work import Course
from grader.errors import UsageError
from grader.model.evidence import Evidence
from grader.regrading.rescoring import Rescoring
from grader.rubric import Rubric
from grader.store import Store
from grader.store.writing import Signed

SIGNED = Signed("kim", "graded")
STUDENTS = [f"student{number}" for number in range(12)]


def history(take: Take | None) -> Iterator[tuple[Evidence, float | None]]:
    """Yield what is graded one after the other, with points by hand for the first criterion."""
    chance = random.Random(str(take))  # noqa: S311 - nothing secret
    for student in STUDENTS:
        for number in range(chance.randint(1, 4)):
            answers = "".join(chance.choice("AB") for _ in range(2))
            at = f"2026-12-{chance.randint(1, 20):02}T00:00:00+00:00"
            more = {"submitted_at": at} if chance.random() < 0.8 else {}
            record = evidence(student, answers, submission_digest=f"{student}{number}", **more)
            yield record, chance.choice([None, None, 1.0, 6.0])


def fill(store: Store, by: Rubric, take: Take | None) -> None:
    for record, given in history(take):
        with store.writing() as writing:
            writing.keep(record, scored(record, by), key(by))
            writing.settle("quiz", record.student, key(by), take, SIGNED)
            if given is not None:
                writing.override("quiz", record.student, "first", given, SIGNED)


def one_by_one(store: Store, by: Rubric, take: Take | None, signed: Signed) -> None:
    with store.writing() as writing:
        for case in store.cases("quiz"):
            for attempt in case.attempts:
                record = store.evidence(attempt.digest)
                writing.keep_again(attempt.digest, scored(record, by), key(by))
            writing.settle("quiz", case.student, key(by), take, signed)


def at_once(store: Store, by: Rubric, signed: Signed) -> int:
    course = Course(Path(), LAB, by)
    rescoring = Rescoring(course, store.evidence_files, datetime.now(UTC), writes=True)
    with store.writing() as writing:
        regraded = list(rescoring.all(store.cases("quiz"), lambda _: {}, 1))
        shown = replace(rescoring, writes=False).all(store.cases("quiz"), lambda _: {}, 1)
        assert list(shown) == [one._replace(settled=None) for one in regraded]
        for one in regraded:
            assert one.settled is not None
            standing = store.standing("quiz", one.effect.student)
            assert standing is not None
            assert one.effect.before is not None
            assert one.effect.before.points == standing.result.points
        count = writing.settle_all("quiz", [one.settled for one in regraded if one.settled], signed)
    for one in regraded:
        standing = store.standing("quiz", one.effect.student)
        assert standing is not None
        assert one.effect.after is not None
        assert one.effect.after.points == standing.result.points
        assert one.effect.after.needs_review == standing.result.needs_review
    return count


@pytest.mark.parametrize("take", [None, "best", "last"])
def test_all_at_once_is_as_one_by_one(store: Store, tmp_path: Path, take: Take | None) -> None:
    before, after = (rubric(points, attempts=take) for points in (4, 8))
    again = Signed("lee", "another rubric")
    with Store(str(tmp_path / "other.db"), tmp_path / "other") as other:
        for one in (store, other):
            fill(one, before, take)
        one_by_one(other, after, take, again)
        assert at_once(store, after, again) == len(STUDENTS)
        assert at_once(store, after, again) == 0
        for student in STUDENTS:
            here, there = store.standing("quiz", student), other.standing("quiz", student)
            assert here is not None
            assert there is not None
            assert (here.result, here.key, here.open) == (there.result, there.key, there.open)
            assert [(line.before, line.after) for line in store.history("quiz", student)] == [
                (line.before, line.after) for line in other.history("quiz", student)
            ]
    with store.writing() as writing:
        assert writing.undo(again.change, SIGNED) == len(STUDENTS)
    with pytest.raises(UsageError, match="no change"), store.writing() as writing:
        writing.undo("00000000", SIGNED)
