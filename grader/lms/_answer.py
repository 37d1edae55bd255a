"""What a platform answered, and what it said of an error. Nothing in it can be relied on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeVar

import httpx2 as httpx
from pydantic import TypeAdapter, ValidationError

from grader.errors import LmsError
from grader.lms._web import place

T = TypeVar("T")

LONGEST = 200
"""Characters of an answer that are shown."""
TELLING = ("reason", "message", "error_description", "error", "errors", "type")
"""Fields that say what is wrong: Moodle's, Canvas's, those of OAuth 2."""
DEEPEST = 4
_SECRET = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*")
"""What some error pages repeat of our request."""


def parsed(model: type[T], response: httpx.Response, *, secret: bool = False) -> T:
    """Return the JSON of an answer, whatever it is labelled as: Moodle labels some as HTML.

    Raises LmsError that says what came instead, unless it may hold a secret.
    """
    try:
        return TypeAdapter(model).validate_python(json.loads(response.content))
    except (ValueError, RecursionError) as bad:
        what = (
            "something else than was asked for" if isinstance(bad, ValidationError) else "no JSON"
        )
        came = "" if secret else f": {_cut(response.text) or 'nothing'}"
        problem = f"{place(response.request.url)} answered {what}{came}"
        fix = "see that the addresses in course.yaml are those of the platform's services"
        raise LmsError(problem, fix=fix) from None


def said(response: httpx.Response) -> str:
    """Return what an answer says of an error, as one short line.

    Moodle puts it into the reason phrase, and our whole request behind it.
    """
    try:
        content = json.loads(response.content)
    except (ValueError, RecursionError):
        content = None
    texts = [text for text in _texts(content, 0) if text.strip()]
    text = next(iter(texts), "") or response.reason_phrase
    return f"{response.status_code} {_cut(text.partition('{')[0])}".rstrip()


def _texts(content: object, depth: int) -> Iterator[str]:
    match content:
        case str():
            yield content
        case dict() if depth < DEEPEST:
            for name in TELLING:
                if name in content:
                    yield from _texts(content[name], depth + 1)
        case [first, *_] if depth < DEEPEST:
            yield from _texts(first, depth + 1)


def _cut(text: str) -> str:
    text = " ".join(_SECRET.sub("…", text[: 10 * LONGEST]).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
