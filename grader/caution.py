"""What in a rubric is right in its form, and probably not what its author means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from grader.checks import CourseProblem
from grader.checks._slow import slow_over
from grader.checks._text import Pattern, quote
from grader.model.record import Record
from grader.rubric import Rubric

Place = tuple[str | int, ...]


def doubts(rubric: Rubric) -> Iterator[CourseProblem]:
    """Yield what looks like a slip."""
    for loc, pattern in _patterns(rubric, ()):
        for text in _about(pattern):
            yield CourseProblem(loc, f"{text}: {quote(pattern)}")


def _about(pattern: str) -> Iterator[str]:
    plain = re.sub(r"\\.|\[[^\]]*\]", "x", pattern)
    if re.search(r"\w \| \w", plain):
        yield "'|' means 'or' in a regular expression; for a pipe write '\\|'"
    if re.search(r"\$[A-Za-z_{(]", plain):
        yield "'$' means the end of a line in a regular expression; for a dollar write '\\$'"
    if (text := slow_over(pattern)) is not None:
        yield (
            f"this regular expression may never come to an end, as over {quote(text[:20])} and "
            "so on; avoid repeats of what repeats itself"
        )


def _patterns(value: object, loc: Place) -> Iterator[tuple[Place, str]]:
    """Yield all regular expressions, however deep inside, with their places."""
    if isinstance(value, Record):
        fields = type(value).model_fields
        for name, inner in value:
            annotation = fields[name].annotation
            if isinstance(inner, str) and Pattern in get_args(annotation):
                yield (*loc, name), inner
            else:
                yield from _patterns(inner, (*loc, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _patterns(inner, (*loc, name))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _patterns(inner, (*loc, index))
