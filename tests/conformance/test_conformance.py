"""A student's client sees through a gateway what it would see at the engine.

Whatever differs is on the list in `docs/differences.md`, with its reason.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scenario import FOLDER, Scenario, scenarios
from side import Side

ALL = scenarios()
REQUESTS = Path(__file__).with_name("requests.txt")
DIFFERENCES = Path(__file__).parents[2] / "docs" / "differences.md"


@pytest.mark.engine
@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_client_sees_the_same(
    scenario: Scenario, sides: tuple[Side, Side], *, newer: bool
) -> None:
    with ThreadPoolExecutor(2) as both:
        engine, gateway = both.map(lambda side: side.run(scenario), sides)
    wrong = []
    for line, there, here in zip(scenario.lines, engine, gateway, strict=True):
        if there == here and line.must_differ(newer=newer):
            wrong.append(f"{line.written}\ndiffers no longer")
        elif there != here and not line.may_differ(newer=newer):
            wrong.append("\n".join([line.written, *_difference(there, here)]))
    assert not wrong, "\n\n" + "\n\n".join(wrong)


def _difference(there: str, here: str) -> Iterator[str]:
    return difflib.unified_diff(
        there.splitlines(), here.splitlines(), "engine", "gateway", lineterm="", n=1
    )


def test_every_difference_has_its_reason_and_every_reason_its_difference() -> None:
    reasons = re.findall(r"(?m)^## ([a-z-]+)$", DIFFERENCES.read_text(encoding="utf-8"))
    files = [*FOLDER.glob("*.txt"), REQUESTS]
    used = re.findall(
        r"(?m) (?:differs?|newer): ([a-z-]+)$", "\n".join(f.read_text() for f in files)
    )
    assert sorted(set(used)) == sorted(reasons)


def test_there_are_enough_calls() -> None:
    calls = [line for scenario in ALL for line in scenario.lines if line.words[0] == "docker"]
    assert len(calls) >= 250
