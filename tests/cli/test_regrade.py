from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from grader import cli

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
        "2 of 2 students change: up 1, down 0, same 1 (as shares of all points)\n",
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
    assert json.loads(again.stdout)["written"]["students"] == 0
    assert stored.grade("undo", told[1], "--why", "no").returncode == 0
    assert "alice  10/10" in stored.grade("show", "quiz").stdout


def test_a_record_that_is_lost_keeps_its_score_and_is_named(stored: Course) -> None:
    change(stored, "points: 4", "points: 14")
    digest = json.loads(stored.grade("report", "quiz", "--as", "json", "-o", "-").stdout)
    lost = next(one["evidence"] for one in digest["students"] if one["student"] == "bob")
    (stored.root / "results/evidence" / lost[:2] / f"{lost[2:]}.json.gz").unlink()
    done = stored.grade("regrade", "quiz", "--apply", "--lang", "en")
    assert done.returncode == 3
    assert "bob: the evidence results/evidence/" in done.stdout
    assert "  grade class quiz --force --students bob\n" in done.stdout
    shown = stored.grade("show", "quiz").stdout
    assert ("alice  20/20" in shown, "bob     4/10" in shown) == (True, True)


def test_killed_while_it_writes_it_has_changed_nothing(stored: Course) -> None:
    change(stored, "points: 4", "points: 14")
    before = stored.grade("show", "quiz").stdout
    program = (
        "import os, signal, sys\n"
        "from grader.store import bulk\n"
        "count = bulk.count\n"
        "def cut(*all):\n"
        "    count(*all)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "bulk.count = cut\n"
        "from grader.cli import main\n"
        "main(['regrade', 'quiz', '--apply'])\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], cwd=stored.root, env=stored.environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert stored.grade("show", "quiz").stdout == before
    assert stored.grade("regrade", "quiz", "--apply").returncode == 0
    assert stored.grade("show", "quiz").stdout != before


def test_a_text_that_was_hidden_comes_out_of_the_record(stored: Course) -> None:
    hidden = "hidden_until: 2099-01-01T00:00+09:00\n    points: 4"
    change(stored, "points: 4", hidden)
    assert stored.grade("regrade", "quiz", "--apply").returncode == 0
    assert "Second" not in stored.grade("show", "quiz", "--student", "bob").stdout
    change(stored, "2099", "2020")
    done = stored.grade("regrade", "quiz", "--lang", "en")
    assert "no score changes\nresults of which only texts change: 2\n" in done.stdout
    assert "--apply makes it so" in done.stdout
    assert stored.grade("regrade", "quiz", "--apply").returncode == 0
    assert "Second" in stored.grade("show", "quiz", "--student", "bob").stdout


def test_without_a_record_there_is_nothing_to_regrade(stored: Course) -> None:
    done = stored.grade("regrade", "typed")
    assert done.returncode == 2
    assert "the store has no record of lab 'typed'" in done.stderr
