"""`grade report LAB`: the report of a class, or of one student, from the store of grades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader import class_reports, reports
from grader.cli import _options as options

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from grader.model.lab import Lab
    from grader.model.record import Language
    from grader.store import Store

DEFAULT = "html"


@click.command(
    short_help="Write the report of a class, or of one student.",
    epilog="Example: grade report lab6-1 --as csv -o grades.csv",
)
@click.argument("lab")
@click.option(
    "--student", callback=options.utf8, metavar="NAME", help="Only this one. Default: the class."
)
@click.option(
    "--as",
    "name",
    metavar="FORMAT",
    help=f"Of a class: {', '.join(class_reports.known_formats())}; of one student: "
    f"{', '.join(reports.known_formats())}. Default: {DEFAULT}.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Where to write it; - is the standard output. Default: in results/LAB of the course.",
)
@options.course
@options.store
@options.language
def command(
    *,
    lab: str,
    student: str | None,
    name: str | None,
    output: str | None,
    course: str | None,
    store: str | None,
    language: Language,
) -> int:
    """Write how all students stand in LAB, or the report of one student.

    All comes from the store, with the points that were given by hand. Who is in roster.csv or has a
    folder in submissions/ and no result is told, and gets no points, not even zero.
    """
    from pathlib import Path

    from grader.cli._results import check_writable, shown, write_all
    from grader.cli._screen import say
    from grader.cli._store import nobody, open_store
    from grader.course import load_lab
    from grader.layout import find_root

    root = find_root(Path(course) if course else None)
    wanted = load_lab(root, lab)
    file = _file(root, wanted, student, name, output)
    if file is not None:
        check_writable({"the report": file})
    with open_store(root, store, must_exist=True) as opened:
        if student is None:
            if next(opened.standings(wanted.id), None) is None:
                click.echo(nobody(wanted.id, language), nl=False, err=True)
            pieces = _class(root, wanted, name or DEFAULT, opened, language)
        else:
            pieces = _student(wanted, student, name or DEFAULT, opened, language)
        if file is not None:
            write_all({file: pieces})
        else:
            for piece in pieces:
                say(piece)
    if file is not None:
        say(f"{shown(file)}\n")
    return 0


def _file(
    root: Path, lab: Lab, student: str | None, name: str | None, output: str | None
) -> Path | None:
    """Return where the report goes; None for the standard output.

    Raises UsageError for an unknown format.
    """
    from pathlib import Path

    from grader.cli._results import results_folder
    from grader.submissions import check_name

    if student is None:
        of_one = f"; of one student, with --student: {', '.join(reports.known_formats())}"
        _check(name or DEFAULT, class_reports.known_formats(), "a class", of_one)
        own: str | None = class_reports.load_format(name or DEFAULT).FILE
        folder = results_folder(root, lab.id, "any").parent
    else:
        check_name(student)
        of_all = f"; of a class, without --student: {', '.join(class_reports.known_formats())}"
        _check(name or DEFAULT, reports.known_formats(), "one student", of_all)
        own = reports.load_format(name or DEFAULT).FILE
        folder = results_folder(root, lab.id, student)
    if output == "-" or (output is None and own is None):
        return None
    return Path(output) if output else folder / str(own)


def _check(name: str, known: tuple[str, ...], whom: str, others: str) -> None:
    from grader.errors import UsageError
    from grader.wording import did_you_mean

    if name not in known:
        problem = f"there is no report {name!r} of {whom}{did_you_mean(name, known)}"
        raise UsageError(problem, fix=f"known: {', '.join(known)}{others}")


def _class(root: Path, lab: Lab, name: str, store: Store, language: Language) -> Iterable[str]:
    from datetime import UTC, datetime

    from grader.course import load_rubric
    from grader.gradebook import gradebook

    book = gradebook(root, lab, load_rubric(root, lab), store, datetime.now(UTC))
    return class_reports.load_format(name).render(book, language)


def _student(lab: Lab, student: str, name: str, store: Store, language: Language) -> Iterable[str]:
    from grader.cli._store import standing_of

    standing = standing_of(store, lab, student)
    graded = reports.Graded(standing.result, lab, store.evidence(standing.evidence))
    return [reports.load_format(name).render(graded, language)]
