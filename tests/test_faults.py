"""What breaks on our side in the middle of a grading: typed again or reported, never a zero."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from private_engine import PrivateEngine

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="an engine of one's own needs root"),
]

PROJECT = Path(__file__).parents[1]
LAB = "title: {ko: 시험, en: test}\nimages: [alpine:latest]\n"
RUBRIC = """\
lab: box
criteria:
  - id: wrote
    title: {ko: 파일, en: Wrote a file}
    points: 10
    check: {kind: file, container: box, at: exit 1, paths: {/kept: {contains: kept}}}
"""
SUBMISSION = """\
docker run --name box alpine:latest sh -c 'trap exit TERM; sleep 2 & wait; echo kept > /kept'
"""
IMPATIENT = "import grader.recording as r; r.BACK_SECONDS = 1.0\n"
MAIN = "from grader.cli import main; import sys; sys.exit(main(sys.argv[1:]))\n"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateEngine]:
    with PrivateEngine(tmp_path_factory.mktemp("engine")) as private:
        yield private


@dataclass
class Graded:
    status: int
    said: str
    folder: Path

    def outcomes(self) -> list[str]:
        """What the JUnit report says of each criterion."""
        cases = ET.parse(self.folder / "junit.xml").iter("testcase")  # noqa: S314
        return [next((part.tag for part in case if part.tag != "system-out"), "") for case in cases]

    def is_our_fault(self) -> bool:
        return (
            self.status == 3
            and self.outcomes() == ["error"]
            and not list(self.folder.glob("*.json"))
            and "  fix: " in self.said
            and "Traceback" not in self.said
        )


@dataclass
class Room:
    """A course, a runtime folder and an engine, all of the test's own."""

    root: Path
    engine: PrivateEngine

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DOCKER_HOST": f"unix://{self.engine.socket}",
            "LAB_GRADER_RUNTIME": str(self.root / "run"),
            "PYTHONPATH": str(PROJECT),
        }

    def grade(self, meanwhile: Callable[[], None], *, patient: bool = True) -> Graded:
        """Grade, and do something to the grader's world as soon as the student's box runs."""
        running = subprocess.Popen(
            [
                *(sys.executable, "-c", MAIN if patient else IMPATIENT + MAIN),
                *("box", "--student", "kim", "--lang", "en"),
            ],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_for(lambda: self.running("student") or running.poll() is not None)
        meanwhile()
        said, _ = running.communicate(timeout=100)
        return Graded(running.returncode, said, self.root / "results/box/kim")

    def running(self, role: str) -> list[str]:
        return self.engine.docker("ps", "-q", "--filter", f"label=lab-grader.role={role}").split()

    def left(self) -> list[str]:
        """What of ours is left after the next sweep."""
        swept = subprocess.run(
            [sys.executable, "-m", "grader", "clean"],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        folders = [str(path) for path in (self.root / "run").iterdir() if path.is_dir()]
        containers = self.engine.docker("ps", "-a").splitlines()[1:]
        return [*folders, *containers] and [*folders, *containers, swept.stdout, swept.stderr]


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def room(tmp_path: Path, engine: PrivateEngine) -> Iterator[Room]:
    for name, text in {
        "labs/box/lab.yaml": LAB,
        "rubrics/box.yaml": RUBRIC,
        "submissions/kim/box.sh": SUBMISSION,
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    room = Room(tmp_path, engine)
    yield room
    room.left()  # so that a test that failed leaves nothing for the next one to find


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_engine_that_comes_back_is_asked_again(room: Room, how: signal.Signals) -> None:
    def restart() -> None:
        room.engine.stop(how)
        room.engine.start()

    graded = room.grade(restart)

    assert (graded.status, graded.outcomes()) == (0, [""]), graded.said
    assert "typed a second time" in graded.said
    assert room.left() == []


def test_an_engine_that_stays_away_is_our_fault(room: Room) -> None:
    try:
        graded = room.grade(lambda: room.engine.stop(signal.SIGKILL), patient=False)
        assert graded.is_our_fault(), graded.said
    finally:
        room.engine.start()
    assert room.left() == []


def test_a_workbench_killed_from_outside_is_typed_in_again_but_once(room: Room) -> None:
    def kill() -> None:
        room.engine.docker("kill", *room.running("workbench"))

    def kill_twice() -> None:
        first = room.running("workbench")
        kill()
        wait_for(lambda: set(room.running("workbench")) - set(first) and room.running("student"))
        kill()

    again = room.grade(kill)
    assert (again.status, again.outcomes()) == (0, [""]), again.said
    assert "typed a second time" in again.said
    for file in again.folder.iterdir():
        file.unlink()
    given_up = room.grade(kill_twice)
    assert given_up.is_our_fault(), given_up.said
    assert room.left() == []


def test_a_socket_that_is_removed_costs_the_student_nothing(room: Room) -> None:
    def remove() -> None:
        (socket,) = (room.root / "run").glob("lg*/docker.sock")
        socket.unlink()

    graded = room.grade(remove)

    assert (graded.status, graded.outcomes()) == (0, [""]), graded.said
    assert room.left() == []


def test_a_full_disk_of_the_engine_is_our_fault(room: Room) -> None:
    with room.engine.full():
        before = room.grade(lambda: None)
    assert before.is_our_fault(), before.said
    assert "free space on the engine's disk" in before.said

    disk = room.engine.full()
    graded = room.grade(disk.__enter__)
    disk.__exit__(None, None, None)
    assert graded.is_our_fault(), graded.said
    assert "disk of the Docker engine is full" in graded.said
    assert "typed a second time" not in graded.said
    assert room.left() == []


def test_a_full_disk_of_ours_is_our_fault(room: Room) -> None:
    disk = room.root / "results"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], check=True)
    try:
        graded = room.grade(lambda: None)
        assert graded.status == 3
        assert "No space left on device\n  fix: free some space there" in graded.said
        assert [path for path in disk.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run(["umount", disk], check=True)
    assert room.left() == []
