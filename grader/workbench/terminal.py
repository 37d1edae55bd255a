"""Bytes of a terminal -> events. Sans-IO: no sockets, no clocks.

Rules of this file:

1. A shell announces every prompt by an OSC 133 sequence, and prints nothing else as its prompt: so
   a prompt never mixes with output, and the announcement is the last thing before the shell reads.
2. The announcement carries a token, so that anybody's own OSC 133 is just another escape sequence.
   The token tells shells apart; it is no secret: `echo "$PS1"` prints it. What that can do is to
   end the student's own step early, or, for a container, only while that is joined (watch.py).
3. It counts the prompts too: line editors print their prompt again when the window changes its
   size, and the count is how such a copy is told from a new prompt.
4. How the bytes were cut into reads never matters.
5. A broken or endless escape sequence costs its first byte, not the text (or prompt) behind it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

# The same text must suit busybox ash, dash and bash, which all expand it at every prompt; bash's
# `\[ \]` would be printed by the others. `__` is a variable of the shell, invisible to `env`.
_PS1 = "\x1b]133;D;$?;$$;$PPID;$((__+=1));aid={token}\x07"
_PS2 = "\x1b]133;C;$$;$((__+=1));aid={token}\x07"

CHECKPOINT_START = " (r=$?; "
"""How every `checkpoint_line` begins."""


def prompt_environment(token: str) -> dict[str, str]:
    """Return the environment that makes a shell announce its prompts with `token`.

    Start-up files of bash often set a PS1 of their own, so PROMPT_COMMAND sets ours again; bash
    keeps `$?` over it.
    """
    ps1, ps2 = _PS1.format(token=token), _PS2.format(token=token)
    return {"PS1": ps1, "PS2": ps2, "PROMPT_COMMAND": f"PS1='{ps1}' PS2='{ps2}'"}


def checkpoint_line(number: int, token: str, command: str = "") -> str:
    """Return a shell line that shows a Checkpoint once the shell has come to it.

    It runs `command` before, leaves `$?` as it was, and bash's HISTCONTROL=ignorespace forgets it.
    """
    first = f"{command}; " if command else ""
    return f"{CHECKPOINT_START}{first}printf '\\033]133;S;{number};aid={token}\\007'; exit $r)"


@dataclass(frozen=True)
class Text:
    """Something to read, with line feeds, carriage returns, tabs and backspaces."""

    text: str


@dataclass(frozen=True)
class Prompt:
    """A shell reads a new command."""

    status: int
    pid: int
    parent: int
    count: int
    token: str


@dataclass(frozen=True)
class Continuation:
    """A shell reads another line of an unfinished command."""

    pid: int
    count: int
    token: str


@dataclass(frozen=True)
class Checkpoint:
    """The shell has come to a `checkpoint_line`."""

    number: int
    token: str


@dataclass(frozen=True)
class QuotedPrompt:
    """Somebody printed the prompt's own text, such as `env` does."""

    token: str


@dataclass(frozen=True)
class CursorQuery:
    """A program asks where the cursor stands."""


@dataclass(frozen=True)
class PasteReady:
    """A line editor reads, and knows pasted text from typed keys."""


@dataclass(frozen=True)
class EchoEnd:
    """That line editor stopped reading: what it echoed ends here."""


@dataclass(frozen=True)
class FullScreen:
    """A program puts its text all over the window: the last of it is no line, and no prompt."""


Event = (
    Text
    | Prompt
    | Continuation
    | Checkpoint
    | QuotedPrompt
    | CursorQuery
    | PasteReady
    | EchoEnd
    | FullScreen
)

_LONGEST = 1024
_OSC_BODY = rb"[^\x00-\x1f\x7f]{0,%d}" % _LONGEST
_STRING_BODY = rb"[^\x1b]{0,%d}" % _LONGEST
_SEQUENCE = re.compile(
    rb"\x1b(?:\[(?P<csi>[0-?]{0,64}[ -/]{0,8}[@-~])"
    rb"|\](?P<osc>" + _OSC_BODY + rb")(?:\x07|\x1b\\)"
    rb"|[PX^_]" + _STRING_BODY + rb"\x1b\\"
    rb"|[ -/]{0,8}[0-OQ-WYZ\\`-~])"
)
_UNFINISHED = re.compile(
    rb"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}"
    rb"|\]" + _OSC_BODY + rb"\x1b?"
    rb"|[PX^_]" + _STRING_BODY + rb"\x1b?"
    rb"|[ -/]{0,8})\Z"
)
_CONTROLS: dict[bytes, Event] = {
    b"6n": CursorQuery(),
    b"?2004h": PasteReady(),
    b"?2004l": EchoEnd(),
}
_NUMBER = rb"(\d{1,9});"
_ANNOUNCEMENTS: tuple[tuple[re.Pattern[bytes], Callable[..., Event]], ...] = (
    (re.compile(rb"133;D;" + 4 * _NUMBER + rb"aid=(\w+)"), Prompt),
    (re.compile(rb"133;C;" + 2 * _NUMBER + rb"aid=(\w+)"), Continuation),
    (re.compile(rb"133;S;" + _NUMBER + rb"aid=(\w+)"), Checkpoint),
    (re.compile(rb"133;[DC];.*aid=(\w+)"), QuotedPrompt),
)
_UNPRINTABLE = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]")


class TerminalParser:
    """The reading side of a terminal. Holds at most one unfinished sequence or character."""

    def __init__(self) -> None:
        self._pending = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> list[Event]:
        """Return what `data` says, together with what was left of the call before."""
        data = self._pending + data
        self._pending = b""
        events: list[Event] = []
        at = 0
        while (escape := data.find(b"\x1b", at)) >= 0:
            self._text(data[at:escape], events, ends=True)
            if sequence := _SEQUENCE.match(data, escape):
                event = _event(sequence)
                if event is not None:
                    events.append(event)
                at = sequence.end()
            elif _UNFINISHED.match(data, escape):
                self._pending = data[escape:]
                return events
            else:
                at = escape + 1
        self._text(data[at:], events, ends=False)
        return events

    def _text(self, raw: bytes, events: list[Event], *, ends: bool) -> None:
        text = _UNPRINTABLE.sub("", self._decoder.decode(raw, ends))
        if text:
            events.append(Text(text))


def _event(sequence: re.Match[bytes]) -> Event | None:
    csi = sequence["csi"]
    if csi is not None:
        return FullScreen() if csi.endswith((b"H", b"f")) else _CONTROLS.get(csi)
    for pattern, make in _ANNOUNCEMENTS:
        if found := pattern.fullmatch(sequence["osc"] or b""):
            *numbers, token = found.groups()
            return make(*(int(number) for number in numbers), token.decode())
    return None
