"""`grade upload LAB --to NAME`: grades from the store to a learning platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(
    short_help="Upload the grades of a lab to a learning platform.",
    epilog="Example: grade upload lab6-1 --to moodle",
)
@click.argument("lab")
@click.option(
    "--to",
    "name",
    callback=options.utf8,
    metavar="NAME",
    help="A target of the course's course.yaml. Default: the only one.",
)
@click.option(
    "--apply",
    "applied",
    is_flag=True,
    help="Write the grades, and read them back. Without it, nothing is written.",
)
@click.option(
    "--students",
    callback=options.utf8,
    metavar="NAMES",
    help="Only these, with commas between, or @FILE with one name in each line. Default: all.",
)
@click.option(
    "--replace",
    "replaced",
    multiple=True,
    callback=lambda ctx, param, value: tuple(options.utf8(ctx, param, one) for one in value),
    metavar="STUDENT",
    help="Overwrite this student's grade though somebody set or removed it there. May be given "
    "several times.",
)
@options.signed_by
@options.course
@options.store
@options.language
def command(  # noqa: PLR0913 - an argument for each option
    *,
    lab: str,
    name: str | None,
    applied: bool,
    students: str | None,
    replaced: tuple[str, ...],
    by: str | None,
    course: str | None,
    store: str | None,
    language: Language,
) -> int:
    """Show what is to be written of the grades of LAB to a platform, and write it with --apply.

    A grade that somebody set or changed there is kept. What needs review is no grade yet. Whatever
    is written is read back, and only that is believed; the same command goes on where it was
    stopped, and writes nothing where all is there already. docs/lms.md shows it for each platform.

    Exit status: 0 all grades are there, or would be, or were set there by somebody; 1 some need a
    person first, and are listed; 2 wrong use or a broken file; 3 the platform did not do what we
    asked; 130 interrupted.
    """
    from pathlib import Path

    from grader.cli._store import open_store
    from grader.cli._students import names
    from grader.cli._upload import Upload
    from grader.course import load_lab
    from grader.layout import find_root
    from grader.targets import target

    root = find_root(Path(course) if course else None)
    wanted = load_lab(root, lab)
    chosen = target(root, name)
    with open_store(root, store, must_exist=True) as opened, chosen.connect() as lms:
        upload = Upload(root, wanted, chosen, lms, opened, language)
        upload.choose(names(students), replaced)
        return upload.apply(by) if applied else upload.show()
