"""`grade lint [LAB …]`: what is wrong with the labs and rubrics of the course."""

from __future__ import annotations

import click

from grader.cli import _options as options


@click.command(
    short_help="Look for mistakes in labs and rubrics.", epilog="Example: grade lint lab6-1"
)
@click.argument("labs", nargs=-1, metavar="[LAB …]")
@options.course
def command(labs: tuple[str, ...], course: str | None) -> int:
    """Look for mistakes in the labs named and their rubrics, or in the whole course.

    Every mistake is one line, FILE:LINE:COLUMN: what is wrong, so that editors can jump to it. Ends
    with 0 where there is none, else with 2. A warning is about what may be meant as it stands.
    """
    from pathlib import Path

    from grader.cli._results import shown
    from grader.cli._screen import say
    from grader.cli._status import PASSED, USAGE
    from grader.course import lab_ids
    from grader.layout import find_root
    from grader.lint import findings
    from grader.reports._text import printable

    root = shown(find_root(Path(course) if course else None))
    found = findings(root, labs)
    say("".join(f"{printable(str(finding))}\n" for finding in found))
    count = len(labs or lab_ids(root))
    wrong = sum(not finding.warning for finding in found)
    mistakes = f"{wrong} mistake{'' if wrong == 1 else 's'}" if wrong else "no mistakes"
    if warnings := len(found) - wrong:
        mistakes += f", {warnings} warning{'' if warnings == 1 else 's'}"
    say(f"{count} lab{'' if count == 1 else 's'}: {mistakes}\n")
    return USAGE if wrong else PASSED
