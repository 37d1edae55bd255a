from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

STORE = ("--store", "results/grades.db")
WHY = ("--why", "seen on paper")


@pytest.fixture
def stored(course: Course, grade_here: Here) -> Course:
    """Return a course with two graded students: alice with 10 points, bob with 4."""
    for student in ("alice", "bob"):
        grade_here("quiz", "--student", student, *STORE)
    return course


def test_a_grading_without_a_store_leaves_none(course: Course, grade_here: Here) -> None:
    assert grade_here("quiz", "--student", "alice").returncode == 0
    assert not (course.root / "results/grades.db").exists()
    done = grade_here("show", "quiz")
    assert (done.returncode, "there is no store of grades" in done.stderr) == (2, True)
    assert not (course.root / "results/grades.db").exists()


@pytest.mark.usefixtures("stored")
def test_scores_are_shown_for_all_and_for_one(grade_here: Here) -> None:
    assert grade_here("show", "quiz").stdout == (
        "alice  10/10  passed\nbob     4/10  below the pass mark\n"
    )
    assert "불합격" in grade_here("show", "quiz", "--lang", "ko").stdout
    done = grade_here("show", "quiz", "--student", "bob")
    assert (done.returncode, "Second" in done.stdout) == (1, True)
    done = grade_here("show", "quiz", "--student", "bbo")
    assert (done.returncode, "did you mean 'bob'" in done.stderr) == (2, True)
    assert (
        "of 'bbo', did you mean 'bob'" in grade_here("history", "quiz", "--student", "bbo").stdout
    )
    assert "`grade class typed`" in grade_here("show", "typed").stdout


def test_points_by_hand_are_kept_and_can_be_undone(stored: Course, grade_here: Here) -> None:
    give = ("override", "quiz", "first", "5", "--student", "bob", *WHY, "--by", "kim")
    done = grade_here(*give)
    assert done.returncode == 0, done.stderr
    told = re.fullmatch(r"bob: 4 → 9 points; take it back with `grade undo (\w+)`\n", done.stdout)
    assert told
    # Another rubric and another grading: still there.
    rubric = stored.root / "rubrics/quiz.yaml"
    rubric.write_text(rubric.read_text().replace("points: 4", "points: 6"))
    grade_here("quiz", "--student", "bob", *STORE)
    assert "bob    11/12  passed; by hand: first" in grade_here("show", "quiz").stdout
    assert grade_here("undo", told[1], "--why", "a slip", "--by", "lee").returncode == 0
    history = grade_here("history", "quiz", "--student", "bob").stdout.splitlines()
    assert len(history) == 4
    for line, part in zip(
        history,
        (
            "– → 4  result  ",
            f"4 → 9  first: 5 by hand  kim: seen on paper  [{told[1]}]",
            "9 → 11  result  ",
            "11 → 6  first: by the program again  lee: a slip  [",
        ),
        strict=True,
    ):
        assert part in line


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("quiz", "frist", "1"), "did you mean 'first'"),
        (("quiz", "first", "7"), "give it from 0 to 6"),
        (("quiz", "first", "nan"), "cannot get nan points"),
    ],
)
@pytest.mark.usefixtures("stored")
def test_points_that_cannot_be(words: tuple[str, ...], problem: str, grade_here: Here) -> None:
    done = grade_here("override", *words, "--student", "bob", *WHY)
    assert (done.returncode, problem in done.stderr) == (2, True), done.stderr
    assert "4/10" in grade_here("show", "quiz").stdout


def test_best_attempt_counts_also_where_the_rubric_changed(
    course: Course, grade_here: Here
) -> None:
    rubric = course.root / "rubrics/quiz.yaml"
    rubric.write_text("attempts: best\n" + rubric.read_text())
    grade_here("quiz", "--student", "alice", *STORE)
    rubric.write_text(rubric.read_text().replace("points: 4", "points: 6"))
    course.write("submissions/alice/quiz.yaml", "1: A\n2: A\n")
    grade_here("quiz", "--student", "alice", *STORE)
    assert grade_here("show", "quiz").stdout == "alice  12/12  passed\n"


def test_a_forgotten_student_is_in_no_file_of_the_results(stored: Course, grade_here: Here) -> None:
    asked = grade_here("forget", "alice")
    assert (asked.returncode, "say --yes" in asked.stderr) == (2, True)
    stored.write("results/evidence/al/alice", "not a folder of results")
    done = grade_here("forget", "alice", "--yes")
    assert done.returncode == 0, done.stderr
    assert "removed from the table attempts: 1" in done.stdout
    assert str(Path("results/quiz/alice")) in done.stdout
    assert "submissions/alice" in done.stdout
    results = {name: content for name, content in stored.files().items() if "results/" in name}
    assert not [name for name, content in results.items() if b"alice" in content + name.encode()]
    assert grade_here("show", "quiz").stdout == "bob  4/10  below the pass mark\n"
    assert grade_here("forget", "alice", "--yes").stdout.startswith("nothing is kept of 'alice'")


