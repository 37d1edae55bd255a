"""A student's values, from the course's secret. Pure; `docs/personal.md` says it step by step.

Nothing here may change: every value that was ever handed out would become another one.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterator

from grader.model.lab import Lab
from grader.model.personal import Value
from grader.personal.secret import Secret
from grader.personal.words import ADJECTIVES, NOUNS

DOMAIN = b"lab-grader values 1"
LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""Without those that look like digits, or each other."""
SIGNS = LETTERS + "23456789"
DRAW_BYTES = 8

EXAMPLE = Secret(b"an example that everybody may know")
"""For proofs and for `grade lint`, which must not need the course's secret."""
EXAMPLE_STUDENT = "example"


def values_of(lab: Lab, student: str, secret: Secret) -> dict[str, str]:
    """Return all values of one student; none for a lab that declares none."""
    return {
        name: _value(value, _draws(secret, lab.id, name, student))
        for name, value in lab.values.items()
    }


def example_values(lab: Lab) -> dict[str, str]:
    """Return the values of the example student."""
    return values_of(lab, EXAMPLE_STUDENT, EXAMPLE)


def folded(student: str) -> str:
    """Return the form of a student's name in which two spellings are one student.

    A Mac decomposes the names of folders, and people write `Alice` and `alice`.
    """
    composed = unicodedata.normalize("NFC", student)
    return unicodedata.normalize("NFC", composed.casefold())


def fits(value: Value, text: str) -> bool:
    """Return whether some student could have this value."""
    match value.kind:
        case "word":
            return text in value.words
        case "number":
            low, high = value.range
            digits = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
            return digits and text == str(int(text)) and low <= int(text) <= high
        case "name":
            first, _, second = text.partition("-")
            return first in ADJECTIVES and second in NOUNS
        case "token":
            right = len(text) == value.length and text[0] in LETTERS
            return right and all(sign in SIGNS for sign in text)


def _value(value: Value, draws: Iterator[int]) -> str:
    match value.kind:
        case "word":
            return value.words[_below(len(value.words), draws)]
        case "number":
            low, high = value.range
            return str(low + _below(high - low + 1, draws))
        case "name":
            first = ADJECTIVES[_below(len(ADJECTIVES), draws)]
            return f"{first}-{NOUNS[_below(len(NOUNS), draws)]}"
        case "token":
            # A letter first: never a number, to whatever reads it.
            rest = (SIGNS[_below(len(SIGNS), draws)] for _ in range(value.length - 1))
            return LETTERS[_below(len(LETTERS), draws)] + "".join(rest)


def _below(count: int, draws: Iterator[int]) -> int:
    """Return a number from 0 to count - 1, each as likely; unfair draws are not used."""
    space = 2 ** (8 * DRAW_BYTES)
    fair = space - space % count
    return next(draw for draw in draws if draw < fair) % count


def _draws(secret: Secret, lab: str, name: str, student: str) -> Iterator[int]:
    """Yield numbers of 64 bits without an end.

    Each part is written with its length before it, so that no two lists of parts read the same.
    """
    parts = (DOMAIN, lab.encode(), name.encode(), folded(student).encode())
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    block = 0
    while True:
        digest = hmac.digest(secret.key, message + block.to_bytes(4, "big"), "sha256")
        for at in range(0, len(digest), DRAW_BYTES):
            yield int.from_bytes(digest[at : at + DRAW_BYTES], "big")
        block += 1
