"""`grade history LAB [--student NAME]`: how scores came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.lab import Lab
    from grader.model.record import Language
    from grader.store.standing import Change, Line


@click.command(
    short_help="Show who changed a score, when and why.",
    epilog="Example: grade history lab6-1 --student alice",
)
@click.argument("lab")
@click.option(
    "--student",
    callback=options.utf8,
    metavar="NAME",
    help="The changes of this one's score. Default: all changes, each with its number of students.",
)
@options.course
@options.store
@options.language
def command(
    *, lab: str, student: str | None, course: str | None, store: str | None, language: Language
) -> int:
    """Show who changed scores for LAB, when and why, the oldest first; or one student's score.

    Each line ends with the change that it belongs to, for `grade undo`.
    """
    from pathlib import Path

    from grader.cli._screen import say
    from grader.cli._store import nobody, open_store
    from grader.course import load_lab
    from grader.layout import find_root

    root = find_root(Path(course) if course else None)
    wanted = load_lab(root, lab)
    with open_store(root, store, must_exist=True) as opened:
        if student is None:
            told = "".join(_change(one, wanted, language) for one in opened.changes(wanted.id))
            say(told or nobody(wanted.id, language))
            return 0
        lines = opened.history(wanted.id, student)
        known = [] if lines else [one.student for one in opened.standings(wanted.id)]
    if lines:
        say("".join(_told(line, wanted, language) for line in lines))
    else:
        say(_nothing(student, known, language))
    return 0


def _change(change: Change, lab: Lab, language: Language) -> str:
    from grader.cli._store import local
    from grader.reports._text import one_line

    whom = one_line(change.first)
    if change.students > 1:
        whom = f"{change.students}명" if language == "ko" else f"{change.students} students"
    who, why = one_line(change.who), one_line(change.why)
    return f"{local(change.at, lab)}  {whom}  {who}: {why}  [{change.id}]\n"


def _nothing(student: str, known: list[str], language: Language) -> str:
    from grader.reports._text import one_line
    from grader.wording import did_you_mean

    near = did_you_mean(student, known, most=3)
    if language == "ko":
        return one_line(f"{student!r}: 기록이 없습니다{near}") + "\n"
    return one_line(f"there is no history of {student!r}{near}") + "\n"


def _told(line: Line, lab: Lab, language: Language) -> str:
    from grader.cli._store import local
    from grader.reports._text import number, one_line

    before = "–" if line.before is None else number(line.before)
    after = "–" if line.after is None else number(line.after)
    ko = language == "ko"
    if line.criterion is None:
        what = "채점 결과" if ko else "result"
    elif line.given is None:
        what = f"{line.criterion}: 자동 채점" if ko else f"{line.criterion}: by the program again"
    else:
        points = number(line.given)
        what = f"{line.criterion}: {points}점" if ko else f"{line.criterion}: {points} by hand"
    who, why = one_line(line.who), one_line(line.why)
    return f"{local(line.at, lab)}  {before} → {after}  {what}  {who}: {why}  [{line.change}]\n"
