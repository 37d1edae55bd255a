from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.results import Section, Table, write


def _section(value: str) -> Section:
    return Section("One against another.", (Table(("what", "value"), [("it", value)]),), "## no.")


def test_a_part_replaces_its_own_section_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "measured_on", lambda: "today, here")
    file = tmp_path / "results.md"
    for part, value in (("second", "1"), ("first", "22"), ("second", "333")):
        write(part, _section(value), ("first", "second"), file)
    text = file.read_text()
    assert text.startswith("# Measurements")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## first",
        "## second",
    ]
    assert ("22" in text, "| it   |     1 |" in text) == (True, False)
    assert text.endswith("| it   |   333 |\n\nLimit: ## no.\n")
