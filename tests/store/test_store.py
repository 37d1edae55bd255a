from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from graded import KEY, RUBRIC, evidence, key, records, rubric, scored

from grader.attempts import Take
from grader.errors import StoreError, UsageError
from grader.model.evidence import Evidence
from grader.rubric import Rubric
from grader.store import Known, Store
from grader.store.ledger import Receipt
from grader.store.writing import Signed

GRADED = Signed("kim", "graded")


def grade(store: Store, record: Evidence, by: Rubric = RUBRIC, take: Take | None = None) -> None:
    with store.writing() as writing:
        writing.keep(record, scored(record, by), key(by))
        writing.settle("quiz", record.student, key(by), take, GRADED)


def points(store: Store, student: str = "alice") -> float:
    standing = store.standing("quiz", student)
    assert standing is not None
    return standing.result.points


def override(store: Store, criterion: str, given: float | None, why: str = "seen") -> Signed:
    signed = Signed("lee", why)
    with store.writing() as writing:
        writing.override("quiz", "alice", criterion, given, signed)
    return signed


def test_what_was_graded_is_there_after_opening_again(opened: Callable[[], Store]) -> None:
    record = evidence("alice", "BA")
    first = opened()
    assert first.graded("quiz") == {}
    grade(first, record)
    again = opened()
    standing = again.standing("quiz", "alice")
    assert standing is not None
    assert standing.scored == scored(record)
    assert again.evidence(standing.evidence) == record
    assert again.graded("quiz") == {
        ("alice", record.submission_digest): Known(1, None, {KEY}, last=True)
    }
    assert again.graded("another") == {}


def test_the_same_twice_is_one(store: Store) -> None:
    for _ in range(2):
        grade(store, evidence("alice"))
    assert len(store.history("quiz", "alice")) == 1
    assert len(records(store)) == 1


def test_other_points_for_the_same_evidence_are_an_error_and_change_nothing(store: Store) -> None:
    record = evidence("alice", "BA")
    grade(store, record)
    better = scored(evidence("alice", "BB"))

    def write() -> None:
        with store.writing() as writing:
            writing.keep(evidence("bob"), scored(evidence("bob")), KEY)
            writing.keep(record, better, KEY)

    with pytest.raises(StoreError, match=r"earned 6 points before, and 10"):
        write()
    assert points(store) == 6
    assert [student for student, _ in records(store)] == ["alice"]


@pytest.mark.parametrize(("take", "expected"), [("best", 10), ("last", 4), (None, 4)])
def test_which_attempt_counts(store: Store, take: Take | None, expected: float) -> None:
    for answers in ("AA", "BB", "AB"):
        grade(store, evidence("alice", answers), take=take)
    assert points(store) == expected


def test_attempts_are_compared_in_the_order_of_handing_in(store: Store) -> None:
    for answers, day in (("BB", 2), ("BA", 1)):
        at = f"2026-12-0{day}T00:00:00+00:00"
        grade(store, evidence("alice", answers, submitted_at=at), take="last")
    assert points(store) == 10


def test_an_attempt_not_scored_by_the_new_rubric_is_not_passed_over(store: Store) -> None:
    grade(store, evidence("alice", "BB"))
    with pytest.raises(StoreError, match="grade regrade quiz"):
        grade(store, evidence("alice", "BA"), rubric(5), take="best")


def test_an_override_is_kept_through_a_regrade(store: Store) -> None:
    grade(store, evidence("alice", "AA"))
    override(store, "first", 5, "the question was unclear")
    assert points(store) == 5
    grade(store, evidence("alice", "AB"), rubric(8))
    standing = store.standing("quiz", "alice")
    assert standing is not None
    assert standing.result.points == 13
    assert "the question was unclear" in standing.result.criteria[0].reason.en


def test_a_change_can_be_undone_and_the_history_tells_all(store: Store) -> None:
    grade(store, evidence("alice", "AA"))
    first = override(store, "first", 5)
    second = override(store, "first", 2)
    undo = Signed("lee", "a slip")
    with pytest.raises(UsageError, match="changed again since"), store.writing() as writing:
        writing.undo(first.change, undo)
    with store.writing() as writing:
        assert writing.undo(second.change, undo) == 1
    assert points(store) == 5
    lines = store.history("quiz", "alice")
    assert [(line.who, line.why, line.before, line.after) for line in lines] == [
        ("kim", "graded", None, 0),
        ("lee", "seen", 0, 5),
        ("lee", "seen", 5, 2),
        ("lee", "a slip", 2, 5),
    ]


def test_a_whole_regrade_is_undone_at_once(store: Store) -> None:
    students = ("alice", "bob")
    for student in students:
        grade(store, evidence(student, "AB"))
    by = rubric(9)
    regrade = Signed("kim", "second is worth more")
    with store.writing() as writing:
        for student, digest in records(store):
            record = store.evidence(digest)
            writing.keep_again(digest, scored(record, by), key(by))
            writing.settle("quiz", student, key(by), None, regrade)
    assert [s.result.points for s in store.standings("quiz")] == [9, 9]
    with store.writing() as writing:
        assert writing.undo(regrade.change, Signed("kim", "no")) == 2
    assert [s.result.points for s in store.standings("quiz")] == [4, 4]


