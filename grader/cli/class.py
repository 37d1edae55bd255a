"""`grade class LAB`: grade all that was handed in for a lab, and go on where it was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(
    short_help="Grade the submissions of a whole class.",
    epilog="Example: grade class lab6-1",
)
@click.argument("lab")
@click.option(
    "--students",
    callback=options.utf8,
    metavar="NAMES",
    help="Only these, with commas between, or @FILE with one name in each line. Default: all of "
    "roster.csv and submissions/.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many submissions are typed at once. Default: what suits the engine's cores and "
    "memory.",
)
@click.option(
    "--submitted-at",
    type=options.FILE,
    metavar="FILE",
    help="When each submission was handed in: a CSV file with columns 'student' and "
    "'submitted_at'; for labs that take points off for lateness.",
)
@click.option("--force", is_flag=True, help="Grade again what is graded already.")
@click.option(
    "--twice",
    is_flag=True,
    help="Type each submission twice: what comes out differently, by chance, needs review.",
)
@options.course
@options.store
@options.language
def command(  # noqa: PLR0913 - an argument for each option
    *,
    lab: str,
    students: str | None,
    jobs: int | None,
    submitted_at: str | None,
    force: bool,
    twice: bool,
    course: str | None,
    store: str | None,
    language: Language,
) -> int:
    """Grade what the students handed in for LAB, several at once, into the store of grades.

    Whose submission has a result by lab, rubric and program as they are is skipped; so the same
    command goes on where it was stopped, by ctrl-C, a crash or a loss of power. Ctrl-C finishes
    what is being typed; ctrl-C again stops at once. What fails through our fault is tried again in
    the end.

    Exit status: 0 all graded, 2 wrong use or a broken file, also of a student, 3 some could not be
    graded or need review, 130 interrupted.
    """
    from pathlib import Path

    from grader.cli._class import Class
    from grader.cli._results import shown
    from grader.cli._store import open_store
    from grader.cli._students import names
    from grader.cli._times import times_in
    from grader.course import load_lab
    from grader.layout import find_root

    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    times = times_in(Path(submitted_at), wanted) if submitted_at else {}
    with open_store(root, store) as opened:
        graded = Class(root, wanted, opened, language, twice=twice)
        return graded.grade(names(students), times, jobs=jobs, force=force)
