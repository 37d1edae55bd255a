"""Where `grade record` gets its lines: from a pipe, or from somebody at the keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import select
import signal
import sys
import termios
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Self

from grader.cli._screen import say
from grader.errors import UsageError
from grader.model.evidence import HOST
from grader.personal.filling import fill
from grader.submissions import refuse_long_lines, text_of
from grader.workbench.live import CONTINUED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

    from grader.model.evidence import Evidence

CTRL_C, CTRL_D, CTRL_BACKSLASH = "<ctrl-c>", "<ctrl-d>", "<ctrl-\\>"
KEYS = {signal.SIGINT: CTRL_C, signal.SIGQUIT: CTRL_BACKSLASH}
GIVEN_UP = "^C"
"""What ctrl-C makes of a line that is being edited."""
LEAVE = ("exit", "logout")
READ_SIZE = 65536
STDIN = Path("/dev/stdin")


def prompt_of(where: str) -> str:
    """Return what stands before the lines that a shell reads."""
    if where == CONTINUED:
        return "> "
    return f"{where}{'$' if where == HOST else ' #'} "


def desk_for(file: Path, values: Mapping[str, str], *, force: bool) -> Pipe | Keyboard:
    """Return the desk that the standard input is; `values` stand for their names in a pipe.

    Raises UsageError for a pipe where the solution's `file` is there and is not to be replaced, and
    SubmissionError for lines that cannot be typed.
    """
    if sys.stdin.isatty():
        return Keyboard()
    if file.exists() and not force:
        fix = "replace it with --force, or move it away first"
        raise UsageError("there is a solution already", file=file, fix=fix)
    text, _ = text_of(sys.stdin.buffer.read(), STDIN)
    refuse_long_lines(text, STDIN)
    return Pipe(fill(text, values) if values else text)


class Pipe:
    """All lines are known, and nobody watches over them."""

    person = False

    def __init__(self, text: str) -> None:
        self.lines = text.removesuffix("\n").split("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give nothing back."""

    async def ask(self, where: str) -> list[str]:
        """Return nothing: there is no more."""
        del where
        return []

    def ahead(self) -> list[str]:
        """Return nothing: nobody types."""
        return []

    def typed(self, where: str | None, line: str) -> None:
        """Show a line as a terminal would."""
        say(f"{'' if where is None else prompt_of(where)}{line}\n")

    def show(self, text: str) -> None:
        """Show what was printed."""
        say(text)

    def serve(self, done: Future[Evidence]) -> None:
        """Do nothing meanwhile."""


class Keyboard:
    r"""Somebody types. Use in a `with` block: it takes the keys that would end the program.

    Lines are edited here where a shell is at its prompt; what is typed over a running program goes
    to that as the terminal's own lines, and ctrl-C, ctrl-\ and ctrl-D as the keys that they are.
    """

    person = True

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._asked: queue.SimpleQueue[tuple[str, Future[list[str]]]] = queue.SimpleQueue()
        self._ahead: deque[str] = deque()
        self._woken, self._wake = os.pipe()
        self._began = False
        """The keyboard is the workbench's: somebody was asked, and has not come to the end."""
        self._rest = b""

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._key) for number in KEYS}
        import readline

        # What is in the folder here is not what is in the workbench.
        readline.set_completer(lambda _text, _state: None)
        # A signal that comes while readline is busy would be seen only at the next key.
        readline.parse_and_bind(rf'"\C-c": "\C-e\C-u{GIVEN_UP}\C-m"')
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    async def ask(self, where: str) -> list[str]:
        """Return what is typed at a prompt; nothing at the end."""
        answer: Future[list[str]] = Future()
        self._asked.put((where, answer))
        os.write(self._wake, b".")
        return await asyncio.wrap_future(answer)

    def ahead(self) -> list[str]:
        """Return what was typed while no shell was at its prompt."""
        return [self._ahead.popleft() for _ in range(len(self._ahead))]

    def typed(self, where: str | None, line: str) -> None:
        """Do nothing: it stands there already."""

    def show(self, text: str) -> None:
        """Show what was printed."""
        say(text)

    def serve(self, done: Future[Evidence]) -> None:
        """Read the keyboard until the recording is done; in the main thread, for its signals."""
        done.add_done_callback(lambda _: os.write(self._wake, b"."))
        while not done.done():
            ready, _, _ = select.select([self._woken, sys.stdin.fileno()], [], [])
            if self._woken in ready:
                os.read(self._woken, READ_SIZE)
                while not self._asked.empty():
                    where, answer = self._asked.get()
                    lines = self._line(where)
                    self._began = bool(lines)
                    answer.set_result(lines)
            else:
                self._read_ahead()

    def _line(self, where: str) -> list[str]:
        """Return the lines of one answer: several where they were pasted, none at the end."""
        while True:
            try:
                with _without_interrupts():
                    lines = input(prompt_of(where)).split("\n")
            except EOFError:
                say("\n")
                if where == HOST:
                    return []
                return [CTRL_C if where == CONTINUED else CTRL_D]
            if lines != [GIVEN_UP]:
                return [] if where == HOST and lines[0].strip() in LEAVE else lines
            if where == CONTINUED:
                return [CTRL_C]

    def _read_ahead(self) -> None:
        """Take what was typed over a running program; the terminal gives whole lines."""
        read = os.read(sys.stdin.fileno(), READ_SIZE)
        if not read:
            self._ahead.append(CTRL_D)
            return
        *lines, self._rest = (self._rest + read).split(b"\n")
        self._ahead.extend(line.decode(errors="replace") for line in lines)

    def _key(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._began:
            self._ahead.append(KEYS[signal.Signals(number)])
        elif number == signal.SIGINT:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let the keys that send signals be keys like others."""
    before = termios.tcgetattr(sys.stdin)
    changed = termios.tcgetattr(sys.stdin)
    changed[6][termios.VINTR] = changed[6][termios.VQUIT] = b"\0"
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, changed)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
