"""A class of several hundred at a quiz, which needs no engine: who is graded, skipped, listed."""

from __future__ import annotations

import gc
import importlib
import os
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from grader import cli
from grader.cli._class_screen import Board
from grader.course import load_lab
from grader.model.evidence import Evidence
from grader.personal.given import values_for

if TYPE_CHECKING:
    from tests.classroom.conftest import Course

MANY = 300
LAB = """\
title: {ko: 퀴즈, en: Quiz}
kind: quiz
questions:
  "1":
    title: {ko: 하나?, en: One?}
    choices: {A: {ko: 예, en: "Yes"}, B: {ko: 아니요, en: "No"}}
"""
RUBRIC = """\
lab: quiz
criteria:
  - id: first
    title: {ko: 첫째, en: First}
    points: 6
    check: {kind: answer, question: "1", correct: [B]}
"""


@pytest.fixture
def quiz(course: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    course.write({"labs/quiz/lab.yaml": LAB, "rubrics/quiz.yaml": RUBRIC})
    monkeypatch.chdir(course.root)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    return course


def hand_in(course: Course, count: int) -> None:
    course.write({f"submissions/s{n:03}/quiz.yaml": f"1: {'AB'[n % 2]}\n" for n in range(count)})


def grade(*words: str) -> int:
    return cli.main(["class", "quiz", "--lang", "en", *words])


def test_several_hundred_are_graded_and_none_stays_in_memory(
    quiz: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, MANY)
    alive: list[int] = []
    done = Board.done

    def in_memory() -> int:
        return sum(isinstance(thing, Evidence) for thing in gc.get_objects())

    def count(board: Board) -> None:
        done(board)
        if board.left % 50 == 0:
            alive.append(in_memory() - others)

    others = in_memory()  # those of other tests

    monkeypatch.setattr(Board, "done", count)
    assert grade() == 0
    assert len(alive) == MANY // 50
    assert max(alive) <= 3
    assert capsys.readouterr().out == f"quiz: {MANY} graded ({MANY // 2} passed)\n"
    with quiz.store() as store:
        assert len(list(store.standings("quiz"))) == MANY


def test_only_what_changed_is_graded_again(
    quiz: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 4)
    quiz.write({"roster.csv": "student\nS001\nabsent\n"})
    assert grade("--students", "s000,S001,absent") == 0
    assert capsys.readouterr().out == (
        "quiz: 2 graded (1 passed)\nwithout submission (1): absent\nnot in roster.csv (1): s000\n"
    )
    quiz.write({"submissions/s000/quiz.yaml": "1: B\n", "submissions/s002/quiz.yaml": "1: C\n"})
    assert grade() == 2
    told, *summary = capsys.readouterr().out.splitlines()
    assert told.startswith("s002: unreadable: submissions/s002/quiz.yaml:1: question 1 has no cho")
    assert summary == [
        "quiz: 2 graded (2 passed), 1 unchanged",
        "without submission (1): absent",
        "not in roster.csv (3): s000, s002, s003",
        "unreadable (1): s002",
    ]
    quiz.write({"rubrics/quiz.yaml": RUBRIC.replace("6", "7")})
    assert grade("--students", "S003") == 0
    assert grade("--students", "s003", "--force") == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("1 of them have a record")
    assert others == ["quiz: 1 graded (1 passed)", "not in roster.csv (1): s003"] * 2
    quiz.write({"late.txt": "s003\n\nabsent\n"})
    assert grade("--students", "@late.txt") == 0
    assert "0 graded (0 passed), 1 unchanged" in capsys.readouterr().out


def test_times_of_handing_in_come_from_a_file(
    quiz: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 3)
    late = "late: {due: 2026-12-01 18:00, per_day: 50%}\n"
    quiz.write(
        {
            "labs/quiz/lab.yaml": LAB + "time_zone: Asia/Seoul\n",
            "rubrics/quiz.yaml": RUBRIC.replace("[B]", "[A, B]").replace(
                "quiz\n", f"quiz\n{late}", 1
            ),
            "times.csv": "submitted_at,student\n"
            "2026-12-01 17:00,s000\n2026-12-01 10:00Z,S001\n,s002\n",
            "wrong.csv": "student,submitted_at\ns000,noon\n",
        }
    )
    assert grade("--submitted-at", "times.csv") == 0
    with quiz.store() as store:
        found = {one.student: one.scored.result.late for one in store.standings("quiz")}
    assert [late and late.days for late in found.values()] == [0, 1, None]
    quiz.write(
        {"times.csv": "submitted_at,student\n2026-12-03 17:00,s000\n2026-12-01 10:00Z,s001\n"}
    )
    capsys.readouterr()
    assert grade("--submitted-at", "times.csv") == 0
    assert "1 graded (0 passed), 2 unchanged" in capsys.readouterr().out
    with quiz.store() as store:
        again = store.standing("quiz", "s000")
    assert again is not None
    assert again.scored.result.late is not None
    assert again.scored.result.late.days == 2
    assert grade("--submitted-at", "wrong.csv") == 2
    assert "wrong.csv:2: 'noon' is no date with a time\n  fix: " in capsys.readouterr().err


def test_an_earlier_submission_that_is_handed_in_again_counts_again(
    quiz: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, answer in enumerate("BAB", start=1):
        quiz.write({"submissions/s000/quiz.yaml": f"1: {answer}\n"})

        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None, day: int = day) -> Self:
                return cls(2026, 12, day, tzinfo=tz)

        monkeypatch.setattr("grader.grading.datetime", Clock)
        assert grade() == 0
    assert grade() == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "quiz: 1 graded (1 passed)",
        "quiz: 0 graded (0 passed), 1 unchanged",
    ]
    assert cli.main(["regrade", "quiz", "--apply", "--lang", "en"]) == 0
    with quiz.store() as store:
        standing = store.standing("quiz", "s000")
    assert standing is not None
    assert standing.result.points == 6


