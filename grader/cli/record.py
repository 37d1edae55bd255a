"""`grade record LAB`: work in a workbench, and keep the lines as the lab's solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from pathlib import Path

    from grader.cli._desk import Keyboard, Pipe
    from grader.model.evidence import Evidence
    from grader.model.lab import Lab
    from grader.rubric import Rubric

NAME = "solution"
"""In place of a student's name: the evidence lies where a student's would."""
WELCOME = """\
Every line that you type becomes a line of {file}; lines that begin with # are comments.
Keys are lines of their own, such as <ctrl-p><ctrl-q>. Ctrl-D at the prompt 'host$' ends.
"""


@click.command(
    short_help="Work on a lab, and keep the lines as its solution.",
    epilog="Example: grade record lab6-1, or: grade record lab6-1 < lines.sh",
)
@click.argument("lab")
@options.course
@click.option(
    "--files",
    type=click.Path(file_okay=False, exists=True),
    metavar="FOLDER",
    help="Put the files of this folder into /lab first, as those of a submission.",
)
@click.option("--force", is_flag=True, help="Replace a solution that is there, without a question.")
@click.option(
    "--evidence",
    type=options.FILE,
    metavar="FILE",
    help=f"Write the evidence here instead of into results/LAB/{NAME}/.",
)
def command(
    *, lab: str, course: str | None, files: str | None, force: bool, evidence: str | None
) -> int:
    """Open a workbench with the rules of LAB, type in it, and keep every line.

    The lines become labs/LAB/solution.sh, and what happened becomes evidence, from which
    `grade draft LAB` proposes a rubric. Lines can also come from a pipe. Time to think does not
    count; whatever goes wrong, what was typed is kept in solution.sh.partial.
    """
    import hashlib
    from pathlib import Path

    from grader.cli._desk import desk_for
    from grader.cli._evidence import FILE, dump
    from grader.cli._results import check_writable, results_folder, shown, write_all
    from grader.cli._screen import say
    from grader.course import load_lab, load_rubric
    from grader.errors import UsageError
    from grader.layout import find_root, rubric_file, solution_file
    from grader.personal.derivation import example_values
    from grader.personal.filling import named

    root = shown(find_root(Path(course) if course else None))
    wanted = load_lab(root, lab)
    if wanted.kind == "quiz":
        fix = "write the answers into a file, as students do"
        raise UsageError(f"{wanted.id} is a quiz: nothing is typed", fix=fix)
    file = solution_file(root, wanted.id)
    kept = Path(evidence) if evidence else results_folder(root, wanted.id, NAME) / FILE
    check_writable({"the solution": file, "the evidence": kept})
    rubric = load_rubric(root, wanted) if rubric_file(root, wanted.id).exists() else None
    values = example_values(wanted) if wanted.values else {}
    desk = desk_for(file, values, force=force)
    if desk.person:
        say(WELCOME.format(file=file))
        say("".join(f"Your {{{{{name}}}}} is {value}\n" for name, value in values.items()))
    try:
        record = _record(desk, wanted, rubric, file, files)
        text = named(_text(desk), values)
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        record = record.model_copy(update={"submission_digest": digest})
        say(f"\n\n{text}\n")
        if file.exists() and not (force or click.confirm(f"{file} is there: replace it?")):
            _keep(desk, file)
            return 0
        write_all({file: text, kept: dump(record)})
    except BaseException:
        _keep(desk, file)
        raise
    say(f"solution:\n  {shown(file)}\nevidence:\n  {shown(kept)}\n")
    say(_slow(record, wanted))
    me = f"--student me --submission {shown(file)}"
    say(f"next:\n  grade {wanted.id} {me}\n  grade draft {wanted.id}\n")
    return 0


def _record(
    desk: Pipe | Keyboard, lab: Lab, rubric: Rubric | None, file: Path, files: str | None
) -> Evidence:
    """Return what happened, once everything is typed. Raises SystemFault where we failed."""
    from grader.model.submission import Submission
    from grader.model.wanted import Wanted
    from grader.recording import Recording

    wanted = rubric.wanted() if rubric else Wanted()
    submission = Submission(student=NAME, path=str(file), digest="", text="", folder=files)
    with desk, Recording() as recording:
        recording.begin(lab, submission, desk=desk)
        return recording.finish(wanted, meanwhile=desk.serve)


def _text(desk: Pipe | Keyboard) -> str:
    """Return what was typed, as a file. Raises UsageError if that is nothing."""
    from grader.errors import UsageError

    text = "\n".join(desk.lines).rstrip("\n") + "\n"
    if not text.strip():
        raise UsageError("nothing was typed", fix="type the lines of the lab; or pipe them in")
    return text


def _keep(desk: Pipe | Keyboard, file: Path) -> None:
    """Write what was typed beside the solution, whatever else went wrong."""
    from grader.cli._results import shown, write_all
    from grader.cli._screen import say

    if any(line.strip() for line in desk.lines):
        partial = file.with_name(f"{file.name}.partial")
        write_all({partial: _text(desk)})
        say(f"\nwhat was typed is kept:\n  {shown(partial)}\n")


def _slow(evidence: Evidence, lab: Lab) -> str:
    """Return a warning of lines that a replay would interrupt, empty if there are none."""
    most = lab.limits.step_seconds
    slow = [step for step in evidence.steps if step.end == "prompt" and step.seconds > most]
    lines = ", ".join(str(step.line) for step in slow)
    plural = "s" if len(slow) > 1 else ""
    if not slow:
        return ""
    return (
        f"careful: line{plural} {lines} took longer than the lab's {most:g} seconds for a line; "
        "students' lines are interrupted then, see limits.step_seconds\n"
    )
