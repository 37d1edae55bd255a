"""JUnit XML: what classroom CI and LMS plug-ins read.

What the readers taught (they differ in which attributes they look at):

1. Points stand in the name and the whole story in the failure's text: nobody reads properties.
   What the deciding line printed stands in the case's output, which two of four show.
2. Class name and name are unique: GitLab drops duplicates, others merge them as retries.
3. Every case has a time, though ours are all 0: without one, some show "NaN".
4. Attributes hold one line: older Pythons write line breaks in them unescaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from junit_xml import TestCase, TestSuite, to_xml_report_string

from grader.reports import _words as words
from grader.reports._text import number, one_line, printable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from grader.model.evidence import Evidence
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Result
    from grader.reports import Graded

FILE = "junit.xml"

LONGEST = 8000
"""Characters of one text: viewers cut annotations at 64,000 and whole reports at 65,535."""
MOST_OF_ALL = 500_000
"""Characters of one text, times the criteria: GitLab takes 30 MB for a file, and `"` takes six."""


class _Suite(TestSuite):  # type: ignore[misc] # the library has no types
    """A suite whose cases say how long they took even when that is nothing (rule 3)."""

    def build_xml_doc(self, encoding: str | None = None) -> Element:
        suite: Element = super().build_xml_doc(encoding)
        for case in suite.iter("testcase"):
            case.set("time", "0")
        return suite


def render(graded: Graded, language: Language) -> str:
    """Return the report, one test case per criterion; same result, same bytes: no time stamp."""
    suite = _suite(graded.result, language, graded.result.lab, graded.evidence)
    return str(to_xml_report_string([suite], encoding="utf-8"))


def suite_of(result: Result, language: Language, room: str) -> Element:
    """Return one student's suite for the report of many; `room` begins its class names."""
    return _suite(result, language, room).build_xml_doc()


def _suite(
    result: Result, language: Language, room: str, evidence: Evidence | None = None
) -> _Suite:
    names: set[str] = set()
    cases = []
    longest = min(LONGEST, MOST_OF_ALL // len(result.criteria))
    for criterion in result.criteria:
        case = _case(result, criterion, language, room, longest)
        if evidence is not None and criterion.outcome in {"failed", "partial"}:
            case.stdout = _shown(evidence, criterion, longest)
        if case.name in names:
            case.name += f" ({one_line(criterion.id)})"
        names.add(case.name)
        cases.append(case)
    return _Suite(
        one_line(f"{result.lab_title.in_(language)} · {result.student}", LONGEST),
        cases,
        file=one_line(result.submission),
        properties=_properties(result, language),
    )


def _case(
    result: Result, criterion: CriterionResult, language: Language, room: str, longest: int
) -> Any:  # noqa: ANN401 - untyped library
    points = f"[{words.earned(criterion)}]"
    case = TestCase(
        f"{points} {one_line(criterion.title.in_(language), longest)}",
        classname=one_line(f"{room}.{criterion.id}"),
        file=one_line(result.submission),
        line=criterion.line,
    )
    message = one_line(criterion.reason.in_(language), longest) or criterion.outcome
    story = _story(result, criterion, language, longest)
    match criterion.outcome:
        case "failed" | "partial":
            case.add_failure_info(message, story, failure_type=criterion.outcome)
        case "error":
            case.add_error_info(message, story, error_type=criterion.outcome)
        case "skipped":
            case.add_skipped_info(message, story)
        case "passed":
            case.stdout = story
    return case


def _story(result: Result, criterion: CriterionResult, language: Language, longest: int) -> str:
    lines = [printable(criterion.reason.in_(language), longest)]
    if criterion.expected is not None and criterion.outcome != "passed":
        expected = printable(criterion.expected.in_(language), longest)
        lines.append(f"{words.EXPECTED.in_(language)}: {expected}")
    if criterion.line is not None:
        place = f"{one_line(result.submission)}:{criterion.line}"
        lines.append(f"{words.LINE.in_(language).lower()}: {place}")
    if criterion.hint is not None and criterion.outcome != "passed":
        hint = printable(criterion.hint.in_(language), longest)
        lines.append(f"{words.HINT.in_(language)}: {hint}")
    return "\n".join(lines)


def _shown(evidence: Evidence, criterion: CriterionResult, longest: int) -> str | None:
    """Return what stood on the terminal at the line that decided; None if no line did."""
    line = criterion.line
    if line is None:
        return None
    steps = (step for step in evidence.steps if step.line <= line <= step.last_line)
    step = next(steps, None)
    return None if step is None else printable(f"$ {step.text}\n{step.output}".rstrip(), longest)


def _properties(result: Result, language: Language) -> dict[str, str]:
    properties = {
        "student": one_line(result.student),
        "points": number(result.points),
        "max_points": number(result.max_points),
        "percent": number(result.percent),
        "pass_mark": number(result.pass_mark),
        "passed": str(result.passed).lower(),
        "needs_review": str(result.needs_review).lower(),
    }
    for count, note in enumerate(result.notes, start=1):
        properties[f"note_{count}"] = one_line(note.in_(language), LONGEST)
    return properties
