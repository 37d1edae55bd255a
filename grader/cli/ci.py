"""`grade ci LAB --student NAME`: grade one submission in a job of continuous integration."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.record import Language

HERE = "LAB.sh, LAB.yaml or the folder LAB, in this folder or in submissions/NAME"


def _share(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """Refuse what is no number, which no range refuses."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("'nan' is no number", ctx, param)
    return value


@click.command(
    short_help="Grade in a CI job: summary, annotations, outputs.",
    epilog="Example: grade ci lab6-1 --student alice --submission lab6-1.sh",
)
@click.argument("lab")
@options.student
@click.option(
    "--course",
    callback=options.utf8,
    metavar="DIR",
    help="Folder with labs/ and rubrics/. Default: the course that came with the program; never "
    "one that lies around the submission, which is the student's.",
)
@click.option(
    "--submission",
    callback=options.utf8,
    metavar="PATH",
    help=f"What was handed in, a file or a folder. Default: {HERE}.",
)
@options.submitted_at
@options.values
@options.language
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    callback=_share,
    metavar="PERCENT",
    help="The job fails below this share of the points. Default: the rubric's pass mark.",
)
@click.option(
    "--results",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Folder for the reports. Default: lab-grader/LAB, on a runner of GitHub in RUNNER_TEMP.",
)
def command(  # noqa: PLR0913 - an argument for each option
    *,
    lab: str,
    student: str,
    course: str | None,
    submission: str | None,
    submitted_at: str | None,
    values_file: str | None,
    language: Language,
    fail_under: float | None,
    results: str | None,
) -> int:
    """Grade what stands in a student's repository for LAB, as feedback.

    Reports that the student may read go into one folder. On a runner of GitHub, the summary of the
    run, annotations and the outputs of the step are written as well. The evidence is not kept: the
    grade comes from the teacher's own replay.
    """
    from pathlib import Path

    from grader.cli import _github as runner
    from grader.cli._failures import tell
    from grader.cli._feedback import Feedback, Job, grade

    job = Job(
        lab=lab,
        student=student,
        course=Path(course) if course else None,
        submission=Path(submission) if submission else None,
        submitted_at=submitted_at,
        values=Path(values_file) if values_file else None,
        language=language,
        fail_under=fail_under,
        folder=Path(results) if results else _folder(lab),
    )
    with runner.quiet():
        try:
            feedback = grade(job)
        except Exception as error:  # noqa: BLE001 - whatever it is, the student's page says so
            feedback = Feedback.of_error(error, job, tell(error, sys.argv[1:]))
    if runner.present():
        from grader.cli._screen import say

        runner.write_summary(feedback.summary)
        runner.write_outputs(feedback.outputs)
        say(feedback.annotations)
    return feedback.status


def _folder(lab: str) -> Path:
    from pathlib import Path

    from grader.cli import _github as runner

    return runner.folder_for(lab) if runner.present() else Path("lab-grader", lab)
