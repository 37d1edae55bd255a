"""Which containers `docker ps` lists: the client's filters, matched here [37, 38]."""

from __future__ import annotations

from typing import Any

from grader.gateway.names import Names
from grader.gateway.record.life import Life
from grader.gateway.refusal import malformed
from grader.gateway.request import parse_json
from grader.gateway.view.labels import without_ours

Filters = dict[str, list[str]]


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


def matches(row: dict[str, Any], life: Life, filters: Filters, names: Names) -> bool:
    """Return whether a row of the engine's list passes every filter. Raises Refusal."""
    for key, values in filters.items():
        if key == "status":
            hit = row["State"] in values
        elif key == "name":
            hit = any(name_matches(value, life.names[-1]) for value in values)
        elif key == "id":
            hit = any(life.id.startswith(value) for value in values)
        elif key == "ancestor":
            hit = any(names.image(value) == life.plan.image_id for value in values)
        elif key == "label":
            own = without_ours(row.get("Labels"))
            hit = all(label_matches(value, own) for value in values)
        elif key == "exited":
            code = next(
                (m.exit_code for m in reversed(life.moments) if m.exit_code is not None), None
            )
            hit = row["State"] == "exited" and str(code) in values
        elif key == "volume":
            hit = any(value in {m.source, m.target} for value in values for m in life.plan.mounts)
        else:
            raise malformed(f"Invalid filter '{key}'")
        if not hit:
            return False
    return True


def name_matches(pattern: str, name: str) -> bool:
    """Match as the engine does, for the patterns that people write: text, `^` and `$`."""
    wanted = pattern.replace("^/", "^").removeprefix("/")
    start, end = wanted.startswith("^"), wanted.endswith("$")
    wanted = wanted.removeprefix("^").removesuffix("$")
    if start and end:
        return name == wanted
    if start:
        return name.startswith(wanted)
    return name.endswith(wanted) if end else wanted in name


def label_matches(wanted: str, labels: dict[str, str]) -> bool:
    """Match `key` or `key=value`."""
    key, has_value, value = wanted.partition("=")
    return key in labels and (not has_value or labels[key] == value)
