"""`grade run LAB --student NAME`, or short `grade LAB --student NAME`: grade one submission."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.model.record import Language
    from grader.model.result import Result
    from grader.rubric import Rubric


@click.command(
    short_help="Grade a submission (the default command).",
    epilog="Example: grade lab6-1 --student alice --lang ko",
)
@click.argument("lab")
@options.student
@options.course
@click.option(
    "--submission",
    callback=options.utf8,
    metavar="PATH",
    help="What was handed in, a file or a folder. Default: submissions/NAME/LAB.sh in the course.",
)
@options.submitted_at
@options.values
@options.language
@options.results
@options.reports
@click.option(
    "--store",
    callback=options.utf8,
    metavar="PLACE",
    help="Also keep it in this store of grades: a file, or postgresql://USER@HOST/DATABASE.",
)
@click.option(
    "--evidence",
    type=options.FILE,
    metavar="FILE",
    help="Write the evidence here instead of into the folder of results.",
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
    results: str | None,
    evidence: str | None,
    store: str | None,
    **report_files: str | None,
) -> int:
    """Grade what one student handed in for LAB.

    The lines are typed again on the Docker engine, what happens is recorded and scored, and the
    reports are written and shown.
    """
    from functools import cache
    from pathlib import Path

    from grader.cli._results import check_writable
    from grader.cli._start import needs_workbench
    from grader.grading import Grading

    given = options.given_files(report_files)
    evidence_file = Path(evidence) if evidence else None
    check_writable(
        {f"--{name}": path for name, path in {**given, "evidence": evidence_file}.items() if path}
    )
    with Grading() as grading:
        if needs_workbench(course, lab, student, submission):
            grading.warm_up()
        # What takes long to import is imported while the workbench starts.
        from grader.cli._evidence import dump
        from grader.cli._outputs import choose_outputs, load_formats, publish, publish_fault
        from grader.cli._results import check_folder, results_folder, shown
        from grader.cli._screen import Progress
        from grader.cli._teacher import Teacher
        from grader.cli._times import when_submitted
        from grader.course import find_rubric, load_lab, load_rubric
        from grader.errors import SystemFault
        from grader.layout import find_root
        from grader.reports import Graded
        from grader.submissions import find, read

        root = shown(find_root(Path(course) if course else None))
        wanted = load_lab(root, lab)
        at = when_submitted(submitted_at, wanted)
        find_rubric(root, wanted)
        teacher = Teacher.of(root, wanted, student, values_file)
        path = find(root, wanted, student, Path(submission) if submission else None)
        handed_in = read(path, student, wanted)
        folder = Path(results) if results else results_folder(root, wanted.id, student)
        check_folder(folder)
        rubric = cache(lambda: load_rubric(root, wanted, teacher.own))
        with Progress(handed_in.text.rstrip("\n").count("\n") + 1, language) as progress:

            def on_step(line: int, text: str) -> None:
                load_formats()
                progress.step(line, text)

            try:
                record, result = grading.grade(wanted, rubric, handed_in, on_step, at)
            except SystemFault as fault:
                outputs = choose_outputs(folder, given, evidence_file)
                publish_fault(fault, rubric(), wanted, handed_in, language, outputs)
                raise
    outputs = choose_outputs(folder, given, evidence_file)
    status = publish(Graded(result, wanted, record), language, outputs, dump(record))
    teacher.note(folder, record, handed_in)
    _keep(store, root, folder, wanted, rubric(), record, result, language)
    return status


def _keep(
    store: str | None,
    root: Path,
    folder: Path,
    lab: Lab,
    rubric: Rubric,
    record: Evidence,
    result: Result,
    language: Language,
) -> None:
    """Keep the grading among the student's attempts, and in the store, where that is wanted."""
    if rubric.attempts is not None:
        from grader.cli._attempts import Attempts, line
        from grader.cli._screen import say

        attempts = Attempts(folder, rubric, lab, record.student, rubric.attempts)
        say(line(*attempts.add(record, language), language))
    if store:
        from grader.cli._store import keep, open_store

        with open_store(root, store) as opened:
            keep(opened, lab, rubric, record, result)
        return
    from grader.cli._results import store_file

    if (file := store_file(root)).exists():
        from grader.cli._screen import say
        from grader.cli._store import unchanged

        say(unchanged(root, file, lab, record.student, language))
