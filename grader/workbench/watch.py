"""What comes back from the workbench's terminal, and how long nothing has come."""

from __future__ import annotations

import asyncio
from typing import Protocol

from grader.errors import ReplayError
from grader.model.lab import Limits
from grader.workbench.lines import looks_like_prompt
from grader.workbench.terminal import (
    Checkpoint,
    Continuation,
    CursorQuery,
    EchoEnd,
    Event,
    FullScreen,
    PasteReady,
    Prompt,
    QuotedPrompt,
    TerminalParser,
    Text,
)
from grader.workbench.transcript import (
    HIDDEN_LINE,
    Transcript,
    without_echo,
    without_hidden,
)

TICK = 0.1
"""Seconds after which a silent terminal is looked at again."""

LONGEST_WORK = 120.0
"""Seconds that the engine may take for one call before the replay is given up."""

FREE_SHARE = 3
"""How many times the step's time, and the lab's, the engine may work before its time counts too.

Else loops of `docker ps` in the background would stop the student's clock for ever.
"""

_CURSOR_REPORT = b"\x1b[1;1R"
_EDITOR_PAUSE = 0.03
_SHELLS = 1000
"""Shells whose newest prompt is remembered: forged ones can be as many as they like."""


class Tty(Protocol):
    """The workbench's terminal, as seen by the one who types."""

    token: str
    """Token of the prompts of the workbench's own shell."""

    async def read(self) -> bytes:
        """Return what was printed; nothing when the terminal is gone."""

    def write(self, keys: bytes) -> None:
        """Type."""

    async def kill_foreground(self) -> bool:
        """Kill what stands in the terminal's foreground; return whether there was something.

        Raises EngineError.
        """

    async def ended_by_student(self) -> bool:
        """Return whether the terminal is gone because of what was typed, and not through us.

        Within seconds. Raises EngineError if that cannot be told.
        """


class DockerSide(Protocol):
    """What a replay must know of the student's Docker calls. The gateway's session is one."""

    def begin_step(self, number: int) -> None:
        """Let the calls from now on belong to this step.

        Raises SystemFault if the gateway or the recorder has failed meanwhile.
        """

    def container_of(self, token: str) -> str | None:
        """Return the id of the container whose shells prompt with this token."""

    def joined(self, container: str) -> bool:
        """Return whether an interactive stream to this container is open."""

    @property
    def working(self) -> bool:
        """Whether the engine is busy with a call other than a stream."""

    @property
    def longest_call(self) -> float:
        """Seconds since the oldest of these calls began; 0 if there is none."""

    def attached(self, step: int) -> str | None:
        """Return the container that already ran when this step opened a stream to it."""

    def streaming(self, step: int) -> str | None:
        """Return the container of an interactive stream that this step opened."""

    def piped_shell(self, step: int) -> str | None:
        """Return the container of a shell without a terminal that reads since this step."""

    def foreground(self) -> str | None:
        """Return the container of the newest interactive stream."""

    async def kill_foreground(self) -> bool:
        """Kill what hangs in the foreground container; return whether there was one.

        An implementation that fails at it says so at the next `begin_step`. Raises EngineError.
        """


class TerminalGone(Exception):
    """The terminal's stream has ended."""


