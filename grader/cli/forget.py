"""`grade forget STUDENT`: remove all that is kept of a student."""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from pathlib import Path

import click

from grader.cli import _options as options


@click.command(
    short_help="Remove all that is kept of a student.",
    epilog="Example: grade forget alice --yes",
)
@click.argument("student", callback=options.utf8)
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.course
@options.store
def command(*, student: str, yes: bool, course: str | None, store: str | None) -> int:
    """Remove STUDENT's attempts, evidence, results and history from the store, and the folders.

    The database is written anew, so nothing stays in its free pages. What the student handed in
    (submissions/) is not touched, nor are copies that you made elsewhere.
    """
    from grader.cli._screen import say
    from grader.cli._store import FILE, open_store, results_base
    from grader.errors import UsageError
    from grader.layout import find_root, student_folder
    from grader.submissions import check_name

    check_name(student)
    root = find_root(Path(course) if course else None)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nothing was removed: nobody can be asked", fix="say --yes")
        click.confirm(f"Remove all that is kept of {student!r}?", abort=True)
    gone: list[str] = []
    if store or (results_base(root) / FILE).exists():
        with open_store(root, store, must_exist=True) as opened:
            forgotten = opened.forget(student)
        gone += [
            f"from the table {table}: {count}" for table, count in forgotten.rows.items() if count
        ]
        gone += [str(file) for file in forgotten.files]
    gone += [str(folder) for folder in _folders(root, results_base(root), student)]
    say("".join(f"removed {what}\n" for what in gone) or f"nothing is kept of {student!r}\n")
    for file in _class_reports(results_base(root), student):
        say(f"still named: {file}; write it anew with `grade report`, or remove it\n")
    for file in _named_elsewhere(results_base(root), student):
        say(f"still named, because it is about somebody else: {file}\n")
    if (handed_in := student_folder(root, student)) is not None:
        say(f"still there, because it is the student's own: {handed_in}\n")
    return 0


def _class_reports(results: Path, student: str) -> list[Path]:
    """Return the reports of classes that may name this student.

    In some of them names are escaped, so the longest part is looked for that stays as it is.
    """
    from grader import class_reports

    longest = max(re.findall(r"\w+", student) or [student], key=len)
    names = {class_reports.load_format(name).FILE for name in class_reports.known_formats()}
    return [
        file
        for name in sorted(names)
        for file in sorted(results.glob(f"*/{name}"))
        if longest in file.read_text(encoding="utf-8", errors="replace")
    ]


def _named_elsewhere(results: Path, student: str) -> list[Path]:
    """Return the notes about other students' submissions in which this student is named."""
    from grader.cli._teacher import FILE

    name = json.dumps(student, ensure_ascii=False)
    return [
        file
        for file in sorted(results.glob(f"*/*/{FILE}"))
        if name in file.read_text(encoding="utf-8")
    ]


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
