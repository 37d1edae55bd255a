from __future__ import annotations

from pathlib import Path

from graded import records

from benchmarks.classes import make, student
from grader.course import load_lab, load_rubric
from grader.overrides import with_sums
from grader.roster import known_students
from grader.scoring import score
from grader.store import Store
from grader.store.digests import key_of

QUIZ = ("quiz6-1",)


def _store(course: Path) -> Store:
    return Store(str(course / "results/grades.db"), course / "results/evidence")


def test_a_made_class_is_as_if_it_had_been_graded(tmp_path: Path) -> None:
    make(tmp_path, students=60, labs=2, of=QUIZ)
    lab = load_lab(tmp_path, "quiz6-1-2")
    rubric = load_rubric(tmp_path, lab)
    assert len(known_students(tmp_path)) == 60
    with _store(tmp_path) as store:
        standings = list(store.standings(lab.id))
        assert 50 < len(standings) <= 60
        assert len({standing.result.points for standing in standings}) > 3
        for standing in standings:
            evidence = store.evidence(standing.evidence)
            scored = with_sums(score(rubric, lab, evidence), rubric, lab, evidence)
            assert (standing.scored, standing.key) == (scored, key_of(lab, rubric))
            assert evidence.submitted_at is not None
            # Another one is written beside it as beside any other.
            with store.writing() as writing:
                writing.keep(evidence, scored, standing.key)
        assert len(records(store, lab.id)) == len(standings)
        assert sum(store.forget(standings[0].student).rows.values()) == 8


def test_the_same_seed_makes_the_same_class(tmp_path: Path) -> None:
    found = []
    for folder, seed in (("one", 1), ("same", 1), ("other", 2)):
        make(tmp_path / folder, students=20, of=QUIZ, seed=seed)
        with _store(tmp_path / folder) as store:
            found.append(records(store, "quiz6-1"))
    assert found[0] == found[1] != found[2]
    assert len({student(number) for number in range(20_000)}) == 20_000
