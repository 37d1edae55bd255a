from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from grader import cli
from grader.store.writing import Writing

if TYPE_CHECKING:
    from tests.cli.conftest import Course

STORE = ("--store", "results/grades.db")


@pytest.fixture
def stored(course: Course) -> Course:
    """Return a course with two graded students: alice with 10 points, bob with 4."""
    with contextlib.chdir(course.root):
        for student in ("alice", "bob"):
            cli.main(["quiz", "--student", student, *STORE])
    return course


def change(course: Course, old: str, new: str) -> None:
    file = course.root / "rubrics/quiz.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_an_unchanged_rubric_changes_nothing(stored: Course) -> None:
    for more in ((), ("--apply",)):
        done = stored.grade("regrade", "quiz", "--lang", "en", *more)
        assert (done.returncode, done.stderr) == (0, "")
        assert "2 students scored again; no score changes" in done.stdout
    assert len(stored.grade("history", "quiz", "--student", "bob").stdout.splitlines()) == 1


def test_it_is_shown_first_and_written_when_asked_and_taken_back(stored: Course) -> None:
    why = ("--why", "seen", "--by", "kim")
    stored.grade("override", "quiz", "first", "5", "--student", "bob", *why)
    change(stored, "points: 4", "points: 14")
    shown = stored.grade("regrade", "quiz", "--lang", "en", "--jobs", "2")
    assert shown.returncode == 0, shown.stderr
    for part in (
        "2 of 2 students change: up 0, down 1, same share 1\n",
        "newly passed 0, no longer passed 0\n",
        "  alice  10/10  →  20/20",
        "  bob    9/10   →  19/20  second +10\n",
        "  second  up  2  down  0\n",
        "points given by hand, and kept: 1\n",
        "nothing is changed yet; --apply makes it so\n",
    ):
        assert part in shown.stdout
    assert "alice  10/10" in stored.grade("show", "quiz").stdout
    done = stored.grade("regrade", "quiz", "--apply", "--lang", "en", *why)
    told = re.search(r"written, for 2 students; take it back with `grade undo (\w+)`", done.stdout)
    assert told, done.stdout + done.stderr
    show = stored.grade("show", "quiz").stdout
    assert ("alice  20/20" in show, "bob    19/20" in show) == (True, True)
    history = stored.grade("history", "quiz", "--student", "bob").stdout
    assert f"9 → 19  result  kim: seen  [{told[1]}]" in history
    again = stored.grade("regrade", "quiz", "--json", "--apply")
    assert json.loads(again.stdout)["written"] == {"change": ANY, "students": 0}
    assert stored.grade("undo", told[1], "--why", "no").returncode == 0
    assert "alice  10/10" in stored.grade("show", "quiz").stdout


def test_a_record_that_does_not_answer_is_named_and_one_that_is_lost_keeps_its_score(
    stored: Course,
) -> None:
    ...
