"""One proposed criterion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from grader.model.record import Text


@dataclass(frozen=True)
class Proposal:
    """A criterion as its author would begin with it."""

    id: str
    title: Text
    check: dict[str, Any]
    """As a rubric writes it."""
    hint: Text
    weight: int
    """What it is worth beside others."""
    step: int
    """When the solution came to it."""
    requires: tuple[str, ...] = ()
    expected: Text | None = None
    """For checks whose own words are too intricate."""


def id_of(verb: str, name: str) -> str:
    """Return an id such as `made-web` for a name."""
    return f"{verb}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}".strip("-")


def listed(values: list[str]) -> str:
    """Return values as code in a title: `a`, `b`."""
    return ", ".join(f"`{value}`" for value in values)
