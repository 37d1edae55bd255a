"""`grade ci` without an engine; tests/ci has the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from actions_runner import obeyed, outputs_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Course


@pytest.fixture
def runner(course: Course, tmp_path: Path) -> Path:
    """Let a course's command line run in a job of GitHub; return the folder of the job."""
    temporary = tmp_path / "runner"
    temporary.mkdir()
    course.environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(temporary / "outputs"),
        "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
        "GITHUB_WORKSPACE": str(course.root),
        "RUNNER_TEMP": str(temporary),
    }
    return temporary


def ci(*more: str) -> tuple[str, ...]:
    return ("ci", "quiz", "--student", "bob", "--course", ".", *more)


def outputs(runner: Path) -> dict[str, str]:
    return dict(outputs_in((runner / "outputs").read_text(encoding="utf-8")))


def test_elsewhere_it_writes_files_and_obeys_the_mark(course: Course) -> None:
    given = ("--submission", "submissions/bob/quiz.yaml")
    assert course.grade(*ci(*given)).returncode == 1
    done = course.grade(*ci(*given, "--fail-under", "40"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "::" not in done.stdout
    assert (course.root / "lab-grader/quiz/junit.xml").is_file()
    assert "evidence.json" not in "".join(map(str, course.root.rglob("*")))


def test_the_places_where_something_is_looked_for(course: Course) -> None:
    course.write("mine/quiz.yaml", "1: B\n2: A\n")
    course.write("mine/.git/HEAD", "ref: refs/heads/main\n")
    course.write("mine/sub/quiz.yaml", "1: A\n2: A\n")
    arguments = ("ci", "quiz", "--student", "bob", "--course", course.root)
    assert course.grade(*arguments, cwd=course.root / "mine").returncode == 0
    assert course.grade(*arguments).returncode == 1, "submissions/bob/quiz.yaml"
    done = course.grade(*arguments, "--submission", "mine/sub/quiz.yaml")
    assert done.returncode == 1
    report = (course.root / "lab-grader/quiz/junit.xml").read_text(encoding="utf-8")
    assert 'file="sub/quiz.yaml"' in report, "paths are those of the repository"


def test_a_job_that_is_cancelled_obeys_again(fake_engine: Course, runner: Path) -> None:
    given = ("--course", ".", "--submission", "submissions/alice/typed.sh")
    done = fake_engine.grade("ci", "typed", "--student", "alice", *given, FAKE="SIGINT")
    assert done.returncode == 130
    assert obeyed(done.stdout) == []
    assert "::stop-commands::" in done.stdout
    assert not (runner / "outputs").exists()


def test_a_bug_of_ours_is_no_zero(fake_engine: Course, runner: Path) -> None:
    given = ("--course", ".", "--submission", "submissions/alice/typed.sh")
    done = fake_engine.grade("ci", "typed", "--student", "alice", *given, FAKE="bug")
    assert done.returncode == 3
    assert outputs(runner) == {"status": "not-graded"}
    assert "This is no zero." in (runner / "summary").read_text(encoding="utf-8")
    assert [command.name for command in obeyed(done.stdout)] == ["error"]
    assert obeyed(done.stderr) == []


def test_the_runner_sets_what_we_said_and_nothing_else(course: Course, runner: Path) -> None:
    assert course.grade(*ci("--submission", "submissions/bob/quiz.yaml")).returncode == 1
    told = outputs(runner)
    assert (told["score"], told["max"], told["status"]) == ("4", "10", "failed")
    assert told["folder"] == str(runner / "lab-grader/quiz")


def test_any_command_keeps_the_names_in_its_errors_from_being_obeyed(
    course: Course, runner: Path
) -> None:
    assert runner.is_dir()
    evil = "x\n::add-mask::alice\n##[add-mask]bob"
    for arguments in (
        ("quiz", "--student", evil),
        ci("--fail-under", evil),
        ("run", evil, "--student", "x"),
    ):
        done = course.grade(*arguments)
        assert done.returncode == 2
        assert "add-mask" in done.stdout
        assert obeyed(done.stdout) == []
        assert obeyed(done.stderr) == []


@pytest.mark.parametrize("share", ["nan", "-1", "101", "half"])
def test_a_share_that_is_none(course: Course, share: str) -> None:
    done = course.grade(*ci("--fail-under", share))
    assert done.returncode == 2
    assert "--fail-under" in done.stderr


def test_a_file_of_the_runner_that_cannot_be_written(course: Course, runner: Path) -> None:
    (runner / "outputs").mkdir()
    done = course.grade(*ci("--submission", "submissions/bob/quiz.yaml"))
    assert done.returncode == 3
    assert "GITHUB_OUTPUT" in done.stdout
