"""`grade handout LAB --student NAME`: a student's own page, with the values of that student."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.lab import Lab
    from grader.model.record import Language


@click.command(
    short_help="Write a student's own handout, as Markdown and HTML.",
    epilog="Example: grade handout lab6-3 --student alice --student bob --lang ko",
)
@click.argument("lab")
@click.option(
    "--student",
    "students",
    multiple=True,
    callback=lambda ctx, param, value: tuple(options.utf8(ctx, param, one) for one in value),
    metavar="NAME",
    help="Whose page; may be given several times.",
)
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="The pages of all students in roster.csv and submissions/.",
)
@click.option(
    "--example",
    is_flag=True,
    help="The page of the example student, whose values `grade record` and proofs take: no secret "
    "is needed.",
)
@options.course
@options.values
@options.language
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Folder for the pages; each student gets a folder in it. Default: handouts/LAB in the "
    "course.",
)
@click.option(
    "--values-to",
    type=options.FILE,
    metavar="FILE",
    help="Also write the values of the one student here, for `grade LAB --values FILE`.",
)
def command(  # noqa: PLR0913 - an argument for each option
    *,
    lab: str,
    students: tuple[str, ...],
    everybody: bool,
    example: bool,
    course: str | None,
    values_file: str | None,
    language: Language,
    output: str | None,
    values_to: str | None,
) -> int:
    """Write the handout of LAB for one or more students: FOLDER/NAME/LAB.LANG.md and .html.

    In a lab with values, each page has those of its student, for which the course's secret is
    needed. The HTML is one file that needs no network.
    """
    from pathlib import Path

    from grader.cli._results import check_writable, shown, write_all, written_folder
    from grader.cli._screen import say
    from grader.course import load_lab
    from grader.layout import find_root
    from grader.personal.derivation import example_values
    from grader.personal.given import dump, values_for
    from grader.submissions import check_name

    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    names = _names(root, students, everybody=everybody, example=example)
    if len(names) > 1:
        _refuse_for_many(values_to, values_file)
    folder = Path(output) if output else written_folder(root, "handouts") / wanted.id
    given = Path(values_file) if values_file else None
    texts: dict[Path, str] = {}
    for name in names:
        check_name(name)
        values = example_values(wanted) if example else values_for(root, wanted, name, given)
        texts |= _pages(root, folder, wanted, name, values, language)
        if values_to:
            texts[Path(values_to)] = dump(_some(values, wanted))
    check_writable({f"the page {file.name}": file for file in texts})
    write_all(texts)
    say("".join(f"{shown(file)}\n" for file in texts))
    return 0


def _names(
    root: Path, students: tuple[str, ...], *, everybody: bool, example: bool
) -> tuple[str, ...]:
    """Return whose pages are wanted. Raises UsageError if that is nobody's."""
    from grader.errors import UsageError
    from grader.personal.derivation import EXAMPLE_STUDENT
    from grader.roster import known_students

    if example:
        if students or everybody:
            fix = "leave out --example, or --student and --all"
            raise UsageError("--example is a page of nobody in the course", fix=fix)
        return (EXAMPLE_STUDENT,)
    names = students + (known_students(root) if everybody else ())
    if not names and everybody:
        fix = "write roster.csv, with a column 'student', or name somebody with --student"
        raise UsageError("no student is known", file=root / "roster.csv", fix=fix)
    if not names:
        raise UsageError("whose page?", fix="name a student with --student, or all with --all")
    return tuple(dict.fromkeys(names))


def _refuse_for_many(values_to: str | None, values_file: str | None) -> None:
    from grader.errors import UsageError

    if values_to or values_file:
        option = "--values-to" if values_to else "--values"
        fix = "name one student"
        raise UsageError(f"{option} is for one student's values", fix=fix)


def _some(values: dict[str, str], lab: Lab) -> dict[str, str]:
    from grader.errors import UsageError

    if not values:
        problem = f"lab {lab.id!r} has no values of each student's own"
        raise UsageError(problem, fix="leave --values-to out")
    return values


def _pages(
    root: Path, folder: Path, lab: Lab, student: str, values: dict[str, str], language: Language
) -> dict[Path, str]:
    """Return the files of one student's page."""
    from grader.course import course_text
    from grader.layout import handout_file
    from grader.personal.page import page

    text = course_text(handout_file(root, lab.id, language), lab, values)
    text = text.replace("\r\n", "\n")
    stem = folder / student / f"{lab.id}.{language}"
    return {
        stem.with_name(f"{stem.name}.md"): text,
        stem.with_name(f"{stem.name}.html"): page(text, student, lab.title.in_(language), language),
    }
