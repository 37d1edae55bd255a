"""The typist against a terminal of paper: what no real shell does on demand."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

import pytest

from grader.errors import ReplayError
from grader.model.evidence import HOST, Step
from grader.model.lab import Limits
from grader.workbench import replay as replaying
from grader.workbench import watch
from grader.workbench.replay import replay

CTRL_C = "\x03"


class PaperDocker:
    """No Docker calls; the rest as a test wants it."""

    working = False
    longest_call = 0.0

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.joins: set[str] = set()

    def begin_step(self, number: int) -> None:
        self.begun.append(number)

    def container_of(self, token: str) -> str | None:
        return {"inside": "c1"}.get(token)

    def joined(self, container: str) -> bool:
        return container in self.joins

    def attached(self, step: int) -> str | None:  # noqa: ARG002 - a protocol's
        return None

    def streaming(self, step: int) -> str | None:  # noqa: ARG002 - a protocol's
        return None

    def piped_shell(self, step: int) -> str | None:  # noqa: ARG002 - a protocol's
        return None

    def foreground(self) -> str | None:
        return None

    async def kill_foreground(self) -> bool:
        return False


class PaperTty:
    """Answers each typed line by a function; counts prompts like a shell."""

    token = "host"  # noqa: S105 - of a prompt

    def __init__(self, answer: Callable[[PaperTty, str], None]) -> None:
        self.typed: list[str] = []
        self.by_student = False
        self._answer = answer
        self._shown: asyncio.Queue[bytes] = asyncio.Queue()
        self._count = 0
        self._drawn = ""

    async def read(self) -> bytes:
        return await self._shown.get()

    def write(self, keys: bytes) -> None:
        text = keys.decode()
        self.typed.append(text)
        if "133;S;" in text:
            number = text.partition("133;S;")[2].partition(";")[0]
            self.show(f"{text}\x1b]133;S;{number};aid=host\x07")
            self.prompt()
        else:
            self._answer(self, text)

    async def kill_foreground(self) -> bool:
        return False

    async def ended_by_student(self) -> bool:
        return self.by_student

    def show(self, text: str) -> None:
        self._shown.put_nowait(text.replace("\n", "\r\n").encode())

    def prompt(self, status: int = 0, after: str = "") -> None:
        self._count += 1
        self._drawn = f"\x1b]133;D;{status};7;1;{self._count};aid=host\x07{after}"
        self.show(self._drawn)

    def draw_again(self) -> None:
        self.show(f"\r{self._drawn}\x1b[J")

    def hang_up(self) -> None:
        self._shown.put_nowait(b"")


def echoing(terminal: PaperTty, line: str) -> None:
    terminal.show(line)
    terminal.prompt()


def run(
    text: str,
    answer: Callable[[PaperTty, str], None] = echoing,
    *,
    docker: PaperDocker | None = None,
    limits: Limits | None = None,
    by_student: bool = False,
    first_prompt: bool = True,
) -> tuple[tuple[Step, ...], PaperTty]:
    async def work() -> tuple[tuple[Step, ...], PaperTty]:
        terminal = PaperTty(answer)
        terminal.by_student = by_student
        if first_prompt:
            terminal.prompt()
        steps = await replay(
            text, terminal, docker or PaperDocker(), limits or Limits(step_seconds=5)
        )
        return steps, terminal

    return asyncio.run(work())


def test_lines_become_steps_and_comments_do_not() -> None:
    docker = PaperDocker()
    steps, terminal = run("\n# one\n$ a\n\nb  # why\n", docker=docker)
    assert terminal.typed == ["a\n", "b  # why\n"]
    assert [(s.number, s.line, s.last_line, s.text, s.where) for s in steps] == [
        (1, 3, 3, "a", HOST),
        (2, 5, 5, "b  # why", HOST),
    ]
    assert docker.begun == [1, 2, 3]


def test_progress_is_told() -> None:
    told: list[tuple[int, str]] = []

    async def work() -> None:
        terminal = PaperTty(echoing)
        terminal.prompt()
        await replay("a\n#\nb", terminal, PaperDocker(), Limits(), lambda *step: told.append(step))

    asyncio.run(work())
    assert told == [(1, "a"), (3, "b")]


def test_a_prompt_that_is_drawn_again_is_not_another_one() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        terminal.draw_again()
        terminal.show(line)
        terminal.show("done\n")
        terminal.prompt(1)

    steps, _ = run("a\nb", answer)
    assert [(s.status, s.output) for s in steps] == [(1, "done\n"), (1, "done\n")]


def test_foreign_marks_mean_nothing() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        terminal.show(line)
        terminal.show("\x1b]133;D;5;7;1;9;aid=forged\x07\x1b]133;D;6\x07\x1b]133;S;1;aid=x\x07x\n")
        terminal.prompt(2)

    steps, _ = run("a", answer)
    assert [(s.status, s.output) for s in steps] == [(2, "x\n")]


def test_the_cursor_is_reported_only_before_a_line_is_typed() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        if line.startswith("\x1b"):
            return
        terminal.show("\x1b[6n" + line)  # too late: it would reach the program
        terminal.show("\x1b[6n\n")  # a program's own query
        terminal.prompt(after="\x1b[6n")  # a line editor's

    _, terminal = run("a\nb", answer)
    report = "\x1b[1;1R"
    assert terminal.typed == ["a\n", report, report, "b\n", report, report]


def test_no_first_prompt_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "START_SECONDS", 0.3)
    with pytest.raises(ReplayError, match="no prompt"):
        run("a", first_prompt=False)


def test_a_workbench_that_ends_is_our_fault_or_the_students() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        terminal.show(line + "last words\n")
        terminal.hang_up()

    with pytest.raises(ReplayError, match="workbench ended"):
        run("a\nb", answer)
    steps, _ = run("a\n# c\nb", answer, by_student=True)
    assert [(s.text, s.end, s.output) for s in steps] == [
        ("a", "closed", "last words\n"),
        ("b", "untyped", ""),
    ]


def test_the_engines_time_is_not_the_students() -> None:
    docker = PaperDocker()

    def answer(terminal: PaperTty, line: str) -> None:
        terminal.show(line)
        docker.working = True

        def done() -> None:
            docker.working = False
            terminal.prompt()

        asyncio.get_running_loop().call_later(1.2, done)

    steps, _ = run("a", answer, docker=docker, limits=Limits(step_seconds=0.5))
    assert [s.end for s in steps] == ["prompt"]
    assert steps[0].seconds > 1


class BusyDocker(PaperDocker):
    """Works for ever: at one call, or at many short ones as background loops make them."""

    working = True

    def __init__(self, longest: float = math.inf) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._longest = longest

    @property
    def longest_call(self) -> float:  # type: ignore[override] # an attribute may be computed
        return min(time.monotonic() - self._began, self._longest)


def interrupted(terminal: PaperTty, line: str) -> None:
    if line == CTRL_C:
        terminal.show("^C\n")
        terminal.prompt(130)
    else:
        terminal.show(line)


def test_a_call_that_takes_for_ever_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LONGEST_WORK", 0.6)
    with pytest.raises(ReplayError, match="Docker engine"):
        run("a", interrupted, docker=BusyDocker(), limits=Limits(step_seconds=0.1))


def test_calls_without_end_are_the_students(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LONGEST_WORK", 0.5)
    limits = Limits(step_seconds=0.4, lab_seconds=0.8)
    steps, _ = run("a\nb\nc\nd", interrupted, docker=BusyDocker(longest=0.2), limits=limits)
    assert [(s.end, s.status) for s in steps] == [
        ("timeout", 130),
        ("timeout", 130),
        ("untyped", None),
        ("untyped", None),
    ]
    # Free are three times the step's time, and three times the lab's: each counts once more.
    assert 1.5 < steps[0].seconds < 3
    assert 1.3 < steps[1].seconds < 3


def test_a_kill_that_takes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "INTERRUPT_SECONDS", 0.2)
    monkeypatch.setattr(replaying, "ACT_SECONDS", 0.2)

    class Hanging(PaperDocker):
        async def kill_foreground(self) -> bool:
            await asyncio.Event().wait()
            return True

    steps, _ = run("a", lambda *_: None, docker=Hanging(), limits=Limits(step_seconds=0.3))
    assert [s.end for s in steps] == ["timeout"]


@pytest.mark.parametrize("joined", [True, False])
def test_a_containers_prompt_counts_only_where_it_is_joined(*, joined: bool) -> None:
    docker = PaperDocker()
    if joined:
        docker.joins.add("c1")

    def answer(terminal: PaperTty, line: str) -> None:
        terminal.show(line)
        if line == "a\n":
            terminal.show("\x1b]133;D;0;9;7;1;aid=inside\x07")
        if line == "a\n" and joined:
            return
        terminal.prompt(3)

    steps, _ = run("a\nb", answer, docker=docker)
    assert [(s.where, s.status) for s in steps] == [
        (HOST, None if joined else 3),
        ("c1" if joined else HOST, 3),
    ]


def test_time_for_the_lab_runs_out() -> None:
    steps, _ = run("a\nb\n#\nc", interrupted, limits=Limits(step_seconds=9, lab_seconds=0.5))
    assert [(s.text, s.line, s.end) for s in steps] == [
        ("a", 1, "timeout"),
        ("b", 2, "untyped"),
        ("c", 4, "untyped"),
    ]
    assert steps[0].status == 130


def test_when_nothing_brings_the_prompt_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "INTERRUPT_SECONDS", 0.2)
    steps, terminal = run(
        "a\nb", lambda terminal, line: terminal.show(line), limits=Limits(step_seconds=0.3)
    )
    assert [(s.end, s.status) for s in steps] == [("timeout", None), ("untyped", None)]
    assert terminal.typed == ["a\n", "\x03", "\x1c"]


def test_a_line_that_ends_while_it_is_interrupted() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        if line == CTRL_C:
            terminal.prompt(0)  # by itself
            terminal.show("^C\n")
            terminal.prompt(130)  # for ctrl-c at the prompt
        else:
            terminal.show(line)
            if line != "a\n":
                terminal.prompt(7)

    steps, _ = run("a\nb\nc", answer, limits=Limits(step_seconds=0.3))
    assert [(s.end, s.status) for s in steps][1:] == [("prompt", 7), ("prompt", 7)]


def test_endless_erasing_ends_in_time() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        interrupted(terminal, line)
        if line == "a\n":
            for _ in range(16):
                terminal.show("a" * 32 * 1024)
            for _ in range(16):
                terminal.show("\b" * 32 * 1024)

    steps, _ = run("a\nb", answer, limits=Limits(step_seconds=0.5, output_bytes=1024 * 1024))
    assert [(s.end, s.output) for s in steps] == [("timeout", "^C\n"), ("timeout", "^C\n")]
    assert steps[0].seconds < 10


def test_endless_output_is_cut() -> None:
    def answer(terminal: PaperTty, line: str) -> None:
        terminal.show(line)
        for _ in range(100):
            terminal.show("y\n" * 10_000)
        terminal.prompt()

    steps, _ = run("yes", answer, limits=Limits(output_bytes=2000))
    assert steps[0].truncated
    assert steps[0].output == "y\n" * 1000
    assert steps[0].end == "prompt"
