"""Wrong calls that the client does not make: status and words, at the engine and at a gateway."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from plain import plain

if TYPE_CHECKING:
    from side import Side

TABLE = Path(__file__).with_name("requests.txt")
DIFFERS, NEWER = " # differs", " # newer"
BOX = {"Image": "alpine:latest", "Cmd": ["sleep", "300"], "HostConfig": {"NetworkMode": "none"}}


def lines() -> list[str]:
    """Return the calls of the table, those with a reason to differ included."""
    text = TABLE.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def shown(side: Side, line: str) -> str:
    """Make one call and return what came of it, made comparable."""
    written = line.partition(" # ")[0].replace("^", side.prefix)
    method, target, *body = written.split(" ", 2)
    status, text = side.ask(method, quote(target, safe="/?&=%:"), *(b.encode() for b in body))
    try:
        told = json.loads(text)
        message = told["message"] if isinstance(told, dict) and "message" in told else "(told)"
    except ValueError:
        message = text if status >= 400 else "(told)"
    return f"{status} {plain(message, side.prefix, '').strip()}"


def all_shown(side: Side) -> list[str]:
    shown(side, f"POST /containers/create?name=^box {json.dumps(BOX)}")
    shown(side, "POST /containers/^box/start")
    try:
        return [shown(side, line) for line in lines()]
    finally:
        side.ask("DELETE", f"/containers/{side.prefix}box?force=1&v=1")


@pytest.mark.engine
def test_wrong_calls_are_answered_as_the_engine_does(
    sides: tuple[Side, Side], *, newer: bool
) -> None:
    with ThreadPoolExecutor(2) as both:
        engine, gateway = both.map(all_shown, sides)
    wrong = []
    for line, there, here in zip(lines(), engine, gateway, strict=True):
        may = DIFFERS in line or (newer and NEWER in line)
        if (there != here and not may) or (there == here and DIFFERS in line and not newer):
            wrong.append(f"{line}\n  engine  {there}\n  gateway {here}")
    assert not wrong, "\n" + "\n".join(wrong)
