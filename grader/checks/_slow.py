"""Which regular expressions take for ever over an unlucky text. Tried out, not proven.

From each repeated part of a pattern a text is made that fits it often and breaks off: that is what
lets a search go back and try all other ways. The bound lies far from both kinds: of a thousand
characters, good patterns take milliseconds, bad ones hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from grader.checks._text import found
from grader.errors import PatternTooSlow

LENGTH = 1000
SECONDS = 0.25
"""Processor time."""

BREAKS = ("\0", "\n\0", ",")

_SIGN = re.compile(r"\\[\\A-Za-z0-9.^$*+?()\[\]{}|/-]|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REPEAT = re.compile(r"[*+]|\{\d*,\d*\}")
_CLASSES = {"d": "0", "w": "a", "s": " ", "S": "a", "D": "a", "W": " ", "n": "\n", "t": "\t"}
_NOTHING = frozenset("bBAZz")


def slow_over(pattern: str) -> str | None:
    """Return a text over which a pattern takes for ever, None if none was found."""
    for text in dict.fromkeys(_attacks(pattern)):
        try:
            found(pattern, text, seconds=SECONDS)
        except PatternTooSlow:
            return text
    return None


def _attacks(pattern: str) -> Iterator[str]:
    for before, part, behind in _repeated(pattern):
        starts, ends = (before, ""), ("", behind)  # without what must come, many searches stop
        for unit, start, broken, end in product(_samples(part), starts, BREAKS, ends):
            yield _sample(start) + (unit * LENGTH)[:LENGTH] + broken + _sample(end)


def _repeated(pattern: str) -> Iterator[tuple[str, str, str]]:
    """Yield what is repeated without a bound in a pattern, what stands before it, and behind."""
    signs = _SIGN.findall(pattern)
    opened: list[int] = []
    part = 0
    for index, sign in enumerate(signs):
        if sign == "(":
            opened.append(index)
        part = opened.pop() if sign == ")" and opened else part if sign == ")" else index
        if _REPEAT.match("".join(signs[index + 1 : index + 8])):
            parts = signs[:part], signs[part : index + 1], signs[index + 1 :]
            yield "".join(parts[0]), "".join(parts[1]), "".join(parts[2])


def _samples(part: str) -> Iterator[str]:
    """Yield texts that fit a part, one for each of its alternatives."""
    for alternative in part.split("|"):
        if text := _sample(alternative):
            yield text


def _sample(part: str) -> str:
    """Return a text that fits a part more or less: its signs without what they mean together."""
    part = re.sub(r"\(\?(?:[:=!>]|<[=!]|P?<\w+>|[a-z]+\)?)", "", part)
    return "".join(_plain(sign) for sign in _SIGN.findall(re.sub(r"\{\d*,?\d*\}", "", part)))


def _plain(sign: str) -> str:
    if sign.startswith("\\") and len(sign) > 1:
        return "" if sign[1] in _NOTHING else _CLASSES.get(sign[1], sign[1])
    if sign.startswith("[") and len(sign) > 1:
        return "a" if sign[1] == "^" else _plain(_SIGN.findall(sign[1:])[0])
    return "a" if sign == "." else "" if sign in "^$()|*+?" else sign
