"""Writing for a whole class does what writing for one student after the other does."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from graded import KEY, RUBRIC, evidence, key, rubric, scored
from sqlalchemy import event

from grader.attempts import Take
from grader.errors import StoreError, UsageError
from grader.model.evidence import Evidence
from grader.overrides import Scored
from grader.store import Store
from grader.store.bulk import Earned, Settling
from grader.store.writing import Signed

BY = rubric(9)
GRADED = Signed("kim", "graded")
REGRADED = Signed("kim", "second is worth more")


def class_of(store: Store, students: int, *, attempts: int = 3) -> dict[str, list[Evidence]]:
    """Fill a store with students, attempts in any order, and points given by hand."""
    chance = random.Random(1)  # noqa: S311 - nothing secret
    records: dict[str, list[Evidence]] = {}
    with store.writing() as writing:
        for number in range(students):
            student = f"student{number}"
            for attempt in range(chance.randint(1, attempts)):
                at = f"2026-12-0{chance.randint(1, 9)}T00:00:00+00:00"
                answers = "".join(chance.choices("AB", k=2))
                more = {"submission_digest": f"{student} {attempt}"}
                if chance.random() < 0.8:
                    more["submitted_at"] = at
                record = evidence(student, answers, **more)
                writing.keep(record, scored(record), KEY)
                writing.settle("quiz", student, KEY, None, GRADED)
                records.setdefault(student, []).append(record)
            if chance.random() < 0.3:
                writing.override("quiz", student, "first", 3, Signed("lee", "seen"))
    return records


def in_doubt(record: Evidence) -> Scored:
    """Return what evidence earns by the new rubric; some could not be judged."""
    whole = scored(record, BY)
    if sum(record.submission_digest.encode()) % 3:
        return whole
    first, *rest = whole.result.criteria
    criteria = (first.model_copy(update={"outcome": "error", "points": 0}), *rest)
    changes = {"criteria": criteria, "needs_review": True, "points": 0, "percent": 0}
    return whole.model_copy(update={"result": whole.result.model_copy(update=changes)})


@pytest.mark.parametrize("take", ["best", "last", None])
def test_a_class_is_written_as_its_students_are(
    store: Store, opened: Callable[[], Store], tmp_path: Path, take: Take | None
) -> None:
    one_by_one = Store(str(tmp_path / "other.db"), tmp_path / "other")
    records = class_of(store, 12)
    class_of(one_by_one, 12)
    digests = store.records("quiz")
    found = {digest: in_doubt(store.evidence(digest)) for _, digest in digests}
    with store.writing() as writing:
        writing.keep_many(Earned.of(d, s, key(BY)) for d, s in found.items())
        changed = writing.settle_all(
            "quiz", [Settling(name, key(BY), take) for name in records], REGRADED
        )
    with one_by_one, one_by_one.writing() as writing:
        for digest, result in found.items():
            writing.keep_again(digest, result, key(BY))
        singly = [writing.settle("quiz", name, key(BY), take, REGRADED) for name in records]
    assert changed == sum(singly) == len(records)

    def standings(of: Store) -> list[object]:
        return [(s.student, s.evidence, s.key, s.open, s.result) for s in of.standings("quiz")]

    assert standings(opened()) == standings(one_by_one)
    open_ = {standing.open for standing in store.standings("quiz")}
    assert (True in open_) == (take is not None)


def test_the_same_again_changes_nothing_and_asks_little(store: Store) -> None:
    class_of(store, 30, attempts=1)
    earned = [
        Earned.of(digest, scored(store.evidence(digest), BY), key(BY))
        for _, digest in store.records("quiz")
    ]
    settling = [Settling(name, key(BY), None) for name in store.students("quiz")]
    asked: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    for expected in (30, 0):
        with store.writing() as writing:
            writing.keep_many(earned)
            assert writing.settle_all("quiz", settling, REGRADED) == expected
    with store.writing() as writing:
        assert writing.undo(REGRADED.change, Signed("kim", "no")) == 30
    assert len(asked) < 30
    assert {standing.key for standing in store.standings("quiz")} == {KEY}


def test_what_one_by_one_refuses_is_refused_for_all(store: Store) -> None:
    class_of(store, 3, attempts=1)
    records = store.records("quiz")
    before = list(store.standings("quiz"))
    better = scored(evidence("student0", "BB", submission_digest="other"), RUBRIC)

    def write(earned: list[Earned], settling: list[Settling]) -> None:
        with store.writing() as writing:
            writing.keep_many(earned)
            writing.settle_all("quiz", settling, REGRADED)

    good = [Earned.of(d, scored(store.evidence(d), BY), key(BY)) for _, d in records]
    for earned, settling, problem in (
        ([*good, Earned.of("0" * 64, better, key(BY))], [], "is not in the store"),
        (good[1:], [Settling(name, key(BY), None) for name, _ in records], "grade regrade quiz"),
        (good, [Settling("nobody", key(BY), None)], "'nobody' has no attempt"),
        ([Earned.of(records[0][1], better, KEY)], [], "earned .* points before"),
    ):
        with pytest.raises(StoreError, match=problem):
            write(earned, settling)
    assert list(store.standings("quiz")) == before
    with pytest.raises(UsageError, match="no change"), store.writing() as writing:
        writing.undo(REGRADED.change, GRADED)


def test_evidence_that_is_not_stored_gets_no_result(store: Store) -> None:
    record = evidence("alice")
    with pytest.raises(StoreError, match="not in the store") as caught, store.writing() as writing:
        writing.keep_again("ab" * 32, scored(record), KEY)
    assert "say it again" in caught.value.fix
