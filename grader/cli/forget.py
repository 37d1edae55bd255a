"""`grade forget STUDENT`: remove all that is kept of a student."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli import _options as options

if TYPE_CHECKING:
    from grader.uploading.account_map import Line


@click.command(
    short_help="Remove all that is kept of a student.",
    epilog="Example: grade forget alice --yes",
)
@click.argument("student", callback=options.utf8)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.course
@options.store
def command(*, student: str, yes: bool, course: str | None, store: str | None) -> int:
    """Remove STUDENT's attempts, evidence, results and history from the store, and the files.

    The database is written anew, so nothing stays in its free pages. Folders of results and
    handouts go, reports of classes and logs that name the student, and the line of the student in
    accounts/. What the student handed in (submissions/) is not touched, nor are roster.csv, copies
    that you made elsewhere, and grades on a learning platform.
    """
    from grader.cli._named import (
        class_reports,
        grade_files,
        logs,
        notes_about_others,
        roster,
    )
    from grader.cli._results import results_base, shown, store_file
    from grader.cli._screen import say
    from grader.cli._store import open_store
    from grader.errors import UsageError
    from grader.layout import find_root, student_folder
    from grader.submissions import check_name

    check_name(student)
    root = shown(find_root(Path(course) if course else None))
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nothing was removed: nobody can be asked", fix="say --yes")
        click.confirm(f"Remove all that is kept of {student!r}?", abort=True)
    lines = _accounts(root, student)
    gone = [f"the line in {file}" for file in lines]
    if store or store_file(root).exists():
        with open_store(root, store, must_exist=True) as opened:
            forgotten = opened.forget(student)
        gone += [
            f"from the table {table}: {count}" for table, count in forgotten.rows.items() if count
        ]
        gone += [str(file) for file in forgotten.files]
    gone += [str(folder) for folder in _folders(root, results_base(root), student)]
    for file in class_reports(results_base(root), student):
        gone.append(f"{_without(file)}, which may name the student: `grade report` writes it anew")
    gone += [str(_without(file)) for file in logs(results_base(root), student)]
    say("".join(f"removed {what}\n" for what in gone) or f"nothing is kept of {student!r}\n")
    for file in notes_about_others(results_base(root), student):
        say(f"still named, because it is about somebody else: {file}\n")
    if (handed_in := student_folder(root, student)) is not None:
        say(f"still there, because it is the student's own: {handed_in}\n")
    for file in roster(root, student):
        say(f"still there, because it says who is in the course: {file}\n")
    known_as = {name for line in lines.values() for name in (line.name, line.email, line.login)}
    for file in grade_files(root, student, *sorted(known_as)):
        say(f"still there, because it goes to a platform: {file}\n")
    return 0


def _accounts(root: Path, student: str) -> dict[Path, Line]:
    """Remove a student's lines from the maps of all targets, and return them.

    Raises CourseError for a broken map, OutputError for one that cannot be written.
    """
    from grader.cli._results import write_all
    from grader.uploading.account_map import line_of, maps, read, render, without

    found = {file: read(file) for file in maps(root)}
    gone = {file: line for file, lines in found.items() if (line := line_of(lines, student))}
    left = {file: render(without(found[file], line)) for file, line in gone.items()}
    write_all(left, private=True)
    return gone


def _without(file: Path) -> Path:
    """Remove a file, and return it. Raises OutputError."""
    from grader.errors import OutputError

    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        problem = f"cannot remove {file}: {error.strerror}"
        raise OutputError(problem, fix="make it writable, and say it again") from error
    return file


def _folders(root: Path, results: Path, student: str) -> list[Path]:
    """Remove a student's folders of results and handouts, and return them."""
    from grader.cli._store import EVIDENCE
    from grader.errors import OutputError

    names = {unicodedata.normalize(form, student) for form in ("NFC", "NFD")}
    folders = [
        folder
        for base in (results, root / "handouts")
        for lab in (sorted(base.iterdir()) if base.is_dir() else [])
        if lab.name != EVIDENCE
        for name in sorted(names)
        if (folder := lab / name).is_dir()
    ]
    for folder in folders:
        try:
            if folder.is_symlink():
                folder.unlink()
            else:
                shutil.rmtree(folder)
        except OSError as error:
            problem = f"cannot remove {folder}: {error.strerror}"
            raise OutputError(problem, fix="make it writable, and say it again") from error
    return folders
