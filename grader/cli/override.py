"""`grade override LAB CRITERION POINTS --student NAME --why TEXT`: points given by hand."""

from __future__ import annotations

import click

from grader.cli import _options as options


@click.command(
    short_help="Give a criterion points by hand.",
    epilog="Example: grade override lab6-1 made-files 12 --student alice --why 'seen on paper'",
)
@click.argument("lab")
@click.argument("criterion", callback=options.utf8)
@click.argument("points", type=float)
@options.student
@options.why
@options.signed_by
@options.course
@options.store
def command(
    *,
    lab: str,
    criterion: str,
    points: float,
    student: str,
    why: str,
    by: str | None,
    course: str | None,
    store: str | None,
) -> int:
    """Give CRITERION of one student's result for LAB so many POINTS.

    They are kept when the submission is graded or scored again, until `grade undo` takes them
    back. The reason is shown to the student; who gave it is not.
    """
    from pathlib import Path

    from grader.cli._screen import say
    from grader.cli._store import open_store, signed
    from grader.course import load_lab
    from grader.layout import find_root
    from grader.reports._text import number

    root = find_root(Path(course) if course else None)
    wanted = load_lab(root, lab)
    change = signed(by, why)
    with open_store(root, store, must_exist=True) as opened:
        with opened.writing() as writing:
            writing.override(wanted.id, student, criterion, points, change)
        line = opened.history(wanted.id, student)[-1]
    before, after = number(line.before or 0), number(line.after or 0)
    say(f"{student}: {before} → {after} points; take it back with `grade undo {line.change}`\n")
    return 0
