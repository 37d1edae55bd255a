"""`grade attempts LAB --student NAME`: what a student's attempts earned, and which one counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(
    short_help="List a student's attempts, and which one counts.",
    epilog="Example: grade attempts lab6-1 --student alice",
)
@click.argument("lab")
@options.student
@options.course
@options.values
@options.language
@options.results
def command(
    *,
    lab: str,
    student: str,
    course: str | None,
    values_file: str | None,
    language: Language,
    results: str | None,
) -> int:
    """List the attempts of one student at LAB as the rubric scores them now; writes nothing.

    They are kept where the rubric says `attempts: best` or `attempts: last`. The exit status is
    that of the attempt that counts.
    """
    from pathlib import Path

    from grader.cli._attempts import Attempts, table
    from grader.cli._outputs import status_of
    from grader.cli._results import results_folder, shown
    from grader.cli._screen import say
    from grader.course import load_lab, load_rubric
    from grader.errors import UsageError
    from grader.layout import find_root, rubric_file
    from grader.personal.given import values_for
    from grader.submissions import check_name

    check_name(student)
    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    values = values_for(root, wanted, student, Path(values_file) if values_file else None)
    rubric = load_rubric(root, wanted, values)
    if rubric.attempts is None:
        fix = "write 'attempts: best' or 'attempts: last' into it; from then on they are kept"
        raise UsageError("no attempts are kept", file=rubric_file(root, wanted.id), fix=fix)
    folder = Path(results) if results else results_folder(root, wanted.id, student)
    standing = Attempts(folder, rubric, wanted, student, rubric.attempts).standing()
    if standing is None:
        fix = f"run `grade {wanted.id} --student {student}` first"
        raise UsageError("there is no attempt yet", file=folder, fix=fix)
    say(table(standing, wanted.time_zone, language))
    return status_of(standing.result)