def test_a_result_that_cannot_be_kept_is_no_success(
    quiz: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 2)
    quiz.write({"results/quiz/s000": "a file where a folder should be"})
    assert grade() == 3
    told, *summary = capsys.readouterr().out.splitlines()
    assert told.startswith(
        "s000: not graded: results/quiz/s000/result.json: the json report cannot"
    )
    assert summary == ["quiz: 1 graded (1 passed)", "not graded, our fault (1): s000"]


def test_a_lost_record_of_an_earlier_attempt_stops_nobody_else(
    quiz: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    rubric = RUBRIC.replace("quiz\n", "quiz\nattempts: best\n", 1)
    quiz.write({"rubrics/quiz.yaml": rubric, "submissions/s000/quiz.yaml": "1: A\n"})
    assert grade() == 0
    next(quiz.root.glob("results/evidence/*/*")).unlink()
    hand_in(quiz, 3)
    quiz.write(
        {"rubrics/quiz.yaml": rubric.replace("6", "7"), "submissions/s000/quiz.yaml": "1: B\n"}
    )
    capsys.readouterr()
    assert grade() == 3
    told, summary, names = capsys.readouterr().out.splitlines()
    assert told.startswith("s000: not graded: the evidence results/evidence/")
    assert summary == "quiz: 2 graded (1 passed)"
    assert names == "not graded, our fault (1): s000"


def test_each_student_is_graded_by_the_values_of_their_own(
    quiz: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 3)
    lab = LAB + "values: {token: {kind: token}}\n"
    title = '"{{token}}?"'
    quiz.write({"labs/quiz/lab.yaml": lab, "rubrics/quiz.yaml": RUBRIC.replace("First", title)})
    assert grade() == 2
    assert "no course secret" in capsys.readouterr().err
    monkeypatch.setenv("GRADE_SECRET", "a secret for this test")
    assert grade() == 0
    with quiz.store() as store:
        results = [one.scored.result for one in store.standings("quiz")]
    titles = {result.criteria[0].title.en for result in results}
    own = values_for(quiz.root, load_lab(quiz.root, "quiz"), "s001")["token"]
    assert len(titles) == 3
    assert results[1].criteria[0].title.en == f"{own}?"
    assert grade() == 0
    assert "0 graded (0 passed), 3 unchanged" in capsys.readouterr().out


def test_somebody_unknown_is_named(quiz: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert grade() == 2
    assert "no student is known" in capsys.readouterr().err
    hand_in(quiz, 2)
    assert grade("--students", "s0000") == 2
    assert "unknown student 's0000', did you mean 's000'" in capsys.readouterr().err
    assert grade("--students", "@nothing.txt") == 2
    assert "nothing.txt: cannot be read" in capsys.readouterr().err


def test_what_is_named_for_no_lab_is_told(quiz: Course, capsys: pytest.CaptureFixture[str]) -> None:
    quiz.write(
        {
            "submissions/kim/box.sh": "exit\n",  # another lab's
            "submissions/lee/quiz.yaml.txt": "1: B\n",
            "submissions/park/QUIZ.yaml": "1: B\n",
            "submissions/park/quiz.sh": "1: B\n",
            "submissions/choi_quiz.txt": "1: B\n",
            "submissions/README.md": "Folders of students.\n",
        }
    )
    assert grade() == 0
    fix = "; fix: if that is this lab's, rename it quiz.yaml"
    beside = "; fix: put each into the folder of its student"
    assert capsys.readouterr().out.splitlines() == [
        f"lee: no quiz.yaml, but there is 'quiz.yaml.txt'{fix}",
        f"park: no quiz.yaml, but there is 'QUIZ.yaml', 'quiz.sh'{fix}",
        f"in no student's folder of submissions/: 'choi_quiz.txt'{beside}",
        "quiz: 0 graded (0 passed)",
        "without submission (3): kim, lee, park",
    ]


@pytest.mark.parametrize(
    ("roster", "told"),
    [
        ("\ufeffstudent;name\r\nkim;김 민수\r\n".encode(), "without submission (1): kim\n"),
        (b"student\tname\nkim\tMinsu\n", "without submission (1): kim\n"),
        ("student,이름\n".encode("cp949"), "as UTF-8: in Excel, as 'CSV UTF-8'"),
        (b"kim,Minsu\n", "a line that names the columns, one of them 'student'"),
    ],
)
def test_a_roster_as_spreadsheets_write_it(
    roster: bytes, told: str, quiz: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    (quiz.root / "roster.csv").write_bytes(roster)
    grade()
    assert told in "".join(capsys.readouterr())


def test_a_name_that_is_no_text_stops_nobody(
    quiz: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 1)
    odd = Path(os.fsdecode(b"submissions/\xff"))
    odd.mkdir()
    (odd / "quiz.yaml").write_text("1: B\n")
    assert grade() == 2
    assert "is not UTF-8; fix: rename the folder" in capsys.readouterr().out


def test_our_fault_stops_nobody_and_comes_again_at_the_end(
    quiz: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 4)
    work = importlib.import_module("grader.classroom.work")
    graded = work.read
    tried: list[str] = []

    def read(path: object, student: str, lab: object) -> object:
        tried.append(student)
        if student == "s002" or (student == "s001" and tried.count(student) == 1):
            raise ZeroDivisionError("a bug")
        return graded(path, student, lab)

    monkeypatch.setattr(work, "read", read)
    monkeypatch.setenv("XDG_STATE_HOME", str(quiz.root))
    assert grade() == 3
    assert tried == ["s000", "s001", "s002", "s003", "s001", "s002"]
    fault, *summary = capsys.readouterr().out.splitlines()
    assert fault.startswith("s002: not graded: unexpected ZeroDivisionError: a bug; details are in")
    assert "a bug" in next((quiz.root / "lab-grader").iterdir()).read_text()
    assert summary == ["quiz: 3 graded (2 passed)", "not graded, our fault (1): s002"]


def test_a_fault_of_everybody_stops_the_class(
    quiz: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(quiz, 30)

    def read(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("grader.classroom.work.read", read)
    monkeypatch.setenv("XDG_STATE_HOME", str(quiz.root))
    assert grade() == 3
    told = capsys.readouterr()
    assert (told.out, told.err.count("a bug")) == ("", 1)
    assert not list(quiz.root.glob("results/quiz/*"))
