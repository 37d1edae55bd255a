"""JUnit XML of a class: a suite for each student, a case for each criterion.

As the report of one student (`grader/reports/junit.py`), but the student stands in the class names
too: GitLab drops cases that have the same ones, and others take them for retries. A student without
a result is a skipped case: not graded yet, or nothing handed in, is no failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from grader.class_reports._words import STATES, state_of
from grader.reports._text import one_line
from grader.reports.junit import suite_of

if TYPE_CHECKING:
    from grader.gradebook import Entry, Gradebook
    from grader.model.record import Language
    from grader.model.result import Outcome

FILE = "class.junit.xml"

COUNTED_AS: dict[Outcome, str] = {
    "partial": "failures",
    "failed": "failures",
    "skipped": "skipped",
    "error": "errors",
}


def render(book: Gradebook, language: Language) -> Iterator[str]:
    """Yield the report, suite by suite."""
    totals = dict.fromkeys(("errors", "failures", "skipped", "tests"), 0)
    for entry in book:
        for outcome in _outcomes(entry):
            totals["tests"] += 1
            if outcome != "passed":
                totals[COUNTED_AS[outcome]] += 1
    attributes = "".join(f' {name}="{count}"' for name, count in totals.items())
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites time="0"{attributes}>\n'
    for entry in book:
        suite = _suite(book, entry, language)
        ET.indent(suite, "\t", level=1)
        yield f"\t{ET.tostring(suite, encoding='unicode')}\n"
    yield "</testsuites>\n"


def _outcomes(entry: Entry) -> list[Outcome]:
    if entry.result is None:
        return ["skipped"]
    return [criterion.outcome for criterion in entry.result.criteria]


def _suite(book: Gradebook, entry: Entry, language: Language) -> ET.Element:
    room = one_line(f"{book.lab.id}.{entry.student}")
    if entry.result is not None:
        return suite_of(entry.result, language, room)
    title = one_line(f"{book.lab.title.in_(language)} · {entry.student}")
    counts = {"errors": "0", "failures": "0", "skipped": "1", "tests": "1", "time": "0"}
    suite = ET.Element("testsuite", {"name": title, **counts})
    state = STATES[entry.state].in_(language)
    message = one_line(state_of(entry, language))
    case = ET.SubElement(suite, "testcase", name=state, classname=room, time="0")
    ET.SubElement(case, "skipped", message=message)
    return suite