class Watch:
    """Reads the terminal and keeps three clocks, all in seconds.

    `spent` runs from `begin_step`, but not while the engine works, within reason: that time is not
    the student's. `quiet` runs from the last output. Both go on by at most two ticks at a time:
    when our own process was held up, nobody has waited.
    """

    def __init__(self, tty: Tty, docker: DockerSide, limits: Limits) -> None:
        self._tty = tty
        self._docker = docker
        self._limits = limits
        self._parser = TerminalParser()
        self._answers_queries = True
        self._editor_asked = False
        self._echo_ended = False
        self._paste_ready = False
        self._last: Prompt | Continuation | None = None
        self._newest: dict[tuple[str, int], Prompt | Continuation] = {}
        self._looked = 0.0
        self._free_in_lab = FREE_SHARE * limits.lab_seconds
        self._free = 0.0
        self.transcript = Transcript(limits.output_bytes)
        self.mark: Prompt | Continuation | None = None
        """The newest prompt since the last typing."""
        self.checkpoint = 0
        """Number of the checkpoint passed since the last typing."""
        self.before_checkpoint: Prompt | Continuation | None = None
        """The newest prompt before that checkpoint."""
        self.repeated = False
        """The last prompt came again after other output: a new window, or a shell started anew."""
        self.joined = False
        """The shell that reads was at its prompt before we came: it may draw that anew."""
        self.pastes = False
        """A line editor waits that knows pasted text from typed keys."""
        self.full_screen = False
        """A program has used the whole window since the last typing."""
        self.tokens: set[str] = set()
        """Every token of ours that was seen."""
        self.spent = 0.0
        self.quiet = 0.0
        self.begin_step()

    def begin_step(self) -> None:
        """Start the clock of a step."""
        self.spent = 0.0
        # At least the longest call is free: it is our fault, not the student's.
        free = max(FREE_SHARE * self._limits.step_seconds, LONGEST_WORK)
        self._free = min(free, self._free_in_lab)

    def type(self, keys: bytes) -> None:
        """Type, and forget what came before."""
        self.mark = self.before_checkpoint = None
        self.checkpoint = 0
        self.transcript = Transcript(self._limits.output_bytes + 8 * len(keys))
        self.full_screen = self.repeated = self.pastes = False
        self._echo_ended = False
        self.press(keys)

    def output(self, typed: str) -> str:
        """Return what was printed since `typed` was typed, without its echo and our own marks."""
        text = self.transcript.text()
        if not self._echo_ended:
            text = without_echo(text, typed)
        return without_hidden(text, frozenset(self.tokens))

    @property
    def shows_prompt(self) -> bool:
        """Whether the last line of output, after the echo, looks like a program's prompt."""
        shown = self.transcript
        return shown.newline and not self.full_screen and looks_like_prompt(shown.tail)

    def press(self, keys: bytes) -> None:
        """Type without forgetting what came before."""
        self.quiet = 0.0
        self._looked = asyncio.get_running_loop().time()
        # A shell's line editor that asks only now would leave our answer to the program it starts.
        self._answers_queries = False
        self._editor_asked = False
        self._tty.write(keys)

    async def await_editor(self) -> None:
        """Wait a moment for the query that busybox's line editor sends at each of its prompts.

        Without an answer it takes 20 ms for each line.
        """
        await self.more(_EDITOR_PAUSE)

    @property
    def editor_asked(self) -> bool:
        """Whether the newest prompt came from a line editor that asks for the cursor."""
        return self._editor_asked

    async def more(self, patience: float = TICK) -> None:
        """Take what has come, or return after `patience` seconds without.

        Raises TerminalGone, and ReplayError when the engine takes too long for a call.
        """
        data: bytes | None = None
        try:
            async with asyncio.timeout(patience):
                data = await self._tty.read()
        except TimeoutError:
            pass
        self._pass_time()
        if data is None:
            return
        if not data:
            raise TerminalGone
        self.quiet = 0.0
        for event in self._parser.feed(data):
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Text(text):
                self.transcript.add(text)
                self._answers_queries |= "\n" in text
                self._paste_ready = False
            case Prompt() | Continuation():
                self._prompted(event)
            case Checkpoint(number, token) if token == self._tty.token:
                self.checkpoint, self.before_checkpoint = number, self.mark
                self.mark = None
            case QuotedPrompt(token) if self._is_ours(token):
                self.transcript.add(HIDDEN_LINE)
            case CursorQuery() if self._answers_queries:
                self._editor_asked = self.mark is not None
                self._tty.write(_CURSOR_REPORT)
            case FullScreen():
                self.full_screen = True
            case PasteReady():
                self._paste_ready = True
            case EchoEnd() if not self._echo_ended:
                self.transcript.restart()
                self._echo_ended = True

    def _prompted(self, mark: Prompt | Continuation) -> None:
        # The same again is a line editor that draws its prompt anew: rule 3 in terminal.py.
        shell = mark.token, mark.pid
        again = mark == self._last or (self.joined and mark == self._newest.get(shell))
        if again:
            self.repeated |= self.transcript.newline
        elif self._is_believed(mark.token):
            self.mark = self._last = self._newest[shell] = mark
            if len(self._newest) > _SHELLS:
                del self._newest[next(iter(self._newest))]
            self._answers_queries = True
            # Only just before a prompt is it the shell's: a killed editor leaves it behind.
            self.pastes = self._paste_ready

    def _is_ours(self, token: str) -> bool:
        if token in self.tokens:
            return True
        known = token == self._tty.token or self._docker.container_of(token) is not None
        if known:
            self.tokens.add(token)
        return known

    def _is_believed(self, token: str) -> bool:
        """Return whether a shell with this token can be the one that reads the terminal."""
        if not self._is_ours(token):
            return False
        container = self._docker.container_of(token)
        return container is None or self._docker.joined(container)

    def _pass_time(self) -> None:
        now = asyncio.get_running_loop().time()
        seconds, self._looked = min(now - self._looked, 2 * TICK), now
        if self._docker.longest_call > LONGEST_WORK:
            raise ReplayError(
                f"the Docker engine took more than {LONGEST_WORK:.0f} seconds for one call",
                fix="look at the engine's log, then grade again",
            )
        if self._docker.working and self._free > 0:
            self._free -= seconds
            self._free_in_lab -= seconds
            self.quiet = 0.0
            return
        self.spent += seconds
        self.quiet += seconds
