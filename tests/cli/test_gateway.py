"""`grade gateway`: a session for any client, as people open it from a shell."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Course

HERE = {name: value for name in ("DOCKER_HOST",) if (value := os.environ.get(name))}


@pytest.fixture
def engine(course: Course) -> Course:
    """Return the small course with the real engine."""
    del course.environment["DOCKER_HOST"]
    course.environment |= HERE
    return course


@contextlib.contextmanager
def opened(course: Course, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a gateway of lab `typed` that serves, and what it says of itself first."""
    # A shell's background job, and what it starts, may ignore ctrl-C.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "grader", "gateway", "typed"]
    with subprocess.Popen(
        [*command, *words],
        cwd=course.root,
        env=course.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def docker(course: Course, line: str, *words: str) -> str:
    name, _, host = line.strip().partition("=")
    assert name == "DOCKER_HOST"
    environment = course.environment | {"DOCKER_HOST": host}
    command = ["docker", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def left(course: Course) -> list[str]:
    """Return the containers of this test's sessions that are on the engine."""
    runtime = (course_runtime(course) / "id").read_text().strip()
    words = ["ps", "-aq", "--filter", f"label=lab-grader.runtime={runtime}"]
    environment = os.environ | HERE
    done = subprocess.run(
        ["docker", *words], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def course_runtime(course: Course) -> Path:
    return course.root.parent / "run"


@pytest.mark.engine
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_client_of_ones_own_until_somebody_ends_it(
    engine: Course, number: signal.Signals
) -> None:
    with opened(engine) as (process, line):
        told = docker(engine, line, "run", "--name", "box", "alpine:latest", "env")
        docker(engine, line, "run", "-d", "--name", "left", "alpine:latest", "sleep", "600")
        assert docker(engine, line, "ps", "--format", "{{.Names}}") == "left\n"
        assert len(left(engine)) == 2
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out == "evidence:\n  results/typed/anyone/evidence.json\n"
    assert "PS1" not in told

    record = json.loads((engine.root / "results/typed/anyone/evidence.json").read_text())
    assert [c["names"] for c in record["containers"]] == [["box"], ["left"]]
    assert [m["label"] for m in record["containers"][1]["moments"]] == ["created", "start 1", "end"]
    assert {"container_create", "container_list"} <= {call["route"] for call in record["calls"]}
    scored = engine.grade("rescore", "typed", "--student", "anyone")
    assert (scored.returncode, scored.stderr) == (0, "")
    end = time.monotonic() + 30
    while left(engine):
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.engine
def test_for_some_seconds(engine: Course, tmp_path: Path) -> None:
    file = tmp_path / "alice.json"
    done = engine.grade("gateway", "typed", "--for", "0", "--student", "alice", "--evidence", file)
    assert (done.returncode, done.stderr) == (0, "")
    first, rest = done.stdout.split("\n", 1)
    assert first.startswith("DOCKER_HOST=unix:///")
    assert rest == "evidence:\n  ../alice.json\n"
    assert json.loads(file.read_text())["student"] == "alice"
    assert not (engine.root / "results").exists()


def test_no_engine(course: Course) -> None:
    done = course.grade("gateway", "typed", "--for", "0")
    assert (done.returncode, done.stdout) == (3, "")
    assert "no-engine.sock" in done.stderr
    assert not (course.root / "results").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("quiz",), "error: quiz is a quiz: it needs no Docker engine"),
        (("typd",), "typed"),
        (("typed", "--student", "../bob"), "cannot be the name of a student"),
        (("typed", "--evidence", "labs/typed/lab.yaml/x"), "the evidence cannot be written here"),
        (("typed", "--for", "-1"), "--for"),
    ],
)
def test_wrong_use(course: Course, words: tuple[str, ...], told: str) -> None:
    done = course.grade("gateway", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
