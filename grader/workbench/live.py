"""Type lines as somebody gives them, and show what comes: how a lab's solution is recorded.

The same typist as in a replay, so that what was recorded is what replays. Of a person at the
keyboard nothing is known of the lines to come; in place of what a replay guesses from them stands
what it can never see: that somebody types although no shell is at its prompt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, Protocol

from grader.model.evidence import HOST, Step, StepEnd
from grader.model.lab import Limits
from grader.workbench.replay import Reader, Typist
from grader.workbench.shown import ShownTty
from grader.workbench.watch import DockerSide, Tty

CONTINUED = ""
"""In place of a shell's name: it waits for the rest of a command."""


class Desk(Protocol):
    """Where the lines come from, and where one sees what they do."""

    lines: list[str]
    """All lines so far, in order; the recording adds those that it asks for."""
    person: bool
    """Somebody sits there, who thinks for as long as it takes, and ends what hangs."""

    async def ask(self, where: str) -> list[str]:
        """Return what is typed at the prompt of the shell `where`; nothing at the end."""

    def ahead(self) -> list[str]:
        """Return what was typed while no shell was at its prompt, each line once."""

    def typed(self, where: str | None, line: str) -> None:
        """Take note of what is typed now, into the shell `where` or into a program (None)."""

    def show(self, text: str) -> None:
        """Show what was printed."""


async def record(
    desk: Desk,
    tty: Tty,
    docker: DockerSide,
    limits: Limits,
    name_of: Callable[[str], str],
) -> tuple[Step, ...]:
    """Type what the desk gives, and return what happened; raises what `replay` does.

    `name_of` tells the name of a container. A person has no time limit.
    """
    shown = ShownTty(tty, desk.show)
    return await _LiveTypist(desk, shown, docker, limits, name_of).work()


class _LiveTypist(Typist):
    """The state of one recording."""

    def __init__(
        self,
        desk: Desk,
        tty: Tty,
        docker: DockerSide,
        limits: Limits,
        name_of: Callable[[str], str],
    ) -> None:
        super().__init__("\n".join(desk.lines), tty, docker, limits, None)
        self._lines = desk.lines
        self._desk = desk
        self._name_of = name_of
        self._ahead = 0
        """Index behind the last line that was typed while no shell was at its prompt."""

    async def _has_line(self) -> bool:
        self._take_ahead()
        if self._next == len(self._lines):
            self._lines += await self._desk.ask(self._where())
        return self._next < len(self._lines)

    def _take_ahead(self) -> None:
        """Put what was typed ahead before what was pasted, and still waits."""
        if lines := self._desk.ahead():
            at = max(self._next, self._ahead)
            self._lines[at:at] = lines
            self._ahead = at + len(lines)

    def _where(self) -> str:
        """Return the name of the shell that reads; CONTINUED if it waits for the rest."""
        if self._step is not None and self._step.typed:
            return CONTINUED
        place = self._shells.current.place
        return place if place == HOST else self._name_of(place)

    async def _type(self, line: str) -> StepEnd | Literal["more"]:
        self._desk.typed(self._where() if self._reader is None else None, line)
        return await super()._type(line)

    def _guess_reader(self) -> Reader | None:
        self._take_ahead()
        if self._next >= self._ahead:
            # Without a line to come there is nothing to guess for: it is seen when one comes.
            waits = self._desk.person and self._next == len(self._lines)
            return None if waits else super()._guess_reader()
        if self._program_has_gone():
            return None
        return self._shown_reader() or self._known_reader([]) or "program"

    def _time_is_up(self) -> bool:
        return not self._desk.person and super()._time_is_up()

    @property
    def _time_left(self) -> float:
        return math.inf if self._desk.person else super()._time_left
