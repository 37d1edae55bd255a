from __future__ import annotations

import contextlib
import gzip
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader import cli
from grader.class_reports import known_formats
from grader.cli._failures import write_log
from grader.reports import known_formats as formats_of_one

if TYPE_CHECKING:
    from tests.cli.conftest import Course

GONE, STAYS = "alice", "alice.b"
"""The one name is a part of the other."""


@pytest.fixture
def used(course: Course, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of a course in which everything was written that names a student."""
    monkeypatch.setenv("XDG_STATE_HOME", str(course.root / "results/state"))
    course.write(f"submissions/{STAYS}/quiz.yaml", "1: A\n2: A\n")
    course.write("roster.csv", f"student\n{GONE}\n{STAYS}\n")
    for name in (GONE, STAYS):
        arguments = ["grade", "quiz", "--student", name, f"submissions/{name}/quiz.yaml"]
        course.write(f"results/state/lab-grader/error-{name}.log", f"arguments: {arguments}")
    with contextlib.chdir(course.root):
        assert cli.main(["class", "quiz"]) == 0
        for name in (GONE, STAYS):
            give = ["override", "quiz", "first", "5", "--student", name, "--why", "on paper"]
            assert cli.main(give) == 0
            for form in formats_of_one():
                assert cli.main(["report", "quiz", "--student", name, "--as", form]) == 0
        rubric = course.root / "rubrics/quiz.yaml"
        rubric.write_text(rubric.read_text().replace("points: 4", "points: 3"))
        assert cli.main(["regrade", "quiz", "--apply", "--why", "a slip"]) == 0
        for form in known_formats():
            assert cli.main(["report", "quiz", "--as", form]) == 0
        yield course.root


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield all files with what is in them, as they are and unpacked; and all rows."""
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            yield file, content
            if file.suffix == ".gz":
                yield file, gzip.decompress(content)
        yield file, file.name.encode()
    with contextlib.closing(sqlite3.connect(folder / "grades.db")) as database:
        for (content,) in database.execute("SELECT content FROM results"):
            yield folder / "grades.db", zlib.decompress(content)


def naming(folder: Path, student: str) -> set[str]:
    others = STAYS.encode() if student == GONE else b"\0"
    return {
        str(file.relative_to(folder))
        for file, content in everything(folder)
        if student.encode() in content.replace(others, b"")
    }


def test_nothing_of_a_forgotten_student_is_left_and_all_of_others(
    used: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = used / "results"
    before = naming(results, STAYS)
    assert len(naming(results, GONE)) > 10
    capsys.readouterr()
    assert cli.main(["forget", GONE, "--yes"]) == 0
    told = capsys.readouterr().out
    assert naming(results, GONE) == set()
    # The reports of the class are made anew; nothing else that names somebody else is missing.
    missing = {Path(file).name for file in before - naming(results, STAYS)}
    assert all(name.startswith("class.") for name in missing)
    assert "who is in the course: roster.csv" in told
    assert f"the student's own: submissions/{GONE}" in told
    assert cli.main(["history", "quiz", "--student", STAYS]) == 0
    assert "on paper" in capsys.readouterr().out


def test_logs_of_another_course_stay(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    other = tmp_path / "other"
    for name in ("labs", "rubrics"):
        (other / name).mkdir(parents=True)
    about = ["grade", "quiz", "--student", GONE]

    def logged(name: str, folder: Path, *more: str) -> Path:
        with contextlib.chdir(folder):
            log = write_log(OSError("broken"), [*about, *more])
        assert log is not None
        return log.rename(state / f"lab-grader/error-{name}.log")

    ours = [logged("1", course.root), logged("2", other, "--course", str(course.root))]
    ours.append(logged("3", other, f"--course={course.root}"))
    theirs = [logged("4", other), logged("5", course.root, "--course", str(other))]
    unknown = state / "lab-grader/error-6.log"
    unknown.write_text(f"arguments: {about!r}\n")
    with contextlib.chdir(course.root):
        assert cli.main(["forget", GONE, "--yes"]) == 0
    assert [log for log in (*ours, unknown) if log.exists()] == []
    assert [log for log in theirs if not log.exists()] == []
