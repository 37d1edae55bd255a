"""Every format against its golden files. `GOLDEN=write pytest tests/reports` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_cases import CASES

from grader import reports

if TYPE_CHECKING:
    from grader.model.record import Language

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES: tuple[Language, ...] = ("en", "ko")


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", reports.known_formats())
def test_golden(name: str, case: str, language: Language) -> None:
    report = reports.load_format(name)
    text = report.render(CASES[case], language)
    file = GOLDEN / f"{case}.{language}.{report.FILE or 'table.txt'}"
    if os.environ.get("GOLDEN") == "write":
        file.write_bytes(text.encode())
    assert text.encode() == file.read_bytes()


def test_every_golden_file_has_its_case() -> None:
    expected = {
        f"{case}.{language}.{reports.load_format(name).FILE or 'table.txt'}"
        for case in CASES
        for language in LANGUAGES
        for name in reports.known_formats()
    }
    assert {file.name for file in GOLDEN.iterdir()} == expected


def test_formats_are_found_by_file_name() -> None:
    assert reports.known_formats() == ("json", "junit", "table")
    assert reports.written_formats() == ("json", "junit")


def test_a_format_without_its_parts_fails_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("FILE = 'broken.txt'\n")
    monkeypatch.setattr(reports, "__path__", [str(tmp_path)])
    with pytest.raises(ImportError, match=r"broken\.py: a report's file defines FILE and render"):
        reports.load_format("broken")
