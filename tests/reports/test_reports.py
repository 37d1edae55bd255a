"""Every format against its golden files. `GOLDEN=write pytest tests/reports` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader import reports
from grader.reports.classroom50 import FROM_RUNNER

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import Result

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES: tuple[Language, ...] = ("en", "ko")
FORMATS = tuple(name for name in reports.known_formats() if name != "html")
"""Those with golden files here; the page has its own (`test_html_report.py`)."""


def golden_name(case: str, language: str, format_name: str) -> str:
    return f"{case}.{language}.{reports.load_format(format_name).FILE or 'table.txt'}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_golden(
    name: str, case: tuple[str, Result], language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    for variables in FROM_RUNNER.values():
        for variable in variables:
            monkeypatch.delenv(variable, raising=False)
    text = reports.load_format(name).render(reports.Graded(case[1]), language)
    file = GOLDEN / golden_name(case[0], language, name)
    if os.environ.get("GOLDEN") == "write":
        file.write_bytes(text.encode())
    assert text.encode() == file.read_bytes()


def test_every_golden_file_has_its_case(results: dict[str, Result]) -> None:
    expected = {
        golden_name(case, language, name)
        for case in results
        for language in LANGUAGES
        for name in FORMATS
    }
    assert {file.name for file in GOLDEN.iterdir()} == expected


def test_formats_are_found_by_file_name() -> None:
    assert reports.known_formats() == (
        "check50",
        "classroom",
        "classroom50",
        "feedback",
        "github",
        "gradescope",
        "html",
        "json",
        "junit",
        "markdown",
        "table",
    )
    assert reports.written_formats() == reports.known_formats()[:-1]


def test_a_format_without_its_parts_fails_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("FILE = 'broken.txt'\n")
    monkeypatch.setattr(reports, "__path__", [str(tmp_path)])
    with pytest.raises(ImportError, match=r"broken\.py: a report's file defines FILE and render"):
        reports.load_format("broken")