def test_notes_about_others_that_name_a_forgotten_student_are_told(
    stored: Course, grade_here: Here
) -> None:
    note = stored.write("results/quiz/bob/for-teacher.json", '{"student": "alice"}')
    stored.write("results/quiz/eve/for-teacher.json", '{"student": "alice-b"}')
    done = grade_here("forget", "alice", "--yes")
    assert re.findall("still named.*: (.*)", done.stdout) == [str(note.relative_to(stored.root))]
    assert note.exists()


def test_a_grading_that_is_not_stored_says_what_is(stored: Course, grade_here: Here) -> None:
    stored.write("submissions/bob/quiz.yaml", "1: B\n2: A\n")
    told = grade_here("quiz", "--student", "bob").stdout
    assert "Total 10/10" in told
    assert told.endswith(
        "the score in the store of grades is still 4/10; "
        "to store this grading, say it with `--store results/grades.db`\n"
    )
    assert "그대로 4/10입니다" in grade_here("quiz", "--student", "bob", "--lang", "ko").stdout
    assert "bob     4/10" in grade_here("show", "quiz").stdout
    # Nothing is said of who is not in it, nor where it is written to, nor of what is no store.
    stored.write("submissions/carol/quiz.yaml", "1: B\n2: A\n")
    assert "still" not in grade_here("quiz", "--student", "carol").stdout
    assert "still" not in grade_here("quiz", "--student", "bob", *STORE).stdout
    stored.write("results/grades.db", "no database")
    done = grade_here("quiz", "--student", "bob")
    assert (done.returncode, "still" in done.stdout, done.stderr) == (0, False, "")


def test_all_changes_of_a_lab_are_listed_to_be_undone(stored: Course, grade_here: Here) -> None:
    grade_here("override", "quiz", "first", "5", "--student", "bob", *WHY, "--by", "kim")
    rubric = stored.root / "rubrics/quiz.yaml"
    rubric.write_text(rubric.read_text().replace("points: 4", "points: 6"))
    assert (
        grade_here("regrade", "quiz", "--apply", "--why", "a slip", "--by", "lee").returncode == 0
    )
    first, second, third, fourth = grade_here("history", "quiz").stdout.splitlines()
    assert ("  alice  " in first, "  bob  " in second) == (True, True)
    assert "  bob  kim: seen on paper  [" in third
    found = re.fullmatch(r".*  2 students  lee: a slip  \[(\w+)\]", fourth)
    assert found
    assert grade_here("undo", found[1], "--why", "kept", "--by", "kim").returncode == 0
    assert "bob     9/10" in grade_here("show", "quiz").stdout
    assert "`grade class typed`" in grade_here("history", "typed").stdout


def test_a_store_that_cannot_be_written_can_be_shown(stored: Course) -> None:
    results = stored.root / "results"
    asked = [("show", "quiz"), ("history", "quiz"), ("report", "quiz", "--as", "csv", "-o", "-")]
    before = [stored.grade(*words).stdout for words in asked]
    (results / ".grades.db.lock").unlink()
    give = ("override", "quiz", "first", "5", "--student", "bob", *WHY, "--by", "kim")
    results.chmod(0o555)
    try:
        done = [stored.grade(*words, privileged=False) for words in asked]
        assert [(one.returncode, one.stderr) for one in done] == [(0, "")] * 3
        assert [one.stdout for one in done] == before
        given = stored.grade(*give, privileged=False)
        assert (given.returncode, "readonly database\n  fix: copy it" in given.stderr) == (3, True)
        assert given.stderr.count("\n") == 2
    finally:
        results.chmod(0o755)


def test_what_another_process_has_just_written_is_read_or_told(
    stored: Course, tmp_path: Path
) -> None:
    results, copy = stored.root / "results", tmp_path / "copy"
    with contextlib.closing(sqlite3.connect(results / "grades.db")) as other:
        other.execute("UPDATE history SET student = 'carol' WHERE student = 'bob'")
        other.commit()
        copy.mkdir()
        for file in results.glob("grades.db*"):
            shutil.copy(file, copy)
        (copy / "grades.db-shm").unlink()
        try:
            results.chmod(0o555)
            copy.chmod(0o555)
            shown = stored.grade("show", "quiz", privileged=False)
            store = ("--store", copy / "grades.db")
            refused = stored.grade("show", "quiz", *store, privileged=False)
        finally:
            results.chmod(0o755)
            copy.chmod(0o755)
    assert "carol   4/10" in shown.stdout, shown.stderr
    assert (refused.returncode, "fix: copy it with all files beside it" in refused.stderr) == (
        3,
        True,
    )
