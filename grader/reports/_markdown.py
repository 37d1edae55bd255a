"""Markdown whose texts mean nothing: names, reasons and outputs are shown as they are."""

from __future__ import annotations

import re

from grader.reports._text import one_line, printable

BEFORE = r"\\\1"
MOST_BYTES = 900_000
"""GitHub takes 1 MiB for one step and drops a longer summary as a whole."""

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&$:@#!])")
"""What means something in the middle of a line; the rest does at its beginning only."""
_BREAKS = re.compile(r"([|<])")
"""What would break a table in the words of a teacher, who may write `code`."""


def escaped(text: str, limit: int) -> str:
    """Return one line in which no mark-up means anything, cut after `limit` characters."""
    return _MARKUP.sub(BEFORE, one_line(text, limit))


def escaped_lines(text: str, limit: int) -> str:
    """Return a text for a cell of a table: lines stay lines, no mark-up means anything."""
    lines = (" ".join(line.split()) for line in printable(text, limit).split("\n"))
    return "<br>".join(_MARKUP.sub(BEFORE, line) for line in lines if line)


def of_teacher(text: str, limit: int) -> str:
    """Return one line of a teacher's words, which may hold `code`, so that no table breaks."""
    return _BREAKS.sub(BEFORE, one_line(text, limit))
