from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from graded import KEY, LAB, RUBRIC, evidence, rubric, scored

from grader.class_reports._table import table_of
from grader.gradebook import Gradebook, gradebook
from grader.rubric import Rubric
from grader.store import Store
from grader.store.writing import Signed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for student in ("alice", "bob", "carol", "dave"):
        (tmp_path / "submissions" / student).mkdir(parents=True)
    (tmp_path / "submissions/carol/quiz.yaml").write_text("1: B\n2: B\n")
    (tmp_path / "roster.csv").write_text("student\nAlice\nerin\n")
    return tmp_path


@pytest.fixture
def store(root: Path) -> Store:
    store = Store(str(root / "grades.db"), root / "evidence")
    with store.writing() as writing:
        for record in (evidence("alice", "AB"), evidence("alice", "BA"), evidence("bob", "BB")):
            writing.keep(record, scored(record), KEY)
            writing.settle("quiz", record.student, KEY, None, Signed("kim", "graded"))
        writing.override("quiz", "bob", "second", 1, Signed("lee", "seen"))
    return store


def opened(root: Path, store: Store, by: Rubric = RUBRIC) -> Gradebook:
    return gradebook(root, LAB, by, store, datetime(2026, 12, 1, tzinfo=UTC))


def test_everybody_who_is_known_is_there_once(root: Path, store: Store) -> None:
    with store:
        states = [(entry.student, entry.state) for entry in opened(root, store)]
    assert states == [
        ("alice", "graded"),
        ("bob", "graded"),
        ("carol", "waiting"),
        ("dave", "nothing"),
        ("erin", "nothing"),
    ]


def test_what_cannot_be_read_is_told_with_the_reason(root: Path, store: Store) -> None:
    (root / "submissions/carol/quiz.yaml").write_text("")
    (root / "submissions/dave/quiz.yaml").write_text("1: B\n9: A\n")
    with store:
        told = {entry.student: entry for entry in opened(root, store)}
    carol, dave = told["carol"], told["dave"]
    assert (carol.state, dave.state) == ("unreadable", "unreadable")
    assert carol.reason == "quiz.yaml: the file is empty; fix: hand in the answers, such as `1: B`"
    assert dave.reason.startswith("quiz.yaml:2: ")
    assert {entry.reason for entry in told.values() if entry.state != "unreadable"} == {""}


def test_an_entry_tells_what_counts_and_where_it_comes_from(root: Path, store: Store) -> None:
    with store:
        alice, bob, *others = opened(root, store)
        assert alice.result
        assert bob.result
        assert (alice.attempts, alice.result.points) == (2, 6)
        assert (bob.by_hand, bob.result.points) == (("second",), 7)
        assert alice.submission == "sha256:aliceBA"
        assert alice.evidence
        assert store.evidence(alice.evidence).answers == {"1": ("B",), "2": ("A",)}
        assert {entry.result for entry in others} == {None}


def test_after_an_undo_the_older_attempt_is_told(root: Path, store: Store) -> None:
    with store:
        change = store.history("quiz", "alice")[-1].change
        with store.writing() as writing:
            writing.undo(change, Signed("lee", "too late"))
        alice = next(iter(opened(root, store)))
    assert (alice.attempts, alice.submission) == (2, "sha256:aliceAB")


def test_what_was_made_by_an_older_rubric_is_told(root: Path, store: Store) -> None:
    with store:
        assert not [entry for entry in opened(root, store) if entry.outdated]
        newer = opened(root, store, rubric(5))
        assert [entry.student for entry in newer if entry.outdated] == ["alice", "bob"]


def test_a_criterion_that_the_rubric_lost_keeps_its_column(root: Path, store: Store) -> None:
    first, _ = RUBRIC.criteria
    with store:
        table = table_of(opened(root, store, RUBRIC.model_copy(update={"criteria": (first,)})))
    assert [(column.id, column.gone) for column in table.columns] == [
        ("first", False),
        ("second", True),
    ]
    assert [cell and cell.points for cell in table.rows[1].cells] == [6, 1]
