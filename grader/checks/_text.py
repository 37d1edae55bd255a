"""How checks compare text, and how they show it to a student."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated

import regex
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from grader.errors import PatternTooSlow
from grader.model.record import Text
from grader.wording import size

SECONDS = 2.0
"""Processor time that one search of one pattern may take."""


def normal(text: str) -> str:
    """Return the form in which texts are compared: NFC, LF line ends.

    Korean typed on a Mac arrives decomposed (NFD), and looks the same.
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def has_all(labels: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Say whether all labels that were asked for are there."""
    given = {normal(key): normal(value) for key, value in labels.items()}
    return all(given.get(normal(key)) == normal(value) for key, value in asked.items())


def found(pattern: str, text: str, *, any_case: bool = False, seconds: float = SECONDS) -> bool:
    """Say whether a regular expression matches somewhere; `^` and `$` stand for lines.

    Raises PatternTooSlow where the search does not come to an end: the rubric's fault.
    """
    try:
        match = _compiled(pattern, any_case=any_case).search(normal(text), timeout=seconds)
    except TimeoutError as late:
        raise PatternTooSlow(
            f"the pattern {quote(pattern)} of the rubric was stopped after {seconds:g} s "
            f"of searching {quote(text)}"
        ) from late
    return match is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str, *, any_case: bool) -> regex.Pattern[str]:
    flags = regex.MULTILINE | (regex.IGNORECASE if any_case else 0)
    return regex.compile(normal(pattern), flags)


def shorten(text: str, limit: int = 60) -> str:
    """Return a text on one line, cut to `limit` characters."""
    flat = normal(" ".join(text.split(None, limit)[:limit]))  # so many words are too long anyway
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def quote(text: str) -> str:
    """Return a text shortened and in quotes."""
    return f"'{shorten(text)}'"


def last_line(text: str) -> str:
    """Return the last line of an output that is not blank."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def only_first(kept: int) -> Text:
    """Say that a text was too long to be kept as a whole."""
    return Text(
        ko=f"너무 길어서 처음 {size(kept)}만 남겨 두고 보았습니다",
        en=f"it is so long that only its first {size(kept)} were kept and looked at",
    )


def listed(words: Iterable[str], most: int = 4) -> Text:
    """Return words in quotes with commas; what exceeds `most` is counted."""
    quoted = [quote(word) for word in words]
    shown, rest = ", ".join(quoted[:most]), len(quoted) - most
    if rest <= 0:
        return Text(ko=shown, en=shown)
    return Text(ko=f"{shown} 외 {rest}개", en=f"{shown} and {rest} more")


def joined(texts: Sequence[Text], most: int = 2, between: str = "; ") -> Text:
    """Return sentences in a row; what exceeds `most` is counted."""
    ko = between.join(text.ko for text in texts[:most])
    en = between.join(text.en for text in texts[:most])
    rest = len(texts) - most
    if rest <= 0:
        return Text(ko=ko, en=en)
    return Text(ko=f"{ko}{between}그 밖에 {rest}개", en=f"{en}{between}and {rest} more")


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _compiles(pattern: str) -> str:
    try:
        _compiled(pattern, any_case=False)
    except regex.error as error:
        raise PydanticCustomError(
            "regex",
            "{pattern} is not a regular expression: {why}; put a backslash before one of {signs} "
            "that stands for itself, or ask for a plain text with 'contains'",
            {"pattern": repr(pattern), "why": str(error), "signs": ". * + ? ( ) [ ] { } | ^ $"},
        ) from error
    return pattern


NonEmpty = Annotated[str, Field(min_length=1)]
"""An empty text stands in every text; a rule that asks for it would pass by accident."""

Strings = Annotated[
    tuple[NonEmpty, ...],
    BeforeValidator(_one_or_many, json_schema_input_type=NonEmpty | tuple[NonEmpty, ...]),
]
"""One text, or a list of texts."""

Pattern = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]
"""A regular expression as Python knows them; `^` and `$` stand for lines."""
