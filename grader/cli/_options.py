"""The options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from grader.cli._screen import locale_language
from grader.reports import ALWAYS, written_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Command = TypeVar("Command", bound="Callable[..., object]")

FILE = click.Path(dir_okay=False)


def utf8(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse what records and reports cannot hold: the shell hands on any bytes."""
    if value is not None and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            message = f"{value!r} is not UTF-8; rename the file or folder"
            raise click.BadParameter(message, ctx, param) from None
    return value


course = click.option(
    "--course",
    callback=utf8,
    metavar="DIR",
    help="Folder with labs/ and rubrics/. Default: the nearest one above this folder, "
    "else the course that came with the program.",
)
student = click.option(
    "--student", callback=utf8, required=True, metavar="NAME", help="Who handed it in."
)
language = click.option(
    "--lang",
    "language",
    type=click.Choice(["ko", "en"]),
    default=locale_language,
    help="Language of the reports. Default: the language of the locale.",
)
submitted_at = click.option(
    "--submitted-at",
    metavar="TIME",
    help="When it was handed in, such as '2026-12-01 18:00' (in the lab's time zone) or "
    "'2026-12-01 18:00+09:00'; for labs that take points off for lateness.",
)
values = click.option(
    "--values",
    "values_file",
    type=FILE,
    metavar="FILE",
    help="The student's own values, as `grade handout --values-to FILE` wrote them; for labs with "
    "values, where the course's secret is not at hand.",
)
results = click.option(
    "--results",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Folder for all reports. Default: results/LAB/NAME in the course.",
)

store = click.option(
    "--store",
    envvar="GRADE_STORE",
    callback=utf8,
    metavar="PLACE",
    help="The store of grades: a file, or postgresql://USER@HOST/DATABASE. Default: GRADE_STORE, "
    "else results/grades.db in the course.",
)
why = click.option(
    "--why", callback=utf8, required=True, metavar="TEXT", help="The reason, for the history."
)
signed_by = click.option(
    "--by",
    callback=utf8,
    metavar="NAME",
    help="Who changes the score. Default: the user of this machine.",
)


def reports(command: Command) -> Command:
    """Add `--FORMAT FILE` for every format that is written to a file."""
    for name in reversed(written_formats()):
        option = click.option(
            f"--{name}",
            f"{name}_file",
            type=FILE,
            metavar="FILE",
            help=f"Write the {name} report here{_instead(name)}.",
        )
        command = option(command)
    return command


def _instead(name: str) -> str:
    return " instead of into the folder of results" if name in ALWAYS else ""


def given_files(report_files: Mapping[str, str | None]) -> dict[str, Path | None]:
    """Return the files that were given for the formats that are written."""
    from pathlib import Path

    return {
        name: Path(file) if (file := report_files[f"{name}_file"]) else None
        for name in written_formats()
    }
