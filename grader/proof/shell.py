"""Where the parts and the texts of a shell command stand. A reading with care, not a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

_JOINT = re.compile(r"(?:&&|\|\||;|\n)[\s;]*")
_NESTED = re.compile(r"(?:^|\s)-\w*c\s*$")
"""What stands before a quote that holds a command: `sh -c`."""
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_SAID = re.compile(r"\b(?:echo|printf)\s+(?:-\w+\s+)*([^\s'\"`|>&;<$#(][^'\"`|>&;<\n]*)")
"""What `echo` says without quotes."""


class Span(NamedTuple):
    """A piece of a text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the piece."""
        return text[self.start : self.end]

    def without(self, text: str, instead: str = "") -> str:
        """Return the text with something else, or nothing, where the piece was."""
        return text[: self.start] + instead + text[self.end :]

    def trimmed(self, text: str) -> Span:
        """Return the piece without the blanks around it."""
        said = self.of(text)
        start = self.start + len(said) - len(said.lstrip())
        return Span(start, start + len(said.strip()))


@dataclass
class Reading:
    """What was found in one command."""

    parts: list[Span] = field(default_factory=list)
    """Each of several commands in one, with what joins it to the next; lines of here-documents."""
    texts: list[Span] = field(default_factory=list)
    """What is quoted, echoed, or stands in a here-document; no nested commands."""

    def in_code(self, at: int) -> bool:
        """Return whether a place is part of a command, not of a text."""
        return not any(text.start <= at < text.end for text in self.texts)


def read(text: str) -> Reading:
    """Return the parts and texts of a command, those of commands inside `sh -c` included."""
    found = Reading()
    _read(text, Span(0, len(text)), found)
    quoted = list(found.texts)
    for said in _SAID.finditer(text):
        if not any(q.start <= said.start(1) < q.end for q in quoted):
            found.texts.append(Span(said.start(1), said.start(1) + len(said[1].rstrip())))
    found.texts.sort()
    return found


def _read(text: str, level: Span, found: Reading) -> None:
    """Read one level: a whole command, or what stands in the quotes of `sh -c`."""
    commands: list[Span] = []
    at = begin = level.start
    delimiter = ""
    while at < level.end:
        if (over := _passed_over(text, at, level, found)) > at:
            at = over
        elif heredoc := _HEREDOC.match(text, at, level.end):
            delimiter, at = heredoc[2], heredoc.end()
        elif text[at] == "\n" and delimiter:
            at = _heredoc(text, Span(at + 1, level.end), delimiter, found)
            delimiter = ""
        elif joint := _JOINT.match(text, at, level.end):
            commands.append(Span(begin, at))
            at = begin = joint.end()
        else:
            at += 1
    commands.append(Span(begin, level.end))
    found.parts += _with_joints([command.trimmed(text) for command in commands])


def _with_joints(commands: Sequence[Span]) -> Iterator[Span]:
    """Yield each command with what joins it to the next; the last one, to the one before."""
    commands = [command for command in commands if command.start < command.end]
    if len(commands) > 1:
        yield from (Span(one.start, two.start) for one, two in pairwise(commands))
        yield Span(commands[-2].end, commands[-1].end)


def _passed_over(text: str, at: int, level: Span, found: Reading) -> int:
    """Return where a quote, a comment or a quoted letter is over that begins here, if one does."""
    char = text[at]
    if char == "\\":
        return at + 2
    if char == "#" and (at == level.start or text[at - 1].isspace()):
        return _line_end(text, at, level.end)
    if char not in "'\"":
        return at
    quoted = Span(at + 1, _closing(text, at, level.end))
    if _NESTED.search(text, level.start, at):
        _read(text, quoted, found)
    elif quoted.of(text).strip():
        found.texts.append(quoted)
    return quoted.end + 1


def _closing(text: str, at: int, end: int) -> int:
    """Return where the quote that opens here is closed."""
    quote, at = text[at], at + 1
    while at < end and text[at] != quote:
        at += 2 if text[at] == "\\" and quote == '"' else 1
    return min(at, end)


def _line_end(text: str, at: int, end: int) -> int:
    found = text.find("\n", at, end)
    return end if found < 0 else found


def _heredoc(text: str, rest: Span, delimiter: str, found: Reading) -> int:
    """Read the lines of a here-document; return where they are over."""
    at = rest.start
    while at < rest.end:
        end = _line_end(text, at, rest.end)
        line = text[at:end]
        if line.strip() == delimiter:
            return end
        if line.strip():
            found.texts.append(Span(at, end))
            found.parts.append(Span(at, end + 1))
        at = end + 1
    return rest.end
