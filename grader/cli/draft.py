"""`grade draft LAB`: propose a rubric from what the lab's solution did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options
from grader.cli.record import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.evidence import Evidence
    from grader.model.lab import Lab


@click.command(
    short_help="Propose a rubric from what a lab's solution did.",
    epilog="Example: grade draft lab6-1 --output -",
)
@click.argument("lab")
@options.course
@click.option(
    "--evidence",
    type=options.FILE,
    metavar="FILE",
    help=f"What the solution did. Default: results/LAB/{NAME}/evidence.json; where that is not "
    "there, or not of this solution, labs/LAB/solution.sh is typed on the engine.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write the rubric here; - shows it. Default: rubrics/LAB.yaml.",
)
@click.option("--force", is_flag=True, help="Replace a rubric that is there.")
def command(
    *, lab: str, course: str | None, evidence: str | None, output: str | None, force: bool
) -> int:
    """Write a draft of LAB's rubric, from what its solution did, to be edited by its author.

    It asks for containers, files, volumes, networks, images and for what was looked at, in the
    order of the lab. The solution has all points of it, and an empty submission none.
    """
    from pathlib import Path

    from grader.cli._results import check_writable, shown, write_all
    from grader.cli._screen import say
    from grader.course import load_lab
    from grader.drafting.draft import draft
    from grader.drafting.text import render
    from grader.errors import UsageError
    from grader.importing.writing import header, schemas
    from grader.layout import find_root, rubric_file

    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    if wanted.kind == "quiz":
        fix = "write its rubric by hand: the right answers are nowhere but in its author's head"
        raise UsageError(f"{wanted.id} is a quiz: nothing is typed", fix=fix)
    file = Path(output) if output else rubric_file(root, wanted.id)
    if output != "-":
        if file.exists() and not force:
            fix = "replace it with --force, or write the draft elsewhere with --output FILE"
            raise UsageError("there is a rubric already", file=file, fix=fix)
        check_writable({"the rubric": file})
    record = _solved(root, wanted, Path(evidence) if evidence else None)
    rubric, written = draft(record, wanted)
    folder, schema_files = schemas(root)
    text = header(folder, "rubric") + render(written, wanted)
    if output == "-":
        say(text)
        return 0
    write_all({file: text} | {root / name: schema for name, schema in schema_files.items()})
    say(f"{len(rubric.criteria)} criteria:\n  {shown(file)}\n")
    say(f"next: edit it, then\n  grade lint {wanted.id}\n  grade prove {wanted.id}\n")
    return 0


def _solved(root: Path, lab: Lab, given: Path | None) -> Evidence:
    """Return what the solution did: as it is on record, or typed now.

    Raises EvidenceError or UsageError where there is neither record nor solution, and SystemFault
    where we failed.
    """
    import hashlib

    from grader.cli._evidence import FILE, read
    from grader.cli._results import results_folder
    from grader.errors import UsageError
    from grader.layout import solution_file

    if given is not None:
        return read(given, lab=lab.id)
    kept, solution = results_folder(root, lab.id, NAME) / FILE, solution_file(root, lab.id)
    if kept.is_file():
        evidence = read(kept, lab=lab.id)
        there = solution.read_bytes() if solution.is_file() else None
        digest = f"sha256:{hashlib.sha256(there or b'').hexdigest()}"
        if there is None or digest == evidence.submission_digest:
            return evidence
    if not solution.is_file():
        fix = f"record one with `grade record {lab.id}`, or name a record with --evidence FILE"
        raise UsageError("there is no solution", file=solution, fix=fix)
    return _typed(lab, solution)


def _typed(lab: Lab, solution: Path) -> Evidence:
    from grader.model.wanted import Wanted
    from grader.own_work import read_own
    from grader.recording import Recording

    submission = read_own(solution, NAME, lab)
    with Recording() as recording:
        recording.begin(lab, submission)
        return recording.finish(Wanted())
