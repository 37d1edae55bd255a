"""What the readers of JUnit files rely on."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from grader.reports import Graded, junit

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from grader.model.result import Result

# XML 1.0, production [2] Char.
XML_CHARS = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def parsed(result: Result) -> Element:
    return ET.fromstring(junit.render(Graded(result), "en").encode())  # noqa: S314 - our own text


def test_strict_parsers_take_it(case: tuple[str, Result], tmp_path: Path) -> None:
    text = junit.render(Graded(case[1]), "ko")
    assert XML_CHARS.fullmatch(text)
    ET.fromstring(text)  # noqa: S314 - our own text
    if shutil.which("xmllint"):
        file = tmp_path / "junit.xml"
        file.write_bytes(text.encode())
        subprocess.run(["xmllint", "--noout", file], check=True)


def test_one_case_per_criterion_with_points_in_the_name(results: dict[str, Result]) -> None:
    cases = parsed(results["every-outcome"]).findall("testsuite/testcase")
    assert [(c.get("classname"), c.get("name")) for c in cases] == [
        ("lab6-1.wrote-file", "[20/20] Created both files inside the container"),
        ("lab6-1.looked-at-diff", "[6.67/20] Looked at what changed with docker diff"),
        ("lab6-1.survived-restart", "[0/20] The data survived a restart"),
        ("lab6-1.gone-after-rm", "[0/10] Removal took the data with it"),
        ("lab6-1.clean-container", "[0/20] A new container is clean"),
    ]
    assert {c.get("file") for c in cases} == {"submissions/alice/lab6-1.sh"}
    assert [c.get("line") for c in cases] == ["3", "9", "4", None, None]
    assert {c.get("time") for c in cases} == {"0"}


def test_outcomes_become_the_kinds_that_junit_knows(results: dict[str, Result]) -> None:
    cases = parsed(results["every-outcome"]).findall("testsuite/testcase")
    kinds = [[child.tag for child in c if child.tag != "system-out"] for c in cases]
    assert kinds == [[], ["failure"], ["failure"], ["skipped"], ["error"]]


def test_totals_are_right(results: dict[str, Result]) -> None:
    root = parsed(results["every-outcome"])
    suite = root.find("testsuite")
    assert suite is not None
    for element in (root, suite):
        counts = {name: element.get(name) for name in ("tests", "failures", "errors")}
        assert counts == {"tests": "5", "failures": "2", "errors": "1"}
    assert suite.get("skipped") == "1"


def test_the_failure_tells_the_whole_story(results: dict[str, Result]) -> None:
    failure = parsed(results["every-outcome"]).findall("testsuite/testcase/failure")[1]
    assert failure.get("type") == "failed"
    assert failure.get("message") == "there is no /tmp/important.txt; you wrote /tmp/importent.txt"
    assert failure.text == (
        "there is no /tmp/important.txt; you wrote /tmp/importent.txt\n"
        "expected: /tmp/important.txt at 'exit 2'\n"
        "line: submissions/alice/lab6-1.sh:4\n"
        "hint: Read the file's name again."
    )


def test_no_two_cases_look_the_same(results: dict[str, Result]) -> None:
    names = [c.get("name") for c in parsed(results["same-titles"]).iter("testcase")]
    assert names == ["[0/20] Wrote the file", "[0/20] Wrote the file (second)"]


def test_what_xml_forbids_is_shown_instead_of_lost(results: dict[str, Result]) -> None:
    failure = next(parsed(results["hostile"]).iter("failure"))
    assert (failure.text or "").startswith("a␀b␛[31mred␇����&<")
    assert "\n" not in (failure.get("message") or "")


def test_a_failure_without_a_reason_is_still_a_failure(results: dict[str, Result]) -> None:
    result = results["same-titles"]
    silent = result.criteria[0].reason.model_copy(update={"ko": "", "en": ""})
    first = result.criteria[0].model_copy(update={"reason": silent})
    text = junit.render(Graded(result.model_copy(update={"criteria": (first,)})), "en")
    assert '<failure type="failed" message="failed"/>' in text
