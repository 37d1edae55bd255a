"""The text that a student gets with the grade on a learning platform.

Nothing in it changes from run to run: platforms keep every new text, and students get mail for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.record import Text
from grader.reports import _words as words
from grader.reports._judged import summary
from grader.reports._text import one_line, printable
from grader.reports._words import earned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.model.record import Language
    from grader.model.result import CriterionResult
    from grader.reports import Graded

FILE = "feedback.txt"

LONGEST = 20_000
"""Characters; some platforms refuse a text of more than 64 KiB."""
LONGEST_LINE = 500
LINE = Text(ko="{number}번째 줄", en="line {number}")


def render(graded: Graded, language: Language) -> str:
    """Return plain text: the sum, and each criterion with what was missing."""
    result = graded.result
    lines = [summary(result, language)]
    for criterion in result.criteria:
        lines.append("")
        lines += _told(criterion, language)
    return printable("\n".join(lines), LONGEST) + "\n"


def _told(criterion: CriterionResult, language: Language) -> Iterator[str]:
    title = one_line(criterion.title.in_(language), LONGEST_LINE)
    if criterion.outcome == "error":
        yield f"[–] {title}"
    else:
        yield f"[{earned(criterion)}] {title}"
    if criterion.outcome == "passed":
        return
    place = ""
    if criterion.line is not None:
        place = f" ({LINE.in_(language).format(number=criterion.line)})"
    yield one_line(criterion.reason.in_(language), LONGEST_LINE) + place
    for word, text in ((words.EXPECTED, criterion.expected), (words.HINT, criterion.hint)):
        if text is not None:
            yield f"{word.in_(language)}: {one_line(text.in_(language), LONGEST_LINE)}"
