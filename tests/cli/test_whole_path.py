"""What people see of the command on a real engine; `tests/test_end_to_end.py` has the rest."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Course

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).parents[2]
HERE = {name: value for name in ("DOCKER_HOST",) if (value := os.environ.get(name))}


@pytest.fixture
def engine(course: Course) -> Course:
    """Return the small course with the real engine."""
    del course.environment["DOCKER_HOST"]
    course.environment |= HERE
    return course


def test_the_example_class(engine: Course, tmp_path: Path) -> None:
    """The command of the README, and the same again: all but the time of recording is the same."""
    results = tmp_path / "results"
    arguments = ("lab6-1", "--student", "alice", "--results", results)
    first = engine.grade(*arguments, cwd=PROJECT)
    assert (first.returncode, first.stderr) == (0, "")
    reports = {name: (results / name).read_bytes() for name in ("junit.xml", "result.json")}
    assert json.loads(reports["result.json"])["percent"] == 100

    second = engine.grade("rescore", *arguments, cwd=PROJECT)
    assert (second.returncode, second.stderr) == (0, "")
    assert reports == {name: (results / name).read_bytes() for name in reports}

    third = engine.grade(*arguments, cwd=PROJECT)
    assert third.stdout == first.stdout
    assert reports == {name: (results / name).read_bytes() for name in reports}


@contextlib.contextmanager
def hanging(engine: Course) -> Iterator[subprocess.Popen[str]]:
    """Yield a run that types a line which takes long."""
    engine.write("submissions/alice/typed.sh", "docker run -i --name box alpine:latest sleep 15\n")
    with subprocess.Popen(
        [sys.executable, "-m", "grader", "typed", "--student", "alice"],
        cwd=engine.root,
        env=engine.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: any("-box" in name for name in containers(engine)))
        yield process


def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def containers(engine: Course) -> list[str]:
    """Return the names of the containers of this test's sessions."""
    file = Path(engine.environment["LAB_GRADER_RUNTIME"], "id")
    if not file.exists():
        return []
    label = f"label=lab-grader.runtime={file.read_text().strip()}"
    command = ["docker", "ps", "-a", "--filter", label, "--format", "{{.Names}}"]
    environment = os.environ | HERE
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_ctrl_c_in_the_middle(engine: Course) -> None:
    with hanging(engine) as process:
        before = engine.files()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert (process.returncode, out, err.strip()) == (130, "", "interrupted")
    assert engine.files() == before
    until(lambda: not containers(engine))


def test_clean_after_kill_9(engine: Course) -> None:
    with hanging(engine) as process:
        process.kill()
    assert len(containers(engine)) == 2
    done = engine.grade("clean")
    assert (done.returncode, done.stderr) == (0, "")
    assert "removed container " in done.stdout
    assert containers(engine) == []
    assert engine.grade("clean").stdout == "nothing to remove\n"
