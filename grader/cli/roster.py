"""`grade roster`: who the students are on a learning platform, as a map to be edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.model.record import Language


@click.command(
    short_help="Find out who the students are on a learning platform.",
    epilog="Example: grade roster --from moodle",
)
@click.option(
    "--from",
    "name",
    callback=options.utf8,
    metavar="NAME",
    help="A target of the course's course.yaml. Default: the only one.",
)
@options.course
@options.language
def command(*, name: str | None, course: str | None, language: Language) -> int:
    """Match the students with the participants of a platform's course: accounts/NAME.csv.

    Students are those of roster.csv and of submissions/. Somebody is taken for a student only
    where a login, an e-mail or an id of the school in roster.csv says so, or is the student's
    name itself. Nobody is guessed: lines without an account are yours to fill in, and what you
    write stays.
    docs/lms.md says more.

    Exit status: 0 each student has an account, or none by your word; 1 some have none; 2 for some
    it is not clear which one, or a file is broken; 3 the platform did not answer.
    """
    from pathlib import Path

    from grader.cli._results import check_writable, shown, write_all
    from grader.cli._roster_screen import show
    from grader.cli._screen import say
    from grader.cli._status import BELOW_PASS_MARK, PASSED
    from grader.errors import UsageError
    from grader.layout import find_root
    from grader.roster import known_students, school_records
    from grader.targets import target
    from grader.uploading.account_map import map_file, read, render, renewed, unclear

    root = shown(find_root(Path(course) if course else None))
    chosen = target(root, name)
    if not chosen.settings.by_account:
        fix = "upload at once: `grade upload LAB`"
        raise UsageError(f"in {chosen.name!r}, students go by their names here", fix=fix)
    students, records = known_students(root), school_records(root)
    file = map_file(root, chosen.name)
    check_writable({"the map": file})
    read(file)
    with chosen.connect() as lms:
        participants = lms.participants()
    old = read(file)  # as it is now
    new = list(renewed(old, students, records, participants))
    # It holds names and addresses: not for others here, nor for whoever sees the repository.
    texts = {file: render(one.line for one in new)}
    if not file.parent.exists():
        texts[file.parent / ".gitignore"] = "*\n"
    write_all(texts, private=True)
    say(show(chosen.name, old, new, participants, students, language))
    say({"ko": "저장: ", "en": "written: "}[language] + f"{file}\n")
    if error := unclear(new, file):
        raise error
    missing = any(one.state in {"not-found", "gone"} for one in new)
    return BELOW_PASS_MARK if missing else PASSED
