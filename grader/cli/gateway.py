"""`grade gateway LAB`: open one session's gateway for any other Docker client."""

from __future__ import annotations

import contextlib

import click

from grader.cli import _options as options

ANYONE = "anyone"
"""Whose evidence it is, unless somebody says so."""


@click.command(
    short_help="Open a session's gateway for another Docker client.",
    epilog="Example: grade gateway lab6-1 --for 600",
)
@click.argument("lab")
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=0, max=86400),
    metavar="SECONDS",
    help="How long to serve. Default: until ctrl-C.",
)
@click.option(
    "--student",
    callback=options.utf8,
    default=ANYONE,
    metavar="NAME",
    help=f"Whose evidence it is. Default: {ANYONE}.",
)
@options.course
@options.results
@click.option(
    "--evidence",
    type=options.FILE,
    metavar="FILE",
    help="Write the evidence here instead of into the folder of results.",
)
def command(
    *,
    lab: str,
    seconds: float | None,
    student: str,
    course: str | None,
    results: str | None,
    evidence: str | None,
) -> int:
    """Open a private view of the Docker engine, with the rules of LAB, and say where it is.

    The first line is DOCKER_HOST=unix://…, for any Docker client. Ctrl-C ends it: then what was
    done is written as evidence, which `grade rescore` can score, and everything is removed.
    """
    from pathlib import Path

    from grader.cli._evidence import FILE, dump
    from grader.cli._results import check_writable, results_folder, shown, write_all
    from grader.cli._screen import say
    from grader.course import load_lab, load_rubric
    from grader.errors import UsageError
    from grader.layout import find_root, rubric_file
    from grader.model.wanted import Wanted
    from grader.personal.given import values_for
    from grader.serving import Serving
    from grader.submissions import check_name

    check_name(student)
    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    if wanted.kind == "quiz":
        fix = "name a lab that is typed; `grade labs` lists all"
        raise UsageError(f"{wanted.id} is a quiz: it needs no Docker engine", fix=fix)
    has_rubric = rubric_file(root, wanted.id).exists()
    values = values_for(root, wanted, student) if has_rubric else {}
    rubric = load_rubric(root, wanted, values) if has_rubric else None
    folder = Path(results) if results else results_folder(root, wanted.id, student)
    file = Path(evidence) if evidence else folder / FILE
    check_writable({"the evidence": file})
    with Serving(wanted, rubric.wanted() if rubric else Wanted()) as serving:
        # However it is told to end, there is something to write.
        with contextlib.suppress(KeyboardInterrupt):
            say(f"DOCKER_HOST=unix://{serving.socket}\n")
            serving.wait(seconds)
        record = serving.finish(student)
    write_all({file: dump(record)})
    say(f"evidence:\n  {shown(file)}\n")
    return 0