@pytest.mark.parametrize(
    ("criterion", "given", "problem"),
    [
        ("frist", 1, "has no criterion 'frist', did you mean 'first'"),
        ("first", 7, "from 0 to 6"),
        ("first", -1, "from 0 to 6"),
        ("second", None, "no points given by hand"),
    ],
)
def test_an_override_that_cannot_be(
    store: Store, criterion: str, given: float | None, problem: str
) -> None:
    grade(store, evidence("alice", "AA"))
    with pytest.raises(UsageError) as caught:
        override(store, criterion, given)
    assert problem in str(caught.value)
    assert points(store) == 0


@pytest.mark.parametrize(("who", "why"), [("", "a reason"), ("kim", " ")])
def test_no_change_without_who_and_why(who: str, why: str) -> None:
    with pytest.raises(UsageError, match="who and why"):
        Signed(who, why)


def test_a_decomposed_name_is_the_same_student(store: Store) -> None:
    composed, decomposed = "\uae40", "\u1100\u1175\u11b7"
    grade(store, evidence(decomposed))
    assert points(store, composed) == 10


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_damaged_evidence_is_told_and_written_again(
    store: Store, evidence_folder: Path, damage: bytes | None
) -> None:
    record = evidence("alice")
    grade(store, record)
    (file,) = evidence_folder.glob("??/*.json.gz")
    content = file.read_bytes()
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    ((_, digest),) = records(store)
    with pytest.raises(StoreError, match=r"missing|damaged"):
        store.evidence(digest)
    grade(store, record)
    assert file.read_bytes() == content


def test_evidence_exchanged_for_another_is_noticed(store: Store, evidence_folder: Path) -> None:
    grade(store, evidence("alice"))
    (file,) = evidence_folder.glob("??/*.json.gz")
    grade(store, evidence("bob"))
    (other,) = set(evidence_folder.glob("??/*.json.gz")) - {file}
    file.write_bytes(other.read_bytes())
    with pytest.raises(StoreError, match="not what was written"):
        store.evidence(file.parent.name + file.name.removesuffix(".json.gz"))


def test_forgetting_that_was_cut_off_is_done_by_the_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade(store, evidence("zaphod"))

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("grader.store.store.delete", cut)
        with pytest.raises(KeyboardInterrupt):
            store.forget("zaphod")
    assert store.forget("zaphod").rows["attempts"] == 1
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in files if b"zaphod" in file.read_bytes()]


def test_forgetting_says_so_where_a_reader_keeps_the_old_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.store.opening.WAIT_SECONDS", 0.1)
    file = tmp_path / "grades.db"
    with Store(str(file), tmp_path / "evidence") as store:
        grade(store, evidence("zaphod"))
        reader = sqlite3.connect(file, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM history").fetchall()
        with pytest.raises(StoreError, match=r"another process reads|locked"):
            store.forget("zaphod")
        reader.close()
        assert store.forget("zaphod").rows["attempts"] == 0
        assert b"zaphod" not in file.read_bytes()


def test_forgetting_leaves_others_as_they_are_and_nothing_of_the_student(
    store: Store, tmp_path: Path
) -> None:
    name = "zaphod-beeblebrox"
    for student in ("alice", name):
        grade(store, evidence(student, "AA"))
        with store.writing() as writing:
            writing.override("quiz", student, "first", 1, Signed("lee", f"for {student}"))
            sent = Receipt(student=student, account=f"of {student}", points=1)
            writing.receive("somewhere", "quiz", [sent], "lee")
    part = tmp_path / "results/evidence/ab/.cd.json.gz.1.part"
    part.parent.mkdir(exist_ok=True)
    part.write_text(name)  # what a killed process left
    gone = store.forget(name)
    assert gone.rows == {"receipts": 1, "history": 2, "results": 1, "evidence": 1, "attempts": 1}
    assert part in gone.files
    assert len(gone.files) == 2
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in files if name.encode() in file.read_bytes()]
    assert store.standing("quiz", name) is None
    assert store.history("quiz", name) == ()
    assert points(store) == 1
    ((_, digest),) = records(store)
    assert store.evidence(digest).student == "alice"
    assert set(store.receipts("somewhere")) == {"of alice"}
    assert set(store.forget(name).rows.values()) == {0}


def test_all_replays_of_all_attempts_are_told(store: Store) -> None:
    for record in (
        evidence("alice", "AB"),
        evidence("bob"),
        evidence("alice", "BA"),
        evidence("alice", "BA", recorded_at="2026-12-02T00:00:00+00:00"),
    ):
        grade(store, record)
    tried = [(one.student, one.attempt, one.submission[-2:]) for one in store.tried("quiz")]
    assert sorted(tried) == [
        ("alice", 1, "AB"),
        ("alice", 2, "BA"),
        ("alice", 2, "BA"),
        ("bob", 1, "BB"),
    ]
    newest = [one for one in store.tried("quiz") if one.student == "alice"][-1]
    assert newest.recorded_at == "2026-12-02T00:00:00+00:00"
    assert store.evidence(newest.evidence).answers == {"1": ("B",), "2": ("A",)}
