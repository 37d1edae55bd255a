"""`grade rescore LAB --student NAME`: score a stored record with the rubric as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(
    short_help="Score a stored record again, without an engine.",
    epilog="Example: grade rescore lab6-1 --student alice",
)
@click.argument("lab")
@options.student
@options.course
@click.option(
    "--evidence",
    type=options.FILE,
    metavar="FILE",
    help="The record to score. Default: evidence.json in the folder of results.",
)
@options.submitted_at
@options.values
@options.language
@options.results
@options.reports
def command(
    *,
    lab: str,
    student: str,
    course: str | None,
    evidence: str | None,
    submitted_at: str | None,
    values_file: str | None,
    language: Language,
    results: str | None,
    **report_files: str | None,
) -> int:
    """Score again what `grade LAB --student NAME` recorded, and write the reports anew.

    Nothing is typed and no engine is needed. With an unchanged rubric, the reports come out the
    same, byte for byte, but for the text of hidden criteria, once it may be shown. Where the rubric
    keeps attempts, all of them are scored anew.
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from grader.cli._evidence import load
    from grader.cli._outputs import choose_outputs, publish
    from grader.cli._results import results_folder, shown
    from grader.cli._screen import say
    from grader.cli._teacher import Teacher
    from grader.cli._times import when_submitted
    from grader.course import load_lab, load_rubric
    from grader.layout import find_root
    from grader.reports import Graded
    from grader.scoring import score
    from grader.submissions import check_name

    check_name(student)
    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    at = when_submitted(submitted_at, wanted)
    teacher = Teacher.of(root, wanted, student, values_file)
    rubric = load_rubric(root, wanted, teacher.own)
    folder = Path(results) if results else results_folder(root, wanted.id, student)
    given = options.given_files(report_files)
    kept = Path(evidence) if evidence else None
    outputs = choose_outputs(folder, given, kept, evidence_is_there=True)
    record = load(outputs.evidence, lab=wanted.id, student=student)
    if at is not None:
        record = record.model_copy(update={"submitted_at": at})
    result = score(rubric, wanted, record, now=datetime.now(UTC))
    status = publish(Graded(result, wanted, record), language, outputs)
    teacher.note(folder, record)
    if rubric.attempts is not None:
        from grader.cli._attempts import Attempts, line

        attempts = Attempts(folder, rubric, wanted, student, rubric.attempts)
        say(line(*attempts.rescore(record, at, language), language))
    return status
