"""What the formats of learning platforms share: whether there is a number to tell them.

They keep whatever number they are given. So where a criterion could not be judged, through our
fault, they are given none at all: their side tells that as a failed autograder, and the same
submission may be graded again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.reports import _words as words
from grader.reports._text import number, printable

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, Result

LONGEST = 8000
"""Characters of one text."""


def story(criterion: CriterionResult, language: Language) -> str:
    """Return what was seen, what was expected, and the hint."""
    lines = [criterion.reason.in_(language)]
    if criterion.outcome != "passed":
        for word, text in ((words.EXPECTED, criterion.expected), (words.HINT, criterion.hint)):
            if text is not None:
                lines.append(f"{word.in_(language)}: {text.in_(language)}")
    if criterion.line is not None:
        lines.append(f"{words.LINE.in_(language)}: {criterion.line}")
    return printable("\n".join(lines), LONGEST)


def summary(result: Result, language: Language) -> str:
    """Return what is to be said of the whole submission."""
    lines = []
    if result.judged:
        points = f"{number(result.points)}/{number(result.max_points)}"
        standing = words.standing(result, language)
        lines.append(f"{words.TOTAL.in_(language)} {points}: {standing}")
    if result.needs_review:
        lines.append(f"{words.REVIEW.in_(language)}: {words.REVIEW_REASON.in_(language)}")
    lines += [f"{words.NOTE.in_(language)}: {note.in_(language)}" for note in result.notes]
    return printable("\n".join(lines), LONGEST)
