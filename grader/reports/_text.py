"""Text as every reader can take it: terminals, XML parsers, spreadsheets.

Reasons quote what students typed and what their containers printed: escape sequences that would
repaint the teacher's terminal, characters that XML forbids, halves of a surrogate pair.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

# Control characters but tab and line feed; signs that reverse the direction of a line; lone
# surrogates; code points that are no characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str, limit: int | None = None) -> str:
    """Return text in which every character shows, cut with an ellipsis after `limit` characters."""
    return _cut(_UNPRINTABLE.sub(_picture, text.replace("\r\n", "\n")), limit)


def one_line(text: str, limit: int | None = None) -> str:
    """Return printable text with its line breaks and runs of blanks as single blanks."""
    return _cut(" ".join(printable(text).split()), limit)


def encodable(text: str) -> str:
    """Return text that UTF-8 can hold."""
    return _SURROGATE.sub(REPLACEMENT, text)


def number(value: float) -> str:
    """Return a number with at most two decimals, and none where there is nothing behind the dot."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _cut(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:  # noqa: PLR2004 - Unicode has a picture for each of the 32 and for delete
        return chr(0x2400 + code)
    return "␡" if match[0] == "\x7f" else REPLACEMENT
