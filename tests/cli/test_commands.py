"""The commands: how they are found, what they say of themselves, how they end."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from grader import __version__, cli

if TYPE_CHECKING:
    from tests.cli.conftest import Course, Here

NAMES = cli.commands.list_commands(click.Context(cli.commands))


def test_commands_are_found_by_file_name_and_the_default_comes_first() -> None:
    files = {file.stem for file in Path(cli.__file__).parent.glob("[a-z]*.py")}
    assert {"attempts", "gateway", "record", "rescore"} < files
    assert ["run", *sorted(files - {"run"})] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = importlib.import_module(f"grader.cli.{name}").command
    assert command.short_help
    assert all(p.help for p in command.params if isinstance(p, click.Option))
    assert cli.main([name, "--help"]) == 0
    assert "Example: grade " in capsys.readouterr().out


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    for name in NAMES:
        assert f"  {name} " in text
    assert "grade lab6-1 --student alice" in text
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"grade {__version__}\n"


def test_no_words_at_all_bring_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "Usage: grade" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["lab6-1 --help", "--student alice --help", "run --help"])
def test_a_line_that_begins_with_no_command_is_a_run(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(line.split()) == 0
    assert "Usage: grade run" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("clss lab6-1", "no command 'clss', did you mean 'class'?"),
        ("regade lab6-1 --apply", "no command 'regade', did you mean 'regrade'?"),
        ("lab6-1 --aply", "No such option '--aply'"),
        ("lab6-9", "Missing option '--student'"),
    ],
)
def test_a_command_with_a_typo_is_no_lab(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(line.split()) == 2
    assert told in capsys.readouterr().err


def test_help_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys; from grader.cli import main; main(['--help']); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & {"pydantic", "rich", "docker", "ruamel", "h11", "junit_xml", "asyncio"}


def test_labs_in_both_languages(course: Course) -> None:
    assert course.grade("labs").stdout == "quiz   A small quiz\ntyped  A small lab\n"
    assert course.grade("labs", LANG="ko_KR.UTF-8").stdout == "quiz   작은 퀴즈\ntyped  작은 실습\n"


def test_lint_tells_every_mistake_with_its_place(course: Course, grade_here: Here) -> None:
    done = grade_here("lint")
    assert (done.returncode, done.stdout) == (0, "2 labs: no mistakes\n")
    rubric = course.root / "rubrics" / "quiz.yaml"
    rubric.write_text(rubric.read_text().replace("points: 6", "points: six"))
    done = grade_here("lint", "quiz")
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == (
        "rubrics/quiz.yaml:5:13: 'points' has to be a number, not 'six' (in criteria #1)\n"
        "1 lab: 1 mistake\n"
    )
    assert grade_here("lint", "typed").returncode == 0


def test_the_schemas_of_both_files_can_be_printed(grade_here: Here) -> None:
    for name in ("lab", "rubric"):
        done = grade_here("schema", name)
        assert json.loads(done.stdout)["$schema"].endswith("2020-12/schema")
    assert grade_here("schema", "result").returncode == 2


def test_a_passed_quiz(course: Course) -> None:
    done = course.grade("quiz", "--student", "alice")
    assert done.stderr == ""
    assert done.returncode == 0
    assert (
        '"submission": "submissions/alice/quiz.yaml"'
        in (course.root / "results/quiz/alice/result.json").read_text()
    )
    assert "Total 10/10 (100 %), pass mark 60 %: ✓ passed" in done.stdout
    assert done.stdout.endswith(
        "\nreports:\n  results/quiz/alice/result.json\n"
        "  results/quiz/alice/junit.xml\n  results/quiz/alice/evidence.json\n"
    )
    written = [path for path in course.files() if path.startswith("results/")]
    assert [path.removeprefix("results/quiz/alice/") for path in written] == [
        "evidence.json",
        "junit.xml",
        "result.json",
    ]


def test_a_quiz_below_the_pass_mark(grade_here: Here) -> None:
    done = grade_here("quiz", "--student", "bob", "--lang", "ko")
    assert done.returncode == 1
    assert "총점 4/10 (40 %), 합격선 60 %: ✗ 불합격" in done.stdout
    assert "힌트: 다시 생각해 보세요." in done.stdout
    assert "보고서:\n  results/quiz/bob/result.json\n" in done.stdout


def test_it_works_below_the_course_and_beside_it(course: Course, tmp_path: Path) -> None:
    done = course.grade("quiz", "--student", "alice", cwd=course.root / "labs" / "quiz")
    assert (done.returncode, done.stderr) == (0, "")
    assert "reports:\n  ../../results/quiz/alice/result.json\n" in done.stdout
    arguments = ("quiz", "--student", "alice", "--course", str(course.root))
    assert course.grade(*arguments, cwd=tmp_path).returncode == 0


def test_reports_go_where_they_are_told_to(course: Course, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = course.grade(
        *("quiz", "--student", "alice", "--results", out),
        *("--junit", out / "ci" / "report.xml", "--json", "/dev/null"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert found == ["ci/report.xml", "evidence.json"]
    assert "  ../out/ci/report.xml\n" in done.stdout
    assert not (course.root / "results").exists()


def test_the_table_without_room_still_leaves_the_files(course: Course) -> None:
    command = [sys.executable, "-m", "grader", "quiz", "--student", "alice"]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=course.root,
            env=course.environment,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr.startswith("error: cannot write to the standard output: No space left")
    assert (course.root / "results/quiz/alice/result.json").exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(course: Course, closed: str) -> None:
    done = course.shell(f"exec {sys.executable} -m grader quiz --student alice {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (course.root / "results/quiz/alice/result.json").read_text().endswith("}\n")


def test_rescore_gives_the_same_bytes(course: Course) -> None:
    graded = course.grade("quiz", "--student", "bob")
    files = course.files()
    again = course.grade("rescore", "quiz", "--student", "bob")
    assert (again.returncode, again.stderr) == (1, "")
    assert course.files() == files
    assert again.stdout + "  results/quiz/bob/evidence.json\n" == graded.stdout


def test_rescore_uses_the_rubric_as_it_is_now(course: Course, grade_here: Here) -> None:
    grade_here("quiz", "--student", "bob")
    rubric = course.root / "rubrics" / "quiz.yaml"
    rubric.write_text(rubric.read_text().replace("points: 6", "points: 2"))
    done = grade_here("rescore", "quiz", "--student", "bob")
    assert done.returncode == 0
    assert "Total 4/6 (66.67 %)" in done.stdout


def test_lateness_is_kept_with_the_evidence(course: Course, grade_here: Here) -> None:
    rubric = course.root / "rubrics" / "quiz.yaml"
    late = "late: {due: 2026-12-01 18:00+09:00, per_day: 20%}\n"
    rubric.write_text(rubric.read_text() + late)
    alice = ("quiz", "--student", "alice")
    done = grade_here(*alice, "--submitted-at", "2026-12-01 19:00+09:00")
    assert "Total 8/10 (80 %)" in done.stdout
    assert "handed in 1 day late: 2 points were taken off" in done.stdout
    assert "Total 8/10 (80 %)" in grade_here("rescore", *alice).stdout
    again = grade_here("rescore", *alice, "--submitted-at", "2026-12-01T09:00Z")
    assert "Total 10/10 (100 %)" in again.stdout
    for wrong, says in (("soon", "no date with a time"), ("2026-12-01 18:00", "any time zone")):
        refused = grade_here("rescore", *alice, "--submitted-at", wrong)
        assert refused.returncode == 2
        assert says in refused.stderr


def test_rescore_reads_evidence_from_anywhere(tmp_path: Path, grade_here: Here) -> None:
    kept = tmp_path / "kept.json"
    grade_here("quiz", "--student", "alice", "--evidence", str(kept))
    before = kept.read_bytes()
    done = grade_here("rescore", "quiz", "--student", "alice", "--evidence", str(kept))
    assert (done.returncode, done.stderr) == (0, "")
    assert kept.read_bytes() == before


def test_rescore_only_reads_the_evidence(course: Course, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "evidence.json"
    course.grade("quiz", "--student", "alice", "--evidence", kept)
    before = kept.read_bytes()
    kept.chmod(0o444)
    kept.parent.chmod(0o555)
    rescore = ("rescore", "quiz", "--student", "alice", "--evidence", kept)
    done = course.grade(*rescore, privileged=False)
    assert (done.returncode, done.stderr) == (0, "")
    done = course.grade(*rescore, "--json", kept)
    assert done.returncode == 2
    assert "the evidence and the json report would be the same file" in done.stderr
    kept.parent.chmod(0o755)
    assert kept.read_bytes() == before


def test_what_is_to_be_typed_gets_a_workbench_before_it_is_read(fake_engine: Course) -> None:
    done = fake_engine.grade("typed", "--student", "alice")
    assert done.stderr == "workbench started\ncleaned up\n"
    assert done.returncode == 1
    assert "Total 0/10" in done.stdout


def test_a_quiz_gets_no_workbench(fake_engine: Course) -> None:
    assert "workbench" not in fake_engine.grade("quiz", "--student", "alice").stderr


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_in_the_middle_cleans_up(fake_engine: Course, name: str, status: int) -> None:
    before = fake_engine.files()
    done = fake_engine.grade("typed", "--student", "alice", FAKE=name)
    assert done.returncode == status
    assert done.stderr == "workbench started\ncleaned up\n\ninterrupted\n"
    assert fake_engine.files() == before


def test_nohup_is_respected(fake_engine: Course) -> None:
    done = subprocess.run(
        ["nohup", sys.executable, "-m", "grader", "quiz", "--student", "alice"],
        cwd=fake_engine.root,
        env=fake_engine.environment | {"FAKE": "record"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert signal.getsignal(signal.SIGHUP) != signal.SIG_IGN


def test_a_fault_of_ours_is_no_grade(fake_engine: Course) -> None:
    before = fake_engine.files()
    done = fake_engine.grade("typed", "--student", "alice", FAKE="fault")
    assert done.returncode == 3
    assert done.stderr.endswith("error: the engine is gone\n  fix: start it\n")
    after = fake_engine.files()
    report = after.pop("results/typed/alice/junit.xml").decode()
    assert 'errors="1"' in report
    assert 'failures="0"' in report
    assert "the engine is gone fix: start it" in report
    assert after == before


def test_a_bug_of_ours_is_one_line_and_a_log(fake_engine: Course, tmp_path: Path) -> None:
    done = fake_engine.grade("typed", "--student", "alice", FAKE="bug")
    assert done.returncode == 3
    (log,) = (tmp_path / "state" / "lab-grader").iterdir()
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: unexpected KeyError: ")
    assert line.endswith(f"; details are in {log}")
    assert "Traceback" not in done.stderr
    text = log.read_text()
    assert text.startswith(f"grade {__version__}, Python ")
    assert "arguments: ['typed', '--student', 'alice']" in text
    assert "Traceback (most recent call last)" in text


def test_a_bug_where_no_state_can_be_kept(fake_engine: Course, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = fake_engine.grade(
        *("typed", "--student", "alice"),
        FAKE="bug",
        XDG_STATE_HOME=str(tmp_path / "file"),
        TMPDIR=str(tmp_path),
    )
    log = re.search(r"details are in (\S+)", done.stderr)
    assert log
    assert os.path.dirname(log[1]) == str(tmp_path)  # noqa: PTH120
