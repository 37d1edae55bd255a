"""Everything that can be wrong with what people hand us: one table.

Each case says what it breaks, the exit status, and parts of the message. For all of them: no
traceback, nothing on the standard output, nothing written, no engine needed.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Course, Here

TYPED = ("typed", "--student", "alice")
QUIZ = ("quiz", "--student", "alice")
RESCORE = ("rescore", "quiz", "--student", "alice")


class Bad(NamedTuple):
    """One bad input."""

    breaks: Callable[[Course], object]
    """Makes the input bad."""
    arguments: tuple[str, ...]
    status: int
    says: tuple[str, ...]


def nothing(course: Course) -> None:
    """Change nothing: the arguments are bad."""


def write(path: str, content: str | bytes) -> Callable[[Course], object]:
    return lambda course: course.write(path, content)


def replace(path: str, old: str, new: str) -> Callable[[Course], object]:
    def edit(course: Course) -> None:
        text = (course.root / path).read_text()
        assert old in text
        course.write(path, text.replace(old, new))

    return edit


def remove(path: str) -> Callable[[Course], object]:
    def drop(course: Course) -> None:
        target = course.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()

    return drop


def folder(path: str) -> Callable[[Course], object]:
    return lambda course: (course.root / path).mkdir(parents=True)


def huge(path: str) -> Callable[[Course], object]:
    def sparse(course: Course) -> None:
        os.truncate(course.write(path, ""), 100 * 1024 * 1024)

    return sparse


def pipe(path: str) -> Callable[[Course], object]:
    def make(course: Course) -> None:
        remove(path)(course)
        os.mkfifo(course.root / path)

    return make


def evidence(content: str | bytes) -> Callable[[Course], object]:
    return write("results/quiz/alice/evidence.json", content)


CASES = {
    # The command line
    "no-student": Bad(nothing, ("typed",), 2, ("Missing option '--student'", "run --help")),
    "unknown-option": Bad(nothing, (*TYPED, "--langs", "ko"), 2, ("'--langs'", "'--lang'")),
    "unknown-language": Bad(nothing, (*TYPED, "--lang", "fr"), 2, ("'fr'", "'ko', 'en'")),
    "too-many-words": Bad(nothing, (*TYPED, "more"), 2, ("unexpected extra argument (more)",)),
    "no-course": Bad(remove("rubrics"), TYPED, 2, ("no course", "--course")),
    "wrong-course": Bad(nothing, (*TYPED, "--course", "labs"), 2, ("'labs'", "rubrics")),
    "unknown-lab": Bad(
        nothing, ("tyed", "--student", "alice"), 2, ("unknown lab 'tyed'", "'typed'")
    ),
    "lab-outside": Bad(nothing, ("../typed", "--student", "alice"), 2, ("unknown lab",)),
    "unknown-student": Bad(nothing, ("typed", "--student", "alcie"), 2, ("'alcie'", "alice")),
    "student-outside": Bad(
        nothing, ("typed", "--student", "../x"), 2, ("'../x' cannot be the name of a student",)
    ),
    "report-is-a-folder": Bad(nothing, (*TYPED, "--junit", "labs"), 2, ("'labs'", "directory")),
    "report-under-a-file": Bad(
        nothing, (*TYPED, "--json", "labs/typed/lab.yaml/x"), 2, ("lab.yaml is no folder",)
    ),
    "reports-in-one-file": Bad(
        nothing, (*TYPED, "--json", "x", "--junit", "./x"), 2, ("would be the same file",)
    ),
    "student-not-in-utf-8": Bad(nothing, ("typed", "--student", "\udcff"), 2, ("is not UTF-8",)),
    "path-not-in-utf-8": Bad(
        nothing, (*TYPED, "--submission", "caf\udce9.sh"), 2, ("is not UTF-8; rename",)
    ),
    # The submission
    "missing-submission": Bad(
        remove("submissions/alice/typed.sh"), TYPED, 2, ("submissions/alice/typed.sh",)
    ),
    "missing-path": Bad(nothing, (*TYPED, "--submission", "gone.sh"), 2, ("gone.sh",)),
    "empty-submission": Bad(
        write("submissions/alice/typed.sh", ""), TYPED, 2, ("typed.sh", "empty", "fix:")
    ),
    "blank-submission": Bad(
        write("submissions/alice/typed.sh", " \n\t\r\n"), TYPED, 2, ("typed.sh", "empty")
    ),
    "directory-as-submission": Bad(
        folder("somewhere"), (*TYPED, "--submission", "somewhere"), 2, ("somewhere", "typed.sh")
    ),
    "binary-submission": Bad(
        write("submissions/alice/typed.sh", b"\x7fELF\x02\x01\x00\x00\x00\xff\xfe\x00" * 99),
        TYPED,
        2,
        ("typed.sh", "text", "fix:"),
    ),
    "huge-submission": Bad(huge("submissions/alice/typed.sh"), TYPED, 2, ("typed.sh", "fix:")),
    "pipe-as-submission": Bad(pipe("submissions/alice/typed.sh"), TYPED, 2, ("typed.sh",)),
    "device-as-submission": Bad(nothing, (*TYPED, "--submission", "/dev/zero"), 2, ("/dev/zero",)),
    "quiz-is-no-yaml": Bad(
        write("submissions/alice/quiz.yaml", "1: [A\n2: B\n"), QUIZ, 2, ("quiz.yaml:", "fix:")
    ),
    # The lab and its rubric
    "broken-lab": Bad(
        write("labs/typed/lab.yaml", "title: {ko: 가\nkind"), TYPED, 2, ("lab.yaml:", "YAML")
    ),
    "missing-rubric": Bad(remove("rubrics/typed.yaml"), TYPED, 2, ("typed.yaml", "no rubric")),
    "broken-yaml": Bad(
        write("rubrics/typed.yaml", "lab: typed\ncriteria: [\n"), TYPED, 2, ("typed.yaml:", "YAML")
    ),
    "rubric-in-cp949": Bad(
        write("rubrics/typed.yaml", "lab: typed\n# 기준\n".encode("cp949")),
        TYPED,
        2,
        ("typed.yaml:2:", "UTF-8"),
    ),
    "unknown-field": Bad(
        replace("rubrics/typed.yaml", "points: 10", "pionts: 10"),
        TYPED,
        2,
        ("typed.yaml:", "unknown field 'pionts'", "'points'"),
    ),
    "duplicate-key": Bad(
        replace("rubrics/typed.yaml", "lab: typed\n", "lab: typed\nlab: typed\n"),
        TYPED,
        2,
        ("typed.yaml:2:", "duplicate key 'lab'"),
    ),
    "rubric-of-another-lab": Bad(
        replace("rubrics/typed.yaml", "lab: typed", "lab: quiz"),
        TYPED,
        2,
        ("typed.yaml:1:", "'quiz'", "'typed'"),
    ),
    "negative-points": Bad(
        replace("rubrics/typed.yaml", "points: 10", "points: -1"),
        TYPED,
        2,
        ("typed.yaml:5:", "'points'", "greater than 0"),
    ),
    "points-that-sum-to-zero": Bad(
        replace("rubrics/typed.yaml", "points: 10", "points: 0"),
        TYPED,
        2,
        ("typed.yaml:5:", "'points'", "greater than 0"),
    ),
    "no-criteria": Bad(
        write("rubrics/typed.yaml", "lab: typed\ncriteria: []\n"), TYPED, 2, ("typed.yaml:2:",)
    ),
    "unknown-requires": Bad(
        replace("rubrics/quiz.yaml", "    points: 4", "    points: 4\n    requires: [frist]"),
        QUIZ,
        2,
        ("quiz.yaml:", "'frist'", "'first'"),
    ),
    "circular-requires": Bad(
        replace("rubrics/quiz.yaml", "    points: 4", "    points: 4\n    requires: [second]"),
        QUIZ,
        2,
        ("quiz.yaml:11:", "second → second"),
    ),
    "unknown-check": Bad(
        replace("rubrics/typed.yaml", "kind: container", "kind: containr"),
        TYPED,
        2,
        ("typed.yaml:6:", "'containr'", "answer", "container", "lifecycle"),
    ),
    # The stored evidence
    "no-evidence": Bad(
        nothing, RESCORE, 2, ("evidence.json", "no evidence here", "grade quiz --student alice")
    ),
    "empty-evidence": Bad(evidence(""), RESCORE, 2, ("evidence.json:1:", "damaged", "fix:")),
    "cut-evidence": Bad(
        evidence('{\n "format": 1,\n "lab": "qu'), RESCORE, 2, ("evidence.json:3:", "damaged")
    ),
    "binary-evidence": Bad(evidence(b"\xff\xfe\x00"), RESCORE, 2, ("evidence.json", "no JSON")),
    "other-json": Bad(evidence("[1]"), RESCORE, 2, ("evidence.json", "no evidence file")),
    "nested-evidence": Bad(evidence("[" * 10**6), RESCORE, 2, ("evidence.json", "damaged")),
    "evidence-of-the-future": Bad(
        evidence('{"format": 2}'), RESCORE, 2, ("format 2", "reads format 1", "fix:")
    ),
    "evidence-with-a-hole": Bad(
        evidence('{"format": 1, "lab": "quiz", "steps": [{}]}'),
        RESCORE,
        2,
        ("evidence.json", "damaged at "),
    ),
    "evidence-is-a-folder": Bad(
        folder("results/quiz/alice/evidence.json"), RESCORE, 2, ("evidence.json", "folder")
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str, course: Course, grade_here: Here) -> None:
    bad = CASES[name]
    bad.breaks(course)
    before = course.files() if name != "huge-submission" else {}
    done = grade_here(*bad.arguments)
    assert done.returncode == bad.status, done.stderr
    assert done.stdout == ""
    message = done.stderr.replace("workbench started\n", "").replace("cleaned up\n", "")
    assert message.startswith("error: ")
    assert "Traceback" not in message
    assert "unexpected" not in message or "extra argument" in message
    for part in bad.says:
        assert part in message
    if name != "huge-submission":
        assert course.files() == before
    assert not (course.root.parent / "state").exists()


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in CASES
        if name.startswith(("unknown-lab", "unknown-student", "missing", "empty-sub", "huge"))
    ],
)
def test_what_is_plainly_missing_starts_no_workbench(
    name: str, course: Course, grade_here: Here
) -> None:
    CASES[name].breaks(course)
    assert "workbench" not in grade_here(*CASES[name].arguments).stderr


@pytest.mark.parametrize("name", ["unknown-lab", "broken-yaml", "empty-submission"])
def test_a_process_ends_in_the_same_way(name: str, course: Course) -> None:
    bad = CASES[name]
    bad.breaks(course)
    done = course.grade(*bad.arguments, DOCKER_HOST="unix:///nonexistent")
    assert done.returncode == bad.status
    assert done.stderr.startswith("error: ")
    assert all(part in done.stderr for part in bad.says)


def test_cp949_is_read_and_told(course: Course, grade_here: Here) -> None:
    course.write("submissions/alice/typed.sh", 'echo "중요한 데이터를 기록한다"\n'.encode("cp949"))
    done = grade_here(*TYPED)
    assert done.returncode == 1
    assert "CP949" in done.stdout


def test_somebody_elses_evidence(grade_here: Here) -> None:
    grade_here("quiz", "--student", "bob")
    path = "results/quiz/bob/evidence.json"
    done = grade_here(*RESCORE, "--evidence", path)
    assert done.returncode == 2
    assert "evidence of student 'bob', not 'alice'" in done.stderr
    done = grade_here("rescore", "typed", "--student", "bob", "--evidence", path)
    assert done.returncode == 2
    assert "evidence of lab 'quiz', not 'typed'" in done.stderr


def test_the_disk_is_full_at_the_end(course: Course) -> None:
    before = course.files()
    command = f"ulimit -f 1; exec {sys.executable} -m grader quiz --student alice"
    done = course.shell(command)
    assert done.returncode == 3
    assert done.stderr.startswith("error: cannot write results/quiz/alice/")
    assert "--results DIR" in done.stderr
    assert course.files() == before
    assert not (course.root / "results").exists()


def test_the_engine_does_not_answer(course: Course) -> None:
    before = course.files()
    done = course.grade(*TYPED)
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert "no-engine.sock" in done.stderr
    assert "fix:" in done.stderr
    assert "Traceback" not in done.stderr
    left = course.files()
    assert b'errors="1"' in left.pop("results/typed/alice/junit.xml")
    assert left == before


def test_the_engine_is_closed_to_us(course: Course) -> None:
    path = course.root / "engine.sock"
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        engine.listen()
        path.chmod(0)
        done = course.grade(*TYPED, privileged=False, DOCKER_HOST=f"unix://{path}")
    assert done.returncode == 3
    assert done.stderr.startswith("error: ")
    assert str(path) in done.stderr
    assert "permission" in done.stderr.lower()
    assert "fix:" in done.stderr


def test_a_folder_that_is_closed_to_us(course: Course) -> None:
    (course.root / "closed").mkdir(mode=0o500)
    done = course.grade(*QUIZ, "--junit", "closed/junit.xml", privileged=False)
    assert done.returncode == 2
    assert "closed/junit.xml: --junit cannot be written here" in done.stderr
    assert "closed is read-only" in done.stderr


def test_a_submission_in_a_folder_that_is_closed_to_us(course: Course) -> None:
    (course.root / "submissions/alice").chmod(0)
    path = "submissions/alice/quiz.yaml"
    done = course.grade("quiz", "--student", "bob", "--submission", path, privileged=False)
    (course.root / "submissions/alice").chmod(0o700)
    assert done.returncode == 2
    assert f"{path}: cannot be reached: Permission denied" in done.stderr


def test_a_course_that_is_closed_to_us_gets_its_results_beside_it(
    course: Course, tmp_path: Path
) -> None:
    course.root.chmod(0o500)
    done = course.grade(*QUIZ, "--course", course.root, cwd=tmp_path, privileged=False)
    course.root.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "results/quiz/alice/junit.xml").exists()


@pytest.mark.parametrize("path", ["submissions/alice/quiz.yaml", "rubrics/quiz.yaml"])
def test_a_file_that_is_closed_to_us(course: Course, path: str) -> None:
    (course.root / path).chmod(0)
    done = course.grade(*QUIZ, privileged=False)
    assert done.returncode == 2
    assert f"{path}: cannot be read: Permission denied" in done.stderr


def test_the_engine_is_on_another_machine(course: Course) -> None:
    done = course.grade(*TYPED, DOCKER_HOST="tcp://192.0.2.1:2375")
    assert done.returncode == 2
    assert "'tcp://192.0.2.1:2375' is not a unix socket" in done.stderr
