from __future__ import annotations

import csv
import fcntl
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

APPLY = ("--apply", "--by", "kim")
FILE = "grades/quiz.csv"


@pytest.fixture
def graded(course: Course, grade_here: Here) -> Course:
    """Return a course with a target; alice has 10 points, bob 4, carol handed in nothing."""
    course.write("course.yaml", "upload:\n  file: {kind: csv}\n")
    course.write("roster.csv", "student\nalice\nbob\ncarol\n")
    assert grade_here("class", "quiz").returncode == 0
    return course


def points(course: Course) -> dict[str, str]:
    text = (course.root / FILE).read_text("utf-8-sig")
    return {row["student"]: row["points"] for row in csv.DictReader(text.splitlines())}


def changed(course: Course, old: str, new: str) -> None:
    file = course.root / FILE
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_a_plan_writes_nothing(graded: Course, grade_here: Here) -> None:
    before = graded.files()
    done = grade_here("upload", "quiz", "--to", "file")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "quiz → file: 작은 퀴즈, maximum 10",
        "not there yet: --apply makes it",
        "alice: – → 10  write: new",
        "bob: – → 4  write: new",
        "carol: –  no grade: no result",
        "quiz → file: write 2, no grade 1",
        "nothing was written; `grade upload quiz --to file --apply` writes",
    ]
    assert graded.files() == before


def test_what_is_written_is_written_once(graded: Course, grade_here: Here) -> None:
    done = grade_here("upload", "quiz", *APPLY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "alice: 10  written:" in done.stdout
    assert points(graded) == {"alice": "10", "bob": "4"}
    before = graded.files()
    done = grade_here("upload", "quiz", *APPLY)
    assert done.stdout.endswith("quiz → file: unchanged 2, no grade 1\n")
    assert graded.files()[FILE] == before[FILE]


def test_what_somebody_changed_is_kept_until_it_is_handed_back(
    graded: Course, grade_here: Here
) -> None:
    grade_here("upload", "quiz", *APPLY)
    changed(graded, "bob,4", "bob,9")
    changed(graded, "alice,10", "alice,")
    for words in ((), APPLY):
        done = grade_here("upload", "quiz", *words)
        assert done.returncode == 0
        assert "alice: – (ours 10)  kept: what we wrote (10) was removed there" in done.stdout
        assert "bob: 9 (ours 4)  kept: we wrote 4; changed since then" in done.stdout
        assert points(graded) == {"alice": "", "bob": "9"}
    done = grade_here("upload", "quiz", *APPLY, "--replace", "bob")
    assert "kept 1" in done.stdout
    assert points(graded) == {"alice": "", "bob": "4"}


def test_a_changed_score_is_written_and_only_for_those_asked_for(
    graded: Course, grade_here: Here
) -> None:
    grade_here("upload", "quiz", *APPLY)
    for student in ("alice", "bob"):
        why = ("--why", "seen on paper")
        grade_here("override", "quiz", "first", "5", "--student", student, *why)
    done = grade_here("upload", "quiz", "--students", "bob", *APPLY)
    assert "alice" not in done.stdout
    assert points(graded) == {"alice": "10", "bob": "9"}


def test_what_needs_review_is_no_number(graded: Course, grade_here: Here) -> None:
    why = ("--why", "seen on paper")
    grade_here("override", "quiz", "first", "5", "--student", "bob", *why)
    rubric = graded.root / "rubrics/quiz.yaml"
    rubric.write_text(rubric.read_text().replace("points: 6", "points: 3"))  # 5 do not fit any more
    assert grade_here("regrade", "quiz", "--apply", *why).returncode in {0, 3}
    for words in ((), APPLY):
        done = grade_here("upload", "quiz", *words)
        assert done.returncode == 1
        assert "bob: –  needs review: not all could be judged" in done.stdout
    assert points(graded) == {"alice": "7"}
    assert done.stdout.endswith("the grades of 1; the same command goes on from here\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--to", "flie"), "no target 'flie', did you mean 'file'"),
        (("--students", "bbo"), "nobody is named 'bbo', did you mean 'bob'"),
        (("--replace", "zoe", "--apply"), "nobody is named 'zoe'"),
        (("--apply", "--by", " "), "a change of scores needs who"),
    ],
)
def test_wrong_words_are_told_before_anything_is_written(
    graded: Course, grade_here: Here, words: tuple[str, ...], says: str
) -> None:
    done = grade_here("upload", "quiz", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (graded.root / "grades").exists()


def test_without_targets_or_grades_the_remedy_is_told(course: Course, grade_here: Here) -> None:
    done = grade_here("upload", "quiz")
    assert (done.returncode, "no targets for uploads" in done.stderr) == (2, True)
    course.write("course.yaml", "upload:\n  file: {kind: csv}\n")
    done = grade_here("upload", "quiz")
    assert (done.returncode, "there is no store of grades" in done.stderr) == (2, True)


def test_two_uploads_do_not_run_at_once(graded: Course, grade_here: Here) -> None:
    with (graded.root / "results/.upload.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = grade_here("upload", "quiz", *APPLY)
    assert (done.returncode, "another upload" in done.stderr) == (2, True)
    assert grade_here("upload", "quiz", *APPLY).returncode == 0


@pytest.mark.usefixtures("graded")
def test_the_words_are_korean_where_asked_for(grade_here: Here) -> None:
    done = grade_here("upload", "quiz", "--lang", "ko")
    assert "alice: – → 10  쓰기: 새 점수" in done.stdout
    assert not re.search(r"[a-z]{4,} [a-z]{3,}", done.stdout.replace("grade upload quiz", ""))


def test_results_of_an_older_rubric_are_named(graded: Course, grade_here: Here) -> None:
    rubric = graded.root / "rubrics/quiz.yaml"
    rubric.write_text(rubric.read_text().replace("points: 4", "points: 5"))
    done = grade_here("upload", "quiz")
    assert (
        "scored before the rubric was changed (2): alice, bob; `grade regrade quiz`" in done.stdout
    )


def test_a_forgotten_student_is_not_in_the_ledger(graded: Course, grade_here: Here) -> None:
    grade_here("upload", "quiz", *APPLY)
    done = grade_here("forget", "bob", "--yes")
    assert "removed from the table receipts: 2" in done.stdout  # sent, and seen
    assert "still there, because it goes to a platform: grades/quiz.csv" in done.stdout
    ledger = Path(graded.root / "results/grades.db").read_bytes()
    assert b"bob" not in ledger
