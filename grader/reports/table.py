"""The table on the terminal: what a teacher and a student read first.

Colour only repeats what a word and a sign say already. No frame: box-drawing characters are wide
in some Korean terminals and narrow in others, and would tear the columns apart.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from grader.reports import _words as words
from grader.reports._text import number, one_line, printable

if TYPE_CHECKING:
    from grader.model.record import Language
    from grader.model.result import CriterionResult, GroupResult, Outcome, Result
    from grader.reports import Graded

FILE = None

SIGNS: dict[Outcome, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "partial": ("~", "yellow"),
    "failed": ("✗", "red"),
    "skipped": ("-", "dim"),
    "error": ("!", "magenta"),
}
"""Outcome → its sign and its colour."""

LONGEST = 600
"""Characters of one reason; the whole of it stands in the other reports."""


def render(graded: Graded, language: Language) -> str:
    """Return the table, as wide as the terminal, coloured if people look at it."""
    colour = (
        sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") not in {None, "", "dumb"}
    )
    return draw(graded.result, language, width=shutil.get_terminal_size().columns, colour=colour)


def draw(result: Result, language: Language, *, width: int, colour: bool) -> str:
    """Return the table for a terminal of a given width, with or without escape sequences."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        height=1000,
        force_terminal=colour,
        force_jupyter=False,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    title = f"{result.lab_title.in_(language)} · {result.student}"
    console.print(Line(one_line(title), style="bold"))
    console.print(_criteria(result, language))
    for line in _summary(result, language):
        console.print(line)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _criteria(result: Result, language: Language) -> Table:
    table = Table(box=None, pad_edge=False, padding=(1, 2, 0, 0), header_style="bold")
    table.add_column(words.OUTCOME.in_(language), no_wrap=True)
    table.add_column(words.POINTS.in_(language), no_wrap=True, justify="right")
    table.add_column(words.CRITERION.in_(language), ratio=1, overflow="fold")
    table.add_column(words.LINE.in_(language), no_wrap=True, justify="right")
    for criterion in result.criteria:
        sign, style = SIGNS[criterion.outcome]
        table.add_row(
            Line(f"{sign} {words.OUTCOMES[criterion.outcome].in_(language)}", style=style),
            Line(words.earned(criterion)),
            _story(criterion, language),
            Line(str(criterion.line or "")),
        )
    return table


def _story(criterion: CriterionResult, language: Language) -> Line:
    story = Line(one_line(criterion.title.in_(language), LONGEST), style="", overflow="fold")
    story.stylize("bold")
    reason = printable(criterion.reason.in_(language), LONGEST)
    story.append(f"\n{reason}", style="not bold")
    if criterion.outcome != "passed":
        for word, text in ((words.EXPECTED, criterion.expected), (words.HINT, criterion.hint)):
            if text is not None:
                said = printable(text.in_(language), LONGEST)
                story.append(f"\n{word.in_(language)}: {said}", style="not bold")
    return story


def _group(group: GroupResult, language: Language) -> Line:
    title = one_line(group.title.in_(language), LONGEST)
    points = f"{number(group.points)}/{number(group.max_points)}"
    take = words.TAKES[group.take].in_(language)
    return Line(f"{words.GROUP.in_(language)} {points}: {title} ({take})", overflow="fold")


def _summary(result: Result, language: Language) -> list[Line]:
    sign, style = SIGNS["passed"] if result.passed else SIGNS["failed"]
    if result.needs_review and not result.passed:
        sign, style = SIGNS["error"]
    total = Line("\n", overflow="fold")
    total.append(
        f"{words.TOTAL.in_(language)} {number(result.points)}/{number(result.max_points)}"
        f" ({number(result.percent)} %)",
        style="bold",
    )
    total.append(f", {words.PASS_MARK.in_(language)} {number(result.pass_mark)} %: ")
    total.append(f"{sign} {words.standing(result, language)}", style=style)
    lines = [_group(group, language) for group in result.groups]
    lines.append(total)
    if result.needs_review:
        sign, style = SIGNS["error"]
        review = f"{sign} {words.REVIEW.in_(language)}: {words.REVIEW_REASON.in_(language)}"
        lines.append(Line(review, style=style, overflow="fold"))
    for note in result.notes:
        said = f"{words.NOTE.in_(language)}: {one_line(note.in_(language), LONGEST)}"
        lines.append(Line(said, overflow="fold"))
    return lines
