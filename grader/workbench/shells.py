"""Which shells stand inside one another: the workbench's own, and those opened from it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model.evidence import HOST
from grader.workbench.terminal import Prompt


@dataclass(eq=False)
class Shell:
    """A shell that has prompted and has not been left yet."""

    token: str
    pid: int
    parent: int
    place: str
    """`host`, or the id of its container."""
    line_editor: bool = False
    """It has busybox's line editor, which asks for the cursor at each prompt."""
    reads_plainly: bool = False
    """It was told to leave its line editor aside."""
    echoes: bool = True
    """Its terminal shows what is typed."""


@dataclass(frozen=True)
class Arrival:
    """What a prompt says about the line before it."""

    status: int | None
    """The line's exit status; None if it went into another shell, or ended the workbench's own."""
    reopened: bool = False
    """The workbench's own shell ended, and a new one stands in its place."""


class Shells:
    """The open shells, outermost first."""

    def __init__(self) -> None:
        self._stack: list[Shell] = []

    @property
    def current(self) -> Shell:
        """The shell that prompted last. There is one from the workbench's first prompt on."""
        return self._stack[-1]

    def reopens(self, prompt: Prompt, place: str) -> bool:
        """Return whether a prompt is that of a new shell in the place of the workbench's own.

        A shell opened from the workbench's own is its child; one in its place has its parent.
        """
        if place != HOST or not self._stack:
            return False
        known = {shell.pid for shell in self._stack if shell.token == prompt.token}
        return prompt.parent == self._stack[0].parent and prompt.pid not in known

    def arrive(self, prompt: Prompt, place: str, read_in: str | None) -> Arrival:
        """Take note of a prompt at `place`.

        `read_in` is where an unknown program was reading before: if a shell there prompts now, it
        was that program, and its prompt ends the line as usual.
        """
        for depth, shell in enumerate(self._stack):
            if (shell.token, shell.pid) == (prompt.token, prompt.pid):
                del self._stack[depth + 1 :]
                return Arrival(prompt.status)
        shell = Shell(prompt.token, prompt.pid, prompt.parent, place)
        if self.reopens(prompt, place):
            self._stack = [shell]
            return Arrival(None, reopened=True)
        self._stack.append(shell)
        return Arrival(prompt.status if read_in == place else None)
