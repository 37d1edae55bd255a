"""What the filters of lists have in common."""

from __future__ import annotations

import re

from grader.gateway.refusal import malformed
from grader.gateway.request import parse_json

Filters = dict[str, list[str]]

PATTERN_CAP = 200
_RISKY = re.compile(r"[(){}\\]")
"""Groups, counts and back references."""
_ODD_SET = re.compile(r"\[.*(\[|--|&&|\|\||~~)")
"""What Python may come to read as operations on sets."""
_ESCAPED = re.compile(r"\\[./_-]")
_MANY = re.compile(r"[*+?]")


def parse_filters(text: str) -> Filters:
    """Return the filters of a list: the newer form (a map of maps) and the older (of lists).

    Raises Refusal.
    """
    if not text:
        return {}
    told = parse_json(text.encode())
    if not isinstance(told, dict):
        raise malformed("invalid filter")
    filters = {}
    for key, values in told.items():
        if not isinstance(values, dict | list) or not all(
            isinstance(value, str) for value in values
        ):
            raise malformed("invalid filter")
        filters[str(key)] = [str(value) for value in values]
    return filters


def refuse_unknown(filters: Filters, *known: str) -> None:
    """Raise Refusal, in the engine's words, for a filter that a call does not have."""
    if unknown := sorted(set(filters) - set(known)):
        raise malformed(f"Invalid filter '{unknown[0]}'")


def labels_pass(filters: Filters, labels: dict[str, str]) -> bool:
    """Match the filters `label` and `label!`."""
    return all(label_matches(value, labels) for value in filters.get("label", ())) and not any(
        label_matches(value, labels) for value in filters.get("label!", ())
    )


def name_matches(pattern: str, name: str) -> bool:
    """Match a name as the engine does: anywhere, by a regular expression of the simple kind.

    Of the kind whose time could run away nothing matches [38].
    """
    plain = _ESCAPED.sub("", pattern)
    if (
        _RISKY.search(plain)
        or _ODD_SET.search(plain)
        or len(pattern) > PATTERN_CAP
        or len(_MANY.findall(pattern)) > 2
    ):
        return False
    try:
        # The engine looks at both `/name` and `name`.
        return any(re.search(pattern, text) for text in (name, f"/{name}"))
    except re.error:
        return False


def label_matches(wanted: str, labels: dict[str, str]) -> bool:
    """Match `key` or `key=value`."""
    key, has_value, value = wanted.partition("=")
    return key in labels and (not has_value or labels[key] == value)
