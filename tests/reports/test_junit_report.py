"""What the readers of JUnit files rely on."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from grader.model.evidence import HOST, Evidence, Step
from grader.model.record import Text
from grader.reports import Graded, junit

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from grader.model.result import Result

SCHEMA = str(Path(__file__).parent / "junit.xsd")
SAME = '"[0/20] Wrote the file" classname="lab6-1.first"'
needs_xmllint = pytest.mark.skipif(
    shutil.which("xmllint") is None, reason="needs xmllint: scripts/setup tests brings it"
)
replay = Evidence(
    grader="1",
    lab="lab6-1",
    student="alice",
    submission="lab6-1.sh",
    submission_digest="sha256:0",
    recorded_at="2026-12-01T00:00:00+00:00",
)

# XML 1.0, production [2] Char.
XML_CHARS = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def step(output: str, line: int = 1) -> Step:
    """Return a step that showed something."""
    return Step(
        number=line,
        line=line,
        last_line=line,
        text="cat x",
        where=HOST,
        output=output,
        at=0,
        seconds=0,
    )


def parsed(result: Result) -> Element:
    return ET.fromstring(junit.render(Graded(result), "en").encode())  # noqa: S314 - our own text


def test_strict_parsers_take_it(case: tuple[str, Result]) -> None:
    text = junit.render(Graded(case[1]), "ko")
    assert XML_CHARS.fullmatch(text)
    ET.fromstring(text)  # noqa: S314 - our own text


def schema_takes(text: str, tmp_path: Path) -> str:
    """Return what is wrong with a report, empty if it is as the schema wants it."""
    file = tmp_path / "junit.xml"
    file.write_bytes(text.encode())
    command = ["xmllint", "--noout", "--nonet", "--huge", "--schema", SCHEMA, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


@needs_xmllint
def test_the_schema_of_what_readers_take(case: tuple[str, Result], tmp_path: Path) -> None:
    for language in ("en", "ko"):
        assert schema_takes(junit.render(Graded(case[1]), language), tmp_path) == ""


@needs_xmllint
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"[0/20] Wrote the file (second)" classname="lab6-1.second"', SAME),
        (' time="0" file=', " file="),
        ("<failure", "<skipped/><failure"),
        ("<failure", "<system-out>x</system-out><failure"),
        ('line="1"', 'line="0"'),
        ('message="there', 'message="&#10;there'),
    ],
)
def test_the_schema_sees_what_readers_stumble_over(
    results: dict[str, Result], tmp_path: Path, good: str, bad: str
) -> None:
    text = junit.render(Graded(results["same-titles"]), "en")
    assert good in text
    assert schema_takes(text.replace(good, bad), tmp_path) != ""


def test_the_largest_report_is_one_that_gitlab_takes(results: dict[str, Result]) -> None:
    worst = Text(ko='"' * 20_000, en='"' * 20_000)
    fields = {"title": worst, "reason": worst, "expected": worst, "hint": worst}
    failed = results["every-outcome"].criteria[2].model_copy(update=fields)
    ids = [{"id": f"criterion-{index}"} for index in range(100)]
    criteria = tuple(failed.model_copy(update=one) for one in ids)
    result = results["every-outcome"].model_copy(update={"criteria": criteria})
    record = replay.model_copy(update={"steps": (step('"' * 20_000),)})
    text = junit.render(Graded(result, evidence=record), "en")
    assert 10_000_000 < len(text.encode()) < 30_000_000


def test_the_case_shows_what_the_deciding_line_printed(results: dict[str, Result]) -> None:
    record = replay.model_copy(update={"steps": (step("one"), step("two\x1b[2J", 4))})
    text = junit.render(Graded(results["every-outcome"], evidence=record), "en")
    cases = ET.fromstring(text).findall("testsuite/testcase")  # noqa: S314 - our own text
    shown = [case.findtext("system-out") for case in cases]
    assert shown[1:] == [None, "$ cat x\ntwo␛[2J", None, None]


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
