"""Annotations: workflow commands that make GitHub show a reason beside the line it is about.

One command for each criterion that lost points, the most points first; GitHub shows ten of a step.
In a command, a line break or a percent sign is written as `%0A` or `%25`, and in the name of a file
or a title also a colon and a comma: so nothing that a student's container printed begins a command
of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.reports import _words as words
from grader.reports._judged import story
from grader.reports._text import one_line

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Outcome, Result
    from grader.reports import Graded

FILE = "annotations.txt"

MOST = 10
LONGEST_TITLE = 200
"""Characters; GitHub takes 255."""

LEVELS: dict[Outcome, str] = {
    "error": "warning",  # ours: no mistake of the student's
    "failed": "error",
    "partial": "error",
    "skipped": "warning",
}
"""Outcome → level of its annotation. What passed has none."""


def render(graded: Graded, language: Language) -> str:
    """Return the commands, one a line."""
    result = graded.result
    lost = [one for one in result.criteria if one.outcome in LEVELS and one.counts != "bonus"]
    lost.sort(key=_worst_first)
    return "".join(_of(one, result, language) for one in lost[:MOST])


def command(
    level: str, text: str, *, title: str, file: str | None = None, line: int | None = None
) -> str:
    """Return one annotation as a line of the log. `level` is error, warning or notice."""
    properties = {"file": file, "line": line and str(line), "title": one_line(title, LONGEST_TITLE)}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {given}::{_data(text)}\n"


def _worst_first(criterion: CriterionResult) -> tuple[bool, float]:
    """Return what sorts a criterion: of those that wait for others, the others come first."""
    return criterion.outcome in {"skipped", "error"}, criterion.points - criterion.max_points


def _of(criterion: CriterionResult, result: Result, language: Language) -> str:
    return command(
        LEVELS[criterion.outcome],
        story(criterion, language),
        title=f"[{words.earned(criterion)}] {criterion.title.in_(language)}",
        file=one_line(result.submission),
        line=criterion.line,
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
