"""The player of recordings. Setup brings it from npm; without it, a page shows text alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("player")
"""Filled by `scripts/setup`, and not ours to keep."""


@dataclass(frozen=True)
class Player:
    """What goes into a page that plays a recording."""

    script: str
    style: str
    about: str
    """Its name, version and licence."""


@cache
def player() -> Player | None:
    """Return the player, None where it is not there."""
    try:
        script = _read("asciinema-player.min.js").strip()
        style = _read("asciinema-player.css")
        package = json.loads(_read("package.json"))
    except FileNotFoundError:
        return None
    if "</script" in script.lower() or "</style" in style.lower():
        return None  # it would end its own element; no release does
    return Player(script, style, f"{package['name']} {package['version']}, {package['license']}")


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
