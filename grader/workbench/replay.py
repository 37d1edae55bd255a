"""Type a submission's lines at the workbench's terminal, wait after each, and note what came.

Each line is typed when the prompt before it has come. How a line ends:

* the shell's next prompt comes (`prompt`), or its continuation prompt: then the next line belongs
  to the same step;
* a program reads the terminal instead (`input`): it shows a prompt of its own, or a running
  container was joined, or the submission's next keys are meant for a running program;
* neither happens within the step's time (`timeout`): the line is interrupted, ever harder;
* the workbench's own shell ended and was started anew (`closed`).

A guess at `input` can be wrong: a slow program may print something like a prompt. So what is typed
next may be read by a program or by the shell; when a prompt comes after such a guess, a checkpoint
(terminal.py) tells when the shell has read everything, and lines and prompts agree again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from grader.errors import ReplayError, WorkbenchLost
from grader.model.evidence import HOST, Step, StepEnd
from grader.model.lab import Limits
from grader.workbench import lines
from grader.workbench.lines import CTRL_BACKSLASH, CTRL_C, CTRL_D, DETACH
from grader.workbench.shells import Shell, Shells
from grader.workbench.terminal import Continuation, Prompt, checkpoint_line
from grader.workbench.watch import DockerSide, TerminalGone, Tty, Watch

OnStep = Callable[[int, str], None]
"""Called with the line number and the text of what is typed next."""

START_SECONDS = 60.0
"""For the workbench's first prompt."""
PROMPT_QUIET = 0.3
"""Silence after which something like a prompt is taken for one."""
INPUT_QUIET = 0.5
"""Silence after which a program that is known to read is taken to do so."""
KEY_QUIET = 1.0
"""Silence before keys are pressed on a running program."""
KEY_SPENT = 3.0
"""Time before ctrl-c and the like are pressed on a program that is never silent."""
SLOW_QUIET = 3.0
"""Silence after which an unknown program reads, if the submission goes on with text and ctrl-d."""
INTERRUPT_SECONDS = 1.5
KILL_SECONDS = 5.0
ACT_SECONDS = 20.0
"""For the engine to kill something; a student can make it wait for ever."""
LEAVE_SECONDS = 2.0
LEAVE_ROUNDS = 8

# Busybox's line editor has no key for a literal tab, but it stands aside where the terminal does
# not echo but edits lines. (dash has no line editor, and bash's own has such a key.)
_READ_PLAINLY = '[ "${BASH_VERSION-}" ] || stty icanon icrnl isig -echo 2>/dev/null'

Reader = Literal["shell", "program", "asking"]
"""A shell whose prompts may not show, a program that reads all there is, or one that asks for each
line: that one is given the next line only when it asks again, or is silent for long."""
_End = StepEnd | Literal["more"]


@dataclass(eq=False)
class _Open:
    """A step that is being typed."""

    number: int
    line: int
    where: str
    at: float
    reader: Reader | None
    pasted: bool
    typed: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    truncated: bool = False
    status: int | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.typed)


async def replay(
    text: str,
    tty: Tty,
    docker: DockerSide,
    limits: Limits,
    on_step: OnStep | None = None,
) -> tuple[Step, ...]:
    """Type the lines of `text` and return what happened, one step per line or block.

    At the end every container shell that is still open is left, as a student does who closes the
    lesson; what that causes belongs to a step after the last one, which is not in the result.

    Raises ReplayError when the workbench or its terminal fails, or the engine takes too long for
    one call; SystemFault when the gateway or the recorder has failed (from `begin_step`); and
    EngineError when the engine fails at what we ask for ourselves (`kill_foreground`,
    `ended_by_student`). What a student's line does to the workbench ends up in the steps.
    """
    return await Typist(text, tty, docker, limits, on_step).work()


