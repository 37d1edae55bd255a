"""Reports of a class against their golden files; `GOLDEN=write` writes them and the schema anew."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from markdown_it import MarkdownIt

from grader import class_reports
from grader.class_reports.json import schema
from grader.reports._markdown import MOST_BYTES
from grader.spreadsheet import FORMULA
from tests.class_reports.conftest import CASES, book, graded

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.model.record import Language

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path(__file__).parents[2] / "docs" / "class.schema.json"
LANGUAGES: tuple[Language, ...] = ("en", "ko")


def rendered(name: str, case: Gradebook, language: Language = "en") -> str:
    return "".join(class_reports.load_format(name).render(case, language))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def check_golden(file: Path, text: str) -> None:
    if os.environ.get("GOLDEN") == "write":
        file.write_bytes(text.encode())
    assert text.encode() == file.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", class_reports.known_formats())
def test_golden(name: str, case: tuple[str, Gradebook], language: Language) -> None:
    file = GOLDEN / f"{case[0]}.{language}.{class_reports.load_format(name).FILE}"
    check_golden(file, rendered(name, case[1], language))


def test_every_golden_file_has_its_case() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {
        f"{case}.{language}.{class_reports.load_format(name).FILE}"
        for case in CASES
        for language in LANGUAGES
        for name in class_reports.known_formats()
    }


def test_a_format_without_its_parts_fails_loudly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("FILE = 'broken.txt'\n")
    monkeypatch.setattr(class_reports, "__path__", [str(tmp_path)])
    with pytest.raises(ImportError, match=r"broken\.py: a report's file defines FILE and render"):
        class_reports.load_format("broken")


def test_the_schema_in_the_docs_is_current_and_met(case: tuple[str, Gradebook]) -> None:
    check_golden(SCHEMA, json.dumps(schema(), ensure_ascii=False, indent=2) + "\n")
    jsonschema.Draft202012Validator(schema()).validate(json.loads(rendered("json", case[1])))


def test_no_cell_is_a_formula_and_no_name_is_lost() -> None:
    names = [row["student"] for row in rows(rendered("csv", CASES["hostile"]))]
    assert not [name for name in names if name.startswith(FORMULA)]
    assert {"'＠sum(A1)", "김하늘", '\'=HYPERLINK("//x","alice")'} <= set(names)


def test_what_is_not_known_is_no_number() -> None:
    found = {row["student"]: row for row in rows(rendered("csv", CASES["mixed"]))}
    dave = found["dave"]
    assert (dave["points"], dave["at_least"], dave["first"]) == ("", "4", "error")
    assert (found["frank"]["points"], found["Grace"]["points"]) == ("", "")
    assert found["eve"]["points"] == "0"
    assert "| dave | – | – |" in rendered("markdown", CASES["mixed"])


def test_each_student_is_a_suite_and_no_two_cases_look_the_same() -> None:
    root = ET.fromstring(rendered("junit", CASES["mixed"]).encode())  # noqa: S314 - our own text
    assert len(root.findall("testsuite")) == 8
    cases = list(root.iter("testcase"))
    assert len({(one.get("classname"), one.get("name")) for one in cases}) == len(cases) == 13
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        count = len([one for one in cases if one.find(tag) is not None])
        assert int(root.get(name, "")) == count
        assert sum(int(suite.get(name, "")) for suite in root) == count
    assert root.get("tests") == "13"


def test_names_are_no_markup() -> None:
    html = MarkdownIt("commonmark").enable("table").render(rendered("markdown", CASES["hostile"]))
    assert not re.search(r"<(?:script|em|strong|a|/title)\b", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert html.count("<tr>") == 2 + 2 + len(list(CASES["hostile"]))


def test_a_summary_stays_below_the_limit_and_says_what_is_missing() -> None:
    one = graded("one")
    many = [replace(one, student=f"{number:04}" + "가" * 60) for number in range(6000)]
    text = rendered("markdown", book(many))
    assert MOST_BYTES - 2000 < len(text.encode()) < MOST_BYTES
    missing = re.search(r"(\d+) more are left out", text)
    assert missing
    assert text.count("가" * 60) + int(missing[1]) == 6000
