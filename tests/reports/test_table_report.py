"""What people see on the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from grader.reports import table

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import Result


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(
    case: tuple[str, Result], width: int, language: Language
) -> None:
    text = table.draw(case[1], language, width=width, colour=False)
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_colour_only_repeats_what_the_words_say(results: dict[str, Result]) -> None:
    plain = table.draw(results["every-outcome"], "en", width=80, colour=False)
    coloured = table.draw(results["every-outcome"], "en", width=80, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[32m" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()
    for word in ("✓ passed", "~ partial", "✗ failed", "- skipped", "! error"):
        assert word in plain


def test_the_terminal_gets_no_control_characters_of_a_student(results: dict[str, Result]) -> None:
    text = table.draw(results["hostile"], "en", width=80, colour=False)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)


def test_an_undecided_result_is_not_called_a_failure(results: dict[str, Result]) -> None:
    text = table.draw(results["every-outcome"], "en", width=80, colour=False)
    assert "! undecided" in text
    assert "needs review" in text
    assert "✗ not passed" in table.draw(results["same-titles"], "en", width=80, colour=False)
