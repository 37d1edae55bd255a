"""Patterns with `*`, `?` and `**`, matched in time that no pattern can stretch [38]."""

from __future__ import annotations

import re


def fits(pattern: str, name: str, *, below: bool = False) -> bool:
    """Return whether a pattern fits a name; with `below`, one that fits a folder above it too."""
    tokens = re.findall(r"\*\*/?|.", pattern)
    places = _onward({0}, tokens)
    for char in name:
        if below and char == "/" and len(tokens) in places:
            return True
        places = _onward(
            {
                place if tokens[place].startswith("*") else place + 1
                for place in places
                if place < len(tokens) and _takes(tokens[place], char)
            },
            tokens,
        )
    return len(tokens) in places


def _takes(token: str, char: str) -> bool:
    if token.startswith("**"):
        return True
    return char != "/" if token in {"*", "?"} else char == token


def _onward(places: set[int], tokens: list[str]) -> set[int]:
    """Add the places that stars let through without a character."""
    reached = set(places)
    for place in range(len(tokens)):
        if place in reached and tokens[place].startswith("*"):
            reached.add(place + 1)
    return reached
