"""What the workbench's terminal prints, for somebody who watches: without echo and our marks.

Only text is shown, no escape sequences: what was typed here was echoed where it was typed, and a
program in a container has no say over the terminal of the one who records.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.workbench.terminal import (
    CHECKPOINT_START,
    Checkpoint,
    Continuation,
    EchoEnd,
    Prompt,
    TerminalParser,
    Text,
)
from grader.workbench.transcript import without_echo
from grader.workbench.watch import Tty


class ShownTty:
    """A terminal that shows what it prints."""

    def __init__(self, tty: Tty, show: Callable[[str], None]) -> None:
        self._tty = tty
        self._show = show
        self._parser = TerminalParser()
        self._typed = ""
        """The line whose echo is still to come; empty if none is."""
        self._held = ""
        """What may still be that echo."""
        self._hidden = False
        """The grader asks something for itself."""
        self.token = tty.token

    async def read(self) -> bytes:
        """Return what was printed, and show it."""
        data = await self._tty.read()
        for event in self._parser.feed(data):
            match event:
                case Text(text) if not self._hidden:
                    self._take(text)
                case EchoEnd():
                    self._typed = self._held = ""
                case Prompt() | Continuation():
                    if self._held.strip() or not self._typed:  # else it was only drawn anew
                        self._release()
                case Checkpoint(_, token) if token == self.token:
                    self._hidden = False
        return data

    def write(self, keys: bytes) -> None:
        """Type, and expect an echo of what ends with an enter."""
        if keys.startswith(CHECKPOINT_START.encode()):
            self._hidden = True
        elif keys.endswith(b"\n"):
            self._release()
            self._hidden = False
            self._typed = _letters(keys.decode(errors="replace"))
        self._tty.write(keys)

    async def kill_foreground(self) -> bool:
        """Kill what stands in the terminal's foreground."""
        return await self._tty.kill_foreground()

    async def ended_by_student(self) -> bool:
        """Return whether the terminal is gone because of what was typed."""
        return await self._tty.ended_by_student()

    def _take(self, text: str) -> None:
        if not self._typed:
            self._show(text)
            return
        self._held += text
        whole = len("".join(self._held.split())) >= len("".join(self._typed.split()))
        if "\n" in self._held and (whole or not self._is_echo()):
            self._release()

    def _is_echo(self) -> bool:
        return "".join(self._typed.split()).startswith("".join(self._held.split()))

    def _release(self) -> None:
        """Show what is no echo of what was held back."""
        held, typed = self._held, self._typed
        self._held = self._typed = ""
        if typed and not held.strip():
            return  # an empty line's echo, or that of one whose letters came before
        if rest := without_echo(held.replace("\r", ""), typed) if typed else held:
            self._show(rest)


def _letters(keys: str) -> str:
    """Return the line of some keys, without the marks of a paste and of quoted letters."""
    line = keys.removesuffix("\n").replace("\x1b[200~", "").replace("\x1b[201~", "")
    return line.replace("\x16", "")