class Typist:
    """The state of one replay."""

    def __init__(
        self,
        text: str,
        tty: Tty,
        docker: DockerSide,
        limits: Limits,
        on_step: OnStep | None,
    ) -> None:
        self.steps: list[Step] = []
        self._lines = text.removesuffix("\n").split("\n")
        self._next = 0
        self._tty = tty
        self._docker = docker
        self._limits = limits
        self._on_step = on_step
        self._watch = Watch(tty, docker, limits)
        self._shells = Shells()
        self._reader: Reader | None = None
        """What reads the terminal if it is no shell at its prompt."""
        self._lost = False
        """Nothing brought a prompt back."""
        self._step: _Open | None = None
        self._spent = 0.0
        self._zero = 0.0
        self._hash_too = lines.hash_is_prompt(self._lines)
        self._pasted: set[str | None] = set()
        """Where lines had full prompts in front."""
        self._checkpoints = 0

    async def work(self) -> tuple[Step, ...]:
        """Type everything, from the first prompt to the last; see `replay`."""
        try:
            await self.wait_for_shell()
            await self.type_all()
            await self.leave()
        except TerminalGone:
            if not await self._tty.ended_by_student():
                raise WorkbenchLost(
                    "the workbench ended in the middle of the replay", fix="grade again"
                ) from None
            self.close_step("closed")
        self.note_untyped()
        return tuple(self.steps)

    async def wait_for_shell(self) -> None:
        """Wait for the workbench's first prompt."""
        if not await self._prompt_within(START_SECONDS):
            raise ReplayError(
                f"the workbench showed no prompt within {START_SECONDS:.0f} seconds",
                fix="build its image anew: scripts/setup does it",
            )
        self._arrive()
        self._zero = asyncio.get_running_loop().time()

    async def type_all(self) -> None:
        """Type every line, as far as the lab's time goes."""
        while not self._lost and self._time_left > 0 and await self._has_line():
            line, pasted = self._read_line()
            if line is not None:
                await self._run_step(line, pasted=pasted)

    def note_untyped(self) -> None:
        """Note the lines that were never typed."""
        now = self._seconds()
        for index in range(self._next, len(self._lines)):
            line = self._lines[index]
            if lines.needs_no_typing(line):
                continue
            self.steps.append(
                Step(
                    number=len(self.steps) + 1,
                    line=index + 1,
                    last_line=index + 1,
                    text=line,
                    where=HOST,
                    output="",
                    end="untyped",
                    at=now,
                    seconds=0,
                )
            )
        self._next = len(self._lines)

    # Lines.

    async def _has_line(self) -> bool:
        """Return whether there is a line to type next."""
        return self._next < len(self._lines)

    def _read_line(self) -> tuple[str | None, bool]:
        """Return the next line without a pasted prompt; None if there is nothing to type."""
        line = self._lines[self._next]
        self._next += 1
        if self._reader in ("program", "asking"):
            return line, False
        place = self._shells.current.place if self._reader is None else None
        # A container's `# ` is root's prompt if the host's prompts were pasted too, and if no
        # fuller prompt has shown that this container's shell has another one.
        hash_too = self._hash_too or (
            bool(self._pasted)
            and place not in {HOST, *self._pasted}
            and lines.looks_like_command(line)
        )
        full = lines.without_prompt(line)[1]
        line, pasted = lines.without_prompt(line, hash_too=hash_too)
        if full:
            self._pasted.add(place)
        copied = not pasted and place in self._pasted and self._was_shown(line)
        if self._reader is None and (copied or self._says_nothing(line)):
            return None, False
        return line, pasted

    def _was_shown(self, line: str) -> bool:
        """Return whether a line is output of the last step, copied together with its command."""
        shown = self.steps[-1].output if self.steps else ""
        return line.split() in [line.split() for line in shown.splitlines()]

    def _says_nothing(self, line: str) -> bool:
        """Return whether the shell would show no new prompt for a line."""
        pressed = lines.keys(line)
        if pressed is None:
            return lines.needs_no_typing(line)
        in_container = self._shells.current.place != HOST
        return not (pressed[:1] in (CTRL_C, CTRL_D) or (in_container and DETACH in pressed))

    # One step.

    async def _run_step(self, line: str, *, pasted: bool) -> None:
        place = self._shells.current.place
        if self._reader is not None:
            place = self._docker.foreground() or HOST
        number = len(self.steps) + 1
        step = _Open(number, self._next, place, self._seconds(), self._reader, pasted)
        self._step = step
        self._docker.begin_step(number)
        if self._on_step is not None:
            self._on_step(step.line, line)
        self._watch.begin_step()
        if self._reader is None:
            await self._read_plainly()
        end = await self._type(line)
        while end == "more" and await self._has_line():
            line = self._lines[self._next]
            self._next += 1
            end = await self._type(lines.without_continuation(line) if pasted else line)
        self.close_step(await self._abandon() if end == "more" else end)

    def close_step(self, end: StepEnd) -> None:
        """Note the step that is being typed, if there is one."""
        step = self._step
        if step is None:
            return
        self._step = None
        self._spent += self._watch.spent
        raw = "".join(step.output).encode()
        kept = raw[: self._limits.output_bytes]
        now = self._seconds()
        self.steps.append(
            Step(
                number=step.number,
                line=step.line,
                last_line=self._next,
                text=step.text,
                where=step.where,
                output=kept.decode(errors="ignore"),
                truncated=step.truncated or len(kept) < len(raw),
                status=step.status,
                end=end,
                at=step.at,
                seconds=now - step.at,
            )
        )

    async def _type(self, line: str) -> _End:
        """Type a line (or press the keys that it names) and wait until it is over."""
        step = self._current
        step.typed.append(line)
        pressed = lines.keys(line)
        shell = self._shells.current
        self._watch.joined = self._reader == "shell"
        if pressed is not None:
            self._watch.type(pressed)
        elif self._watch.pastes:
            self._watch.type(lines.keystrokes(line, "paste"))
        elif self._reader is None and await self._line_editor(shell):
            self._watch.type(lines.keystrokes(line, "busybox"))
        else:
            self._watch.type(lines.keystrokes(line, "terminal"))
        try:
            return await self._wait_for_end()
        finally:
            echoed = pressed is None and shell.echoes
            step.output.append(self._watch.output(line if echoed else ""))
            step.truncated |= self._watch.transcript.truncated

    async def _wait_for_end(self) -> _End:
        watch = self._watch
        while watch.mark is None:
            reader = self._guess_reader()
            if reader is not None:
                self._reader = reader
                return "input"
            if self._time_is_up():
                return await self._interrupt()
            await watch.more()
        if isinstance(watch.mark, Continuation):
            self._reader = None
            return "more"
        # After a guess, or if the shell ended at its prompt, this may not be the line's own prompt.
        unsure = self._reader or self._shells.reopens(watch.mark, self._place_of(watch.mark))
        if unsure and not await self._pass_checkpoint():
            return await self._interrupt()
        return self._arrive()

    def _time_is_up(self) -> bool:
        """Return whether the line has taken as long as it may."""
        return self._watch.spent >= min(self._limits.step_seconds, self._time_left)

    def _arrive(self) -> StepEnd:
        """Take the prompt that has come for the end of the line."""
        step, read_in = self._step, None
        if step is not None and step.reader is not None:
            read_in = step.where
        self._reader = None
        status: int | None = None
        reopened = False
        for mark in (self._watch.before_checkpoint, self._watch.mark):
            if isinstance(mark, Prompt):
                arrival = self._shells.arrive(mark, self._place_of(mark), read_in)
                if mark is self._watch.before_checkpoint or not self._watch.checkpoint:
                    status, reopened = arrival.status, arrival.reopened
        if step is not None:
            step.status = status
        return "closed" if reopened else "prompt"

    def _place_of(self, prompt: Prompt) -> str:
        if prompt.token == self._tty.token:
            return HOST
        return self._docker.container_of(prompt.token) or HOST

    def _guess_reader(self) -> Reader | None:
        """Return what reads the terminal by now, if the signs say so."""
        quiet = self._watch.quiet
        following = self._lines[self._next :]
        if self._program_has_gone():
            return None
        if quiet >= PROMPT_QUIET and (reader := self._shown_reader()):
            return reader
        if quiet >= INPUT_QUIET and (reader := self._known_reader(following)):
            return reader
        if quiet >= SLOW_QUIET and (self._reader or lines.text_before_key(following)):
            return self._reader or "program"
        return "program" if self._keys_are_next(following) else None

    def _program_has_gone(self) -> bool:
        """Return whether what read in a container is no longer there: the prompt is on its way."""
        there = (HOST, self._docker.foreground())
        return self._reader is not None and self._current.where not in there

    def _shown_reader(self) -> Reader | None:
        if self._reader in ("shell", "program"):
            return self._reader
        if self._watch.repeated:
            return "shell"
        return "asking" if self._watch.shows_prompt else None

    def _known_reader(self, following: list[str]) -> Reader | None:
        step = self._current
        streaming = self._docker.streaming(step.number) is not None
        if self._docker.attached(step.number) or self._docker.piped_shell(step.number):
            return "shell"
        reads = streaming or lines.reads_terminal(step.text)
        return "program" if reads and lines.text_before_key(following) else None

    def _keys_are_next(self, following: list[str]) -> bool:
        line = next((line for line in following if not lines.needs_no_typing(line)), "")
        pressed = lines.keys(line)
        if pressed is None:
            return False
        # ctrl-d would wait in the terminal and end the shell, should the program only be slow.
        busy = min(KEY_SPENT, self._limits.step_seconds / 2)
        return self._watch.quiet >= KEY_QUIET or (
            not pressed.startswith(CTRL_D) and self._watch.spent >= busy
        )

    # Busybox's line editor.

    async def _line_editor(self, shell: Shell) -> bool:
        """Return whether the shell reads with busybox's line editor; then it has its answer."""
        if shell.line_editor and not self._watch.editor_asked:
            await self._watch.await_editor()
        shell.line_editor |= self._watch.editor_asked
        return shell.line_editor

    async def _read_plainly(self) -> None:
        """See to it that tabs can be typed in a container's shell, if any are still to come."""
        shell = self._shells.current
        if shell.place == HOST or shell.reads_plainly:
            return
        if lines.has_controls(self._lines[self._next - 1 :]):
            shell.reads_plainly = True
            await self._line_editor(shell)
            if await self._pass_checkpoint(_READ_PLAINLY):
                shell.line_editor = False
                shell.echoes = await self._echoes()

    async def _echoes(self) -> bool:
        """Return whether the terminal shows what is typed at the shell's prompt."""
        self._watch.type(b"")
        await self._pass_checkpoint()
        return bool(self._watch.transcript.text())

    # Trouble.

    async def _pass_checkpoint(self, command: str = "") -> bool:
        """Wait until the shell has read everything that was typed. False if it does not."""
        self._checkpoints += 1
        typed = checkpoint_line(self._checkpoints, self._tty.token, command)
        self._watch.press(typed.encode() + b"\n")
        return await self._within(
            self._limits.step_seconds,
            lambda: (
                self._watch.checkpoint == self._checkpoints and isinstance(self._watch.mark, Prompt)
            ),
        )

    async def _interrupt(self) -> StepEnd:
        """Bring the prompt back, ever harder."""
        for act, seconds in self._interruptions():
            if (
                await act()
                and await self._prompt_within(seconds)
                # ctrl-c can come just when the line ends by itself, and make a second prompt.
                and await self._pass_checkpoint()
            ):
                self._arrive()
                # A killed program may have left the terminal in any state.
                self._shells.current.reads_plainly = False
                self._shells.current.echoes = True
                return "timeout"
        self._lost = True
        return "timeout"

    def _interruptions(self) -> tuple[tuple[Callable[[], Awaitable[bool]], float], ...]:
        async def press(key: bytes) -> bool:
            self._watch.press(key)
            return True

        return (
            (lambda: press(CTRL_C), INTERRUPT_SECONDS),
            (lambda: press(CTRL_BACKSLASH), INTERRUPT_SECONDS),
            (lambda: _in_time(self._docker.kill_foreground), KILL_SECONDS),
            (lambda: _in_time(self._tty.kill_foreground), KILL_SECONDS),
        )

    async def _abandon(self) -> StepEnd:
        """Leave a command that the submission does not finish: the shell waits for the rest."""
        self._watch.type(CTRL_C)
        if not await self._prompt_within(INTERRUPT_SECONDS):
            return await self._interrupt()
        self._arrive()
        self._current.status = None
        return "input"

    async def leave(self) -> None:
        """Leave what is still open in containers."""
        self._docker.begin_step(len(self.steps) + 1)
        for _ in range(LEAVE_ROUNDS):
            reading = self._reader is not None and self._docker.foreground() is not None
            if self._lost or (not reading and self._shells.current.place == HOST):
                return
            self._watch.type(CTRL_D if reading else b"exit\n")
            if not await self._prompt_within(LEAVE_SECONDS) and not await self._break_off():
                return
            self._arrive()

    async def _break_off(self) -> bool:
        """Bring the prompt back after the last line."""
        self._watch.press(CTRL_C)
        if await self._prompt_within(INTERRUPT_SECONDS):
            return True
        killed = await _in_time(self._docker.kill_foreground)
        return killed and await self._prompt_within(KILL_SECONDS)

    async def _prompt_within(self, seconds: float) -> bool:
        return await self._within(seconds, lambda: isinstance(self._watch.mark, Prompt))

    async def _within(self, seconds: float, happened: Callable[[], bool]) -> bool:
        """Wait until something has happened, at most `seconds` of the watch's clock."""
        start = self._watch.spent
        while not happened():
            if self._watch.spent - start >= seconds:
                return False
            await self._watch.more()
        return True

    @property
    def _current(self) -> _Open:
        assert self._step is not None  # noqa: S101 - lines are typed within a step
        return self._step

    @property
    def _time_left(self) -> float:
        return self._limits.lab_seconds - self._spent

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time() - self._zero


async def _in_time(act: Callable[[], Awaitable[bool]]) -> bool:
    """Return what `act` returns; False if it takes too long."""
    try:
        async with asyncio.timeout(ACT_SECONDS):
            return await act()
    except TimeoutError:
        return False
