"""`kill -9` at any moment of a grading: after the next sweep nothing of ours is left."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.engine.sessions import RUNTIME_VARIABLE, YOUNG_SECONDS, runtime_id, sessions

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).parents[1]
KILLS = 100
AT_ONCE = 4
SEED = 20_261_124

LAB = """\
title: {ko: 시험, en: test}
images: [alpine:latest]
volumes: true
network: true
build: true
"""
RUBRIC = """\
lab: box
criteria:
  - id: wrote
    title: {ko: 파일, en: Wrote a file}
    points: 10
    check: {kind: file, container: box, at: exit 1, paths: {/kept: {contains: kept}}}
"""
SUBMISSION = """\
docker network create net
docker run --name box -v data:/d --network net alpine:latest sh -c 'echo kept > /kept'
docker commit box mine
docker create mine
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "labs/box/lab.yaml": LAB,
        "rubrics/box.yaml": RUBRIC,
        "submissions/kim/box.sh": SUBMISSION,
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    return tmp_path


def grade(course: Path, number: int) -> subprocess.Popen[bytes]:
    results = course / "results" / str(number)
    return subprocess.Popen(
        [*(sys.executable, "-m", "grader", "box", "--student", "kim"), "--results", results],
        cwd=course,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def sweep(course: Path) -> str:
    command = [sys.executable, "-m", "grader", "clean"]
    return subprocess.run(command, cwd=course, capture_output=True, text=True, check=True).stdout


def processes(course: Path) -> list[str]:
    """Return the command lines of the graders and sweepers of this test."""
    mark = f"{RUNTIME_VARIABLE}={course / 'run'}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes():
                found.append(words)
        except OSError:
            continue
    return found


def objects(course: Path) -> list[str]:
    """Return all that carries the label of this test's sessions on the engine, of any kind."""
    label = f"label=lab-grader.runtime={runtime_id(course / 'run')}"
    found = []
    for kind, words in {
        "container": ("ps", "-aq"),
        "volume": ("volume", "ls", "-q"),
        "network": ("network", "ls", "-q"),
        "image": ("images", "-aq"),
    }.items():
        command = ["docker", *words, "--filter", label]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found += [f"{kind} {name}" for name in told.split()]
    return found


def mounts(course: Path) -> list[str]:
    """Return what is mounted under the runtime folder."""
    table = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return [line for line in table if str(course / "run") in line]


def tags(tokens: set[str]) -> list[str]:
    """Return the image tags that name one of these sessions."""
    command = ["docker", "images", "--format", "{{json .}}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = [json.loads(line)["Repository"] for line in told.splitlines()]
    return [name for name in names if any(token in name for token in tokens)]


class Killer:
    """Kills graders at moments spread over what a grading takes, which is not always the same."""

    def __init__(self, course: Path, lasts: float) -> None:
        """Take how many seconds a grading takes, by what is known so far."""
        self._course = course
        self._lasts = lasts

    def kill(self, number: int, share: float) -> bool:
        """Grade, and kill after a share of the time; return whether it still ran."""
        began = time.monotonic()
        running = grade(self._course, number)
        try:
            running.wait(share * self._lasts)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return True
        self._lasts = time.monotonic() - began  # the machine has less to do than before
        return False


@pytest.mark.timeout(300)
def test_a_hundred_kills_leave_nothing(course: Path) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # As many at once as below: what is measured is what a run takes then.
        whole = list(pool.map(lambda n: grade(course, n).wait(), range(AT_ONCE)))
        assert whole == [0] * AT_ONCE
        lasted = time.monotonic() - began
        chance = random.Random(SEED)  # noqa: S311 - moments, not secrets
        shares = [(number + chance.random()) / KILLS for number in range(KILLS)]
        killer = Killer(course, lasted)
        chance.shuffle(shares)
        killed = list(pool.map(lambda n: killer.kill(n, shares[n]), range(KILLS)))
    assert sum(killed) >= KILLS * 3 // 4, "too few were killed before they had ended"

    tokens = {path.name for path in sessions()}
    left = ["not swept"]
    until = time.monotonic() + 60
    while left and time.monotonic() < until:
        for path in sessions():
            # Killed before it had its lock, a session counts as young for a while.
            os.utime(path, (time.time() - 2 * YOUNG_SECONDS,) * 2)
        sweep(course)
        left = [*map(str, sessions()), *objects(course), *processes(course), *mounts(course)]
    assert left == []
    assert tags(tokens) == []
    assert {path.name for path in (course / "run").iterdir()} <= {"id", "sweep"}
