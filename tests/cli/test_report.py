from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from grader import cli

if TYPE_CHECKING:
    from tests.cli.conftest import Course

STORE = ("--store", "results/grades.db")


@pytest.fixture
def stored(course: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Return a course in which bob was graded, and alice was not yet."""
    monkeypatch.chdir(course.root)
    cli.main(["quiz", "--student", "bob", *STORE])
    return course


def test_a_class_goes_to_a_file_and_to_the_standard_output(
    stored: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(["report", "quiz", "--as", "json"]) == 0
    assert capsys.readouterr().out == "results/quiz/class.json\n"
    written = (stored.root / "results/quiz/class.json").read_text()
    students = {one["student"]: one["state"] for one in json.loads(written)["students"]}
    assert students == {"bob": "graded", "alice": "waiting"}
    assert cli.main(["report", "quiz", "--as", "json", "-o", "-"]) == 0
    assert capsys.readouterr().out == written


def test_one_student_has_what_was_given_by_hand(
    stored: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["override", "quiz", "first", "5", "--student", "bob", "--why", "seen"])
    file = stored.root / "bob.json"
    assert cli.main(["report", "quiz", "--student", "bob", "--as", "json", "-o", str(file)]) == 0
    assert json.loads(file.read_text())["points"] == 9
    capsys.readouterr()
    assert cli.main(["report", "quiz", "--student", "bob", "--as", "table"]) == 0
    assert "Total 9/10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("quiz", "--as", "cvs"), "no report 'cvs' of a class, did you mean 'csv'?"),
        (("quiz", "--as", "table"), "with --student: check50, "),
        (("quiz", "--student", "bob", "--as", "csv"), "without --student: csv, "),
        (("quiz", "--student", "bbo"), "did you mean 'bob'?"),
        (("quiz", "--store", "nowhere.db"), "there is no store of grades"),
    ],
)
def test_what_cannot_be_asked_for(
    stored: Course, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], problem: str
) -> None:
    before = stored.files()
    assert cli.main(["report", *words]) == 2
    assert problem in capsys.readouterr().err
    assert stored.files() == before


def test_pages_are_what_is_written_by_default(stored: Course) -> None:
    assert cli.main(["report", "quiz", "--lang", "ko"]) == 0
    page = (stored.root / "results/quiz/class.html").read_text()
    assert page.startswith('<!doctype html>\n<html lang="ko">')
    assert cli.main(["report", "quiz", "--student", "bob"]) == 0
    assert "<!doctype html>" in (stored.root / "results/quiz/bob/report.html").read_text()


def test_a_class_report_that_names_a_forgotten_student_goes_with_them(
    stored: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("csv", "html", "json"):
        cli.main(["report", "quiz", "--as", name])
    capsys.readouterr()
    assert cli.main(["forget", "bob", "--yes"]) == 0
    told = capsys.readouterr().out
    assert re.findall(r"removed results/quiz/(class.*), which may name", told) == [
        "class.csv",
        "class.html",
        "class.json",
    ]
    (stored.root / "submissions/bob/quiz.yaml").unlink()
    (stored.root / "submissions/bob").rmdir()
    cli.main(["report", "quiz", "--as", "csv"])
    cli.main(["forget", "bob", "--yes"])
    assert (stored.root / "results/quiz/class.csv").exists()


def test_a_broken_roster_leaves_no_half_report(stored: Course) -> None:
    (stored.root / "roster.csv").write_text("name\nbob\n")
    assert cli.main(["report", "quiz", "--as", "csv"]) == 2
    assert not (stored.root / "results/quiz/class.csv").exists()


@pytest.mark.usefixtures("stored")
def test_where_nobody_is_graded_the_report_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert cli.main(["report", "typed", "--as", "csv", "-o", "-"]) == 0
    told = capsys.readouterr()
    assert told.err == "no scores are stored; grade first: `grade class typed`\n"
    assert "alice,waiting" in told.out
    assert cli.main(["report", "quiz", "--as", "csv", "-o", "-"]) == 0
    assert capsys.readouterr().err == ""
