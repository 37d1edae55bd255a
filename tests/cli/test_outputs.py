"""The end of a grading: what is written and shown, and the exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from grader.cli._outputs import choose_outputs, publish
from grader.errors import UsageError
from grader.model.record import Text
from grader.model.result import CriterionResult, Outcome, Result
from grader.reports import Graded

if TYPE_CHECKING:
    from pathlib import Path

WORDS = Text(ko="말", en="words")


def result(outcome: Outcome, points: float) -> Result:
    criterion = CriterionResult(
        id="one", title=WORDS, points=points, max_points=10, outcome=outcome, reason=WORDS
    )
    return Result(
        lab="lab",
        lab_title=WORDS,
        student="alice",
        submission="lab.sh",
        points=points,
        max_points=10,
        percent=points * 10,
        pass_mark=60,
        passed=points >= 6,
        needs_review=outcome == "error",
        criteria=(criterion,),
    )


@pytest.mark.parametrize(
    ("outcome", "points", "status"),
    [("passed", 10, 0), ("partial", 6, 0), ("failed", 0, 1), ("error", 0, 3), ("error", 8, 3)],
)
def test_the_exit_status(outcome: Outcome, points: float, status: int, tmp_path: Path) -> None:
    outputs = choose_outputs(tmp_path, {"json": None, "junit": None}, None)
    assert publish(Graded(result(outcome, points)), "en", outputs) == status
    written = json.loads((tmp_path / "result.json").read_text())
    assert written["needs_review"] == (outcome == "error")


def test_reports_and_evidence_in_one_file_are_refused(tmp_path: Path) -> None:
    given = {"json": tmp_path / "evidence.json", "junit": None}
    with pytest.raises(UsageError, match="the evidence and the json report would be the same"):
        choose_outputs(tmp_path, given, None)


def test_what_was_not_asked_for_is_not_written(tmp_path: Path) -> None:
    given = {"json": None, "junit": None, "table": None}
    outputs = choose_outputs(tmp_path, given, None)
    assert set(outputs.reports) == {"json", "junit"}


def test_a_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    outputs = choose_outputs(tmp_path, {"json": None, "html": file}, None)
    publish(Graded(result("passed", 10)), "ko", outputs)
    assert file.read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="ko">')
