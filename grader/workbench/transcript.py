"""Text of a terminal -> what a person would have read there, within a bound."""

from __future__ import annotations

import re

HIDDEN_LINE = "\ufdd0"
"""Put into a line that must not be kept. A noncharacter: no program prints it."""

_TAIL = 256
_PIECES = re.compile("[^\b\r]+|\b+|\r+")
_TORN = re.compile("\\s*\ufffd[\\s\ufffd]*")
_TOKENS = re.compile(r"aid=(\w+)")


class Transcript:
    """Collects the text that follows one typed line. Memory is bounded by `limit`, in bytes."""

    def __init__(self, limit: int) -> None:
        self._room = limit
        self._kept: list[str] = []
        self._line: list[str] = []
        """The letters that stand in the line that has not ended yet."""
        self._returned = False
        """A carriage return came last: what comes next in this line replaces it."""
        self.newline = False
        """Whether a line has ended."""
        self.truncated = False

    def add(self, text: str) -> None:
        """Take the next piece of text."""
        *ended, last = text.split("\n")
        if ended:
            self.newline = True
            if self.truncated:
                self._clear()
            else:
                for line in ended:
                    self._write(line)
                    self._keep("".join(self._line) + "\n")
                    self._clear()
        self._write(last)
        if len(self._line) > max(self._room, _TAIL):
            self._keep("".join(self._line))
            del self._line[:-_TAIL]

    @property
    def tail(self) -> str:
        """The line that has not ended yet; only its end if it is long."""
        return "".join(self._line[-_TAIL:])

    def restart(self) -> None:
        """Forget what came so far."""
        self._kept.clear()
        self._clear()

    def text(self) -> str:
        """Return everything that was kept."""
        return "".join([*self._kept, *([] if self.truncated else self._line)])

    def _write(self, text: str) -> None:
        for piece in _PIECES.findall(text):
            if piece[0] == "\r":
                self._returned = True
                continue
            if self._returned:
                self._clear()
            if piece[0] == "\b":
                del self._line[-len(piece) :]
            else:
                self._line.extend(piece)

    def _clear(self) -> None:
        self._line.clear()
        self._returned = False

    def _keep(self, piece: str) -> None:
        if self.truncated:
            return
        raw = piece.encode()
        if len(raw) > self._room:
            piece = raw[: self._room].decode(errors="ignore")
            self.truncated = True
        self._room -= len(raw)
        self._kept.append(piece)


def without_echo(text: str, typed: str) -> str:
    """Return `text` without the echo of the line `typed` at its beginning, if it is there.

    Line editors break a long line where the window ends, even within a letter, and show letters
    that their locale does not know as octal numbers; a terminal that does not echo shows nothing.
    """
    at = 0
    for letter in "".join(typed.split()):
        after = _past(text, at, letter)
        if after < 0:
            after = _past(text, at, "".join(f"\\{byte:03o}" for byte in letter.encode()))
        if after < 0 and (torn := _TORN.match(text, at)):
            after = torn.end()
        if after < 0:
            first, _, rest = text.partition("\n")
            return rest if first.endswith(typed) else text
        at = after
    if at == 0:
        return text.removeprefix("\n")
    end = text.find("\n", at)
    return text[end + 1 :] if end >= 0 else ""


def _past(text: str, at: int, wanted: str) -> int:
    for letter in wanted:
        while at < len(text) and text[at].isspace():
            at += 1
        if not text.startswith(letter, at):
            return -1
        at += 1
    return at


def without_hidden(text: str, tokens: frozenset[str]) -> str:
    """Return `text` without the lines that show our prompts' own text, such as those of `env`."""
    if HIDDEN_LINE not in text and "aid=" not in text:
        return text
    return "".join(
        line
        for line in text.splitlines(keepends=True)
        if HIDDEN_LINE not in line and tokens.isdisjoint(_TOKENS.findall(line))
    )
