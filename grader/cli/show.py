"""`grade show LAB`: the scores in the store, of all students or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.model.record import Language
    from grader.store.standing import Standing


@click.command(
    short_help="Show the scores that are in the store.",
    epilog="Example: grade show lab6-1 --student alice",
)
@click.argument("lab")
@click.option(
    "--student", callback=options.utf8, metavar="NAME", help="Only this one, in full. Default: all."
)
@options.course
@options.store
@options.language
def command(
    *,
    lab: str,
    student: str | None,
    course: str | None,
    store: str | None,
    language: Language,
) -> int:
    """Show what counts for LAB: one line for each student, or all of one student's result.

    Points given by hand are in it, and marked. For one student, the exit status is that of the
    result.
    """
    from pathlib import Path

    from grader import reports
    from grader.cli._outputs import status_of
    from grader.cli._screen import say
    from grader.cli._store import nobody, open_store, standing_of
    from grader.course import load_lab
    from grader.layout import find_root

    root = find_root(Path(course) if course else None)
    wanted = load_lab(root, lab)
    with open_store(root, store, must_exist=True) as opened:
        if student is None:
            say(_lines(opened.standings(wanted.id), language) or nobody(wanted.id, language))
            return 0
        standing = standing_of(opened, wanted, student)
    graded = reports.Graded(standing.result, wanted)
    say(reports.load_format(reports.TERMINAL).render(graded, language))
    return status_of(standing.result)


def _lines(standings: Iterable[Standing], language: Language) -> str:
    """Return one line for each student: name, points, and what is to be known about them."""
    from rich.cells import cell_len

    from grader.reports._text import number, one_line

    ko = language == "ko"
    rows = []
    for standing in standings:
        result = standing.result
        notes = [
            ("합격" if ko else "passed")
            if result.passed
            else ("불합격" if ko else "below the pass mark")
        ]
        if result.needs_review:
            notes.append("확인 필요" if ko else "needs review")
        if standing.overrides:
            names = ", ".join(override.criterion for override in standing.overrides)
            notes.append(f"직접 정함: {names}" if ko else f"by hand: {names}")
        points = f"{number(result.points)}/{number(result.max_points)}"
        rows.append((one_line(standing.student), points, "; ".join(notes)))
    wide = max((cell_len(name) for name, _, _ in rows), default=0)
    most = max((len(points) for _, points, _ in rows), default=0)
    return "".join(
        f"{name}{' ' * (wide - cell_len(name))}  {points:>{most}}  {notes}\n"
        for name, points, notes in rows
    )
