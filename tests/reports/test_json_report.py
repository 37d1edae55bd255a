"""The contract of `result.json`. `GOLDEN=write pytest tests/reports` writes its schema anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from grader.reports import Graded
from grader.reports import json as json_report
from grader.reports._contract import ReportedResult, schema

if TYPE_CHECKING:
    from grader.model.result import Result

SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"


def test_the_schema_in_the_docs_is_current() -> None:
    text = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("GOLDEN") == "write":
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text


def test_the_names_that_others_rely_on(results: dict[str, Result]) -> None:
    report = json.loads(json_report.render(Graded(results["every-outcome"]), "en"))
    assert list(report) == [
        "format",
        "lab",
        "student",
        "language",
        "submission",
        "points",
        "max_points",
        "percent",
        "pass_mark",
        "passed",
        "needs_review",
        "criteria",
        "groups",
        "late",
        "notes",
    ]
    assert list(report["criteria"][0]) == [
        "id",
        "title",
        "points",
        "max_points",
        "counts",
        "group",
        "withheld",
        "outcome",
        "reason",
        "hint",
        "line",
    ]
    assert report["format"] == 1
    assert set(schema()["required"]) == set(report)


def test_it_reads_back(case: tuple[str, Result]) -> None:
    text = json_report.render(Graded(case[1]), "ko")
    assert text.endswith("}\n")
    ReportedResult.model_validate_json(text.encode())


def test_whole_numbers_have_no_fraction(results: dict[str, Result]) -> None:
    text = json_report.render(Graded(results["every-outcome"]), "en")
    assert '"points": 20,' in text
    assert '"points": 6.6667,' in text
    assert ".0," not in text
