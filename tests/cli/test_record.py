"""`grade record`: lines from a pipe, and from somebody at a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Course

HERE = {name: value for name in ("DOCKER_HOST",) if (value := os.environ.get(name))}
LINES = """\
# how to begin
docker run --name box -it alpine:latest sh
echo 안녕 > /tmp/x
cat > /tmp/y
from the keyboard
<ctrl-d>
for i in 1 2
do echo number $i; done
<ctrl-d>
docker start -i box
"""


@pytest.fixture
def engine(course: Course) -> Course:
    """Return the small course with the real engine."""
    del course.environment["DOCKER_HOST"]
    course.environment |= HERE
    return course


def record(course: Course, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader", "record", "typed", *words]
    return subprocess.run(
        command,
        cwd=course.root,
        env=course.environment,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.engine
def test_lines_from_a_pipe_become_the_solution(engine: Course) -> None:
    done = record(engine, LINES)
    assert done.returncode == 0, done.stderr
    solution = engine.root / "labs/typed/solution.sh"
    assert solution.read_text() == LINES
    shown = done.stdout.replace("\r", "")
    assert "\nbox # echo 안녕 > /tmp/x\nbox # cat > /tmp/y\n" in shown
    assert "\nbox # for i in 1 2\n> do echo number $i; done\nnumber 1\nnumber 2\nbox #" in shown
    assert "\nhost$ docker start -i box\n" in shown
    assert "aid=" not in shown
    evidence = json.loads((engine.root / "results/typed/solution/evidence.json").read_text())
    (box,) = evidence["containers"]
    moments = {moment["label"]: moment for moment in box["moments"]}
    files = {file["path"]: file["text"] for file in moments["exit 1"]["snapshot"]["files"]}
    assert (files["/tmp/x"], files["/tmp/y"]) == ("안녕\n", "from the keyboard\n")
    # The shell that the lines left open is left, as after a replay.
    assert "exit 2" in moments


def test_a_solution_is_replaced_only_with_force(course: Course) -> None:
    solution = course.root / "labs/typed/solution.sh"
    solution.write_text("echo old\n")
    done = record(course, "echo new\n")
    assert done.returncode == 2
    assert "solution.sh: there is a solution already" in done.stderr
    assert "--force" in done.stderr
    assert solution.read_text() == "echo old\n"


def test_what_was_typed_outlives_a_fault(course: Course) -> None:
    done = record(course, LINES, "--force")  # the course's engine does not answer
    assert done.returncode == 3
    assert "solution.sh.partial" in done.stdout
    folder = course.root / "labs/typed"
    assert (folder / "solution.sh.partial").read_text() == LINES
    assert not (folder / "solution.sh").exists()


class Terminal:
    """The terminal of somebody who reads before typing on."""

    def __init__(self, ours: int) -> None:
        self._ours = ours
        self._seen = b""

    def see(self, text: str) -> None:
        """Wait until a text has come."""
        while text.encode() not in self._seen:
            self._seen += os.read(self._ours, 65536)
            self._seen = re.sub(rb"\x1b\[[?\d;]*[a-zA-Z]|\r", b"", self._seen)
        self._seen = self._seen.partition(text.encode())[2]

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())


@contextlib.contextmanager
def at_a_terminal(course: Course) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    """Yield the terminal of a recording, which is killed at the end if it still runs."""
    ours, theirs = pty.openpty()
    command = ["setsid", "--ctty", sys.executable, "-m", "grader", "record", "typed"]
    with subprocess.Popen(
        command,
        cwd=course.root,
        env=course.environment | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        try:
            yield Terminal(ours), process
        finally:
            process.kill()
            os.close(ours)


@pytest.mark.engine
def test_somebody_works_at_the_keyboard(engine: Course) -> None:
    (engine.root / "labs/typed/solution.sh").write_text("echo old\n")
    with at_a_terminal(engine) as (terminal, process):
        work(terminal)
        assert process.wait() == 0
    assert (engine.root / "labs/typed/solution.sh").read_text().splitlines() == [
        "docker run --name box -it alpine:latest sh",
        "read -p 'your name? ' name",
        "에이다",
        "echo hello $name; sleep 600",
        "<ctrl-c>",
        "echo 'two",
        "lines'",
        "cat > /tmp/y",
        "from a paste",
        "<ctrl-d>",
        "cat /tmp/y",
        "<ctrl-d>",
    ]


def work(terminal: Terminal) -> None:
    """Type, reading every answer first."""
    terminal.see("host$ ")
    terminal.type("docker run --name box -it alpine:latest sh\r")
    terminal.see("box # ")
    terminal.type("read -p 'your name? ' name\r")
    terminal.see("\nyour name? ")
    terminal.type("에이다\r")
    terminal.see("box # ")
    terminal.type("echo hello $name; sleep 600\r")
    terminal.see("\nhello 에이다")
    terminal.type("\x03")  # to the program, not to us
    terminal.see("box # ")
    terminal.type("echo 'two\r")
    terminal.see("> ")
    terminal.type("lines'\r")
    terminal.see("\ntwo\nlines\n")
    terminal.see("box # ")
    terminal.type("\x1b[200~cat > /tmp/y\nfrom a paste\n<ctrl-d>\x1b[201~\r")
    terminal.see("box # ")
    terminal.type("cat /tmp/y\r")
    terminal.see("\nfrom a paste\n")
    terminal.see("box # ")
    terminal.type("not this\x03")  # a line that is given up
    terminal.see("box # ")
    terminal.type("\x04")
    terminal.see("host$ ")
    terminal.type("\x04")
    terminal.see("replace it? [y/N]: ")
    terminal.type("y\r")
    terminal.see("next:")


@pytest.mark.engine
def test_values_of_a_personal_lab_keep_their_names(engine: Course) -> None:
    lab = (engine.root / "labs/typed/lab.yaml").read_text()
    engine.write("labs/typed/lab.yaml", lab + "values: {token: {kind: token}}\n")
    (engine.root / "rubrics/typed.yaml").unlink()
    line = "docker run --name box alpine:latest sh -c 'echo {{token}} > /tmp/x'\n"
    assert record(engine, line).returncode == 0
    assert (engine.root / "labs/typed/solution.sh").read_text() == line
    draft = engine.grade("draft", "typed")
    assert draft.returncode == 0, draft.stderr
    rubric = (engine.root / "rubrics/typed.yaml").read_text()
    assert 'paths: {/tmp/x: {contains: "{{token}}"}}' in rubric
    assert engine.grade("lint", "typed").returncode == 0
