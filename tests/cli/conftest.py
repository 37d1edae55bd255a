"""A small course in a folder of its own, and the command line run in it as a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

from grader.cli import main

PROJECT = Path(__file__).parents[2]

TERMINAL_LAB = """\
title: {ko: 작은 실습, en: A small lab}
kind: terminal
images: [alpine:latest]
"""
TERMINAL_RUBRIC = """\
lab: typed
criteria:
  - id: made-box
    title: {ko: 상자를 만들었다, en: Made the box}
    points: 10
    check: {kind: container, container: box}
"""
QUIZ_LAB = """\
title: {ko: 작은 퀴즈, en: A small quiz}
kind: quiz
questions:
  "1":
    title: {ko: 하나?, en: One?}
    choices: {A: {ko: 예, en: "Yes"}, B: {ko: 아니요, en: "No"}}
  "2":
    title: {ko: 둘?, en: Two?}
    choices: {A: {ko: 예, en: "Yes"}, B: {ko: 아니요, en: "No"}}
"""
QUIZ_RUBRIC = """\
lab: quiz
criteria:
  - id: first
    title: {ko: 첫째, en: First}
    points: 6
    check: {kind: answer, question: "1", correct: [B]}
    hint: {ko: 다시 생각해 보세요., en: Think again.}
  - id: second
    title: {ko: 둘째, en: Second}
    points: 4
    check: {kind: answer, question: "2", correct: [A]}
"""
FILES = {
    "labs/typed/lab.yaml": TERMINAL_LAB,
    "labs/quiz/lab.yaml": QUIZ_LAB,
    "rubrics/typed.yaml": TERMINAL_RUBRIC,
    "rubrics/quiz.yaml": QUIZ_RUBRIC,
    "submissions/alice/typed.sh": "docker run --name box alpine:latest true\n",
    "submissions/alice/quiz.yaml": "1: B\n2: A\n",
    "submissions/bob/quiz.yaml": "1: A\n2: A\n",
}


def without_privilege(*command: str | Path) -> list[str | Path]:
    """Return a command so that file permissions bind it, even if root runs it."""
    if os.geteuid() != 0:
        return [*command]
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    if not shutil.which("setpriv") or subprocess.run([*drop, "true"], check=False).returncode:
        pytest.skip("root cannot give up its privilege here")
    return [*drop, *command]


@dataclass
class Course:
    """A course in a folder, and the command line in it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file, and the folders above it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def grade(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        privileged: bool = True,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run `grade` as a process and return what it said."""
        command = [sys.executable, "-m", "grader", *arguments]
        return subprocess.run(
            command if privileged else without_privilege(*command),
            cwd=cwd or self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell in the course's folder."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def files(self) -> dict[str, bytes]:
        """Return every file of the folder with its content."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }


FAKE_RECORDING = """\
import os, signal, sys, time, types

from grader.errors import EngineUnavailable


class Recording:
    def __init__(self, *, sweeps=True):
        print("workbench started", file=sys.stderr)

    def __exit__(self, *why):
        print("cleaned up", file=sys.stderr)

    def begin(self, lab, submission, on_step):
        self.asked = lab, submission, on_step

    def worth_repeating(self, fault):
        return False

    def finish(self, wanted):
        lab, submission, on_step = self.asked
        for number, line in enumerate(submission.text.splitlines(), start=1):
            on_step(number, line)
        match os.environ["FAKE"]:
            case "SIGINT" | "SIGTERM" | "SIGHUP" as name:
                os.kill(os.getpid(), getattr(signal, name))
                time.sleep(60)
            case "bug":
                raise KeyError("a bug")
            case "fault":
                raise EngineUnavailable("the engine is gone", fix="start it")
        from grader.model.evidence import Evidence

        return Evidence(
            grader="0", lab=lab.id, student=submission.student, submission=submission.path,
            submission_digest=submission.digest, recorded_at="2020-01-01T00:00:00+00:00",
            notes=submission.notes,
        )


sys.modules["grader.recording"] = types.ModuleType("grader.recording")
sys.modules["grader.recording"].Recording = Recording
"""
"""Stands in for an engine: says what it was asked to do, and breaks in the way `FAKE` names."""


@pytest.fixture
def fake_engine(course: Course, tmp_path: Path) -> Course:
    """Return the course with a grading that needs no engine; `FAKE` says what becomes of it."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "sitecustomize.py").write_text(FAKE_RECORDING)
    course.environment["PYTHONPATH"] += f":{tmp_path / 'fake'}"
    course.environment["FAKE"] = "record"
    return course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course with a typed lab and a quiz, and what two students handed in."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "LAB_GRADER_RUNTIME": str(tmp_path / "run"),
        # No engine: whoever needs one says so.
        "DOCKER_HOST": f"unix://{tmp_path}/no-engine.sock",
    }
    small = Course(tmp_path / "course", environment)
    for path, content in FILES.items():
        small.write(path, content)
    return small


class Here(Protocol):
    """Runs `grade` in this process."""

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Return what it said."""


@pytest.fixture
def grade_here(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Return `grade` in this process, with a stand-in for the engine: as it is, but quick."""
    monkeypatch.chdir(course.root)
    for name, value in course.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FAKE", "record")
    monkeypatch.setitem(sys.modules, "grader.recording", ModuleType("grader.recording"))
    exec(FAKE_RECORDING, {})  # noqa: S102 - our own text, and the processes' fake as well

    def grade(*arguments: str) -> subprocess.CompletedProcess[str]:
        status = main(arguments)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, said.out, said.err)

    return grade
