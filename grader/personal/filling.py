"""Texts that refer to a student's values: `{{token}}`. Pure.

Go's templates, which `docker --format` takes, look alike: `{{.Name}}` and `{{json .}}` are no names
of values, and the words that stand alone there are no values either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from grader.errors import Complaint
from grader.wording import did_you_mean

TEMPLATE_WORDS = frozenset({"end", "else", "break", "continue"})
"""What Go's templates know as words of their own."""

SHORTEST_TOLD = 4
"""Letters of a value that is told from other words."""

PLACE = re.compile(rf"\{{\{{ *(?!(?:{'|'.join(TEMPLATE_WORDS)}) *\}}\}})([a-z][a-z0-9_]*) *\}}\}}")


class Span(NamedTuple):
    """A part of a text."""

    start: int
    end: int


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with a student's values in their places. Raises KeyError for unknown names."""
    return PLACE.sub(lambda match: values[match[1]], text)


def named(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the names of values where the values stand: the way back from `fill`.

    Of values as short as a small number, nobody can tell whether they are meant.
    """
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        if len(value) >= SHORTEST_TOLD:
            whole = rf"(?<![\w-]){re.escape(value)}(?![\w-])"
            text = re.sub(whole, f"{{{{{name}}}}}", text)
    return text


def blank(text: str) -> str:
    """Return a text with a word in all places: for a look at its form alone."""
    return PLACE.sub("value", text)


def unknown(
    text: str, known: Iterable[str], spans: Iterable[Span] | None = None
) -> Iterator[Complaint]:
    """Yield the places of a text, or of parts of it, that refer to no value."""
    known = tuple(known)
    for span in spans if spans is not None else (Span(0, len(text)),):
        for match in PLACE.finditer(text, span.start, span.end):
            if match[1] not in known:
                line = text.count("\n", 0, match.start()) + 1
                column = match.start() - text.rfind("\n", 0, match.start())
                advice = f"{did_you_mean(match[1], known)}; known: {', '.join(known)}"
                yield Complaint(line, column, f"the lab has no value '{match[1]}'{advice}")
