"""Words of a Dockerfile: quotes, escapes and variables, as the classic builder reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

DEPTH_CAP = 20
"""Variables within the defaults of variables."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Values = Mapping[str, str | None]
"""Variable → value; None where we cannot tell it. One that is missing is empty."""


class Unreadable(Exception):
    """A word that another reader could take for something else."""


def split_words(text: str, escape: str) -> list[str]:
    """Return the words of a line, quotes and escapes left in them."""
    words: list[str] = []
    word, quote = "", ""
    at = 0
    while at < len(text):
        char = text[at]
        if char == escape and quote != "'" and at + 1 < len(text):
            word += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in " \t":
            words += [word] if word else []
            word = ""
            at += 1
            continue
        word += char
        at += 1
    return [*words, word] if word else words


def string_list(text: str) -> list[str] | None:
    """Return what a JSON list of strings holds; None for anything else."""
    if not text.startswith("["):
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if all(isinstance(item, str) for item in told) else None


def expand(text: str, values: Values, escape: str) -> str:
    """Return a text with its variables filled in and its quotes gone. Raises Unreadable."""
    reader = _Reader(text, values, escape)
    return reader.until("")


class _Reader:
    def __init__(self, text: str, values: Values, escape: str) -> None:
        self.text = text
        self.values = values
        self.escape = escape
        self.at = 0
        self.depth = 0

    def until(self, stop: str) -> str:
        """Return what comes before `stop`, and step over it; before the end if `stop` is empty."""
        out = ""
        while self.at < len(self.text):
            char = self._next()
            if char == stop:
                return out
            if char == "'":
                out += self._single()
            elif char == '"':
                out += self._double()
            elif char == self.escape:
                out += self._next()
            elif char == "$":
                out += self._variable()
            else:
                out += char
        if stop:
            raise Unreadable
        return out

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise Unreadable
        self.at += 1
        return self.text[self.at - 1]

    def _single(self) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise Unreadable
        found, self.at = self.text[self.at : end], end + 1
        return found

    def _double(self) -> str:
        out = ""
        while (char := self._next()) != '"':
            if char == "$":
                out += self._variable()
            elif char == self.escape:
                char = self._next()
                out += char if char in {'"', "$", self.escape} else self.escape + char
            else:
                out += char
        return out

    def _variable(self) -> str:
        braces = self.text.startswith("{", self.at)
        self.at += braces
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise Unreadable
        self.at = found.end()
        value = self.values.get(found[0], "")
        if braces and (form := self._next()) != "}":
            if form != ":" or (form := self._next()) not in "-+":
                raise Unreadable
            if self.depth == DEPTH_CAP:
                raise Unreadable
            self.depth += 1
            other = self.until("}")
            self.depth -= 1
            if value is not None:
                value = other if bool(value) == (form == "+") else value if form == "-" else ""
        if value is None:
            raise Unreadable
        return value
