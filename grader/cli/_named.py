"""Files beside the store that name a student: reports of classes, logs of our faults, notes."""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path


def class_reports(results: Path, student: str) -> Iterator[Path]:
    """Yield the reports of classes that may name a student.

    In some of them names are escaped, so the longest part is looked for that stays as it is.
    """
    from grader.class_reports import known_formats, load_format

    longest = max(re.findall(r"\w+", student) or [student], key=len)
    for name in sorted({load_format(name).FILE for name in known_formats()}):
        for file in sorted(results.glob(f"*/{name}")):
            if _holds(file, re.compile(re.escape(longest))):
                yield file


def logs(results: Path, student: str) -> Iterator[Path]:
    """Yield the logs of our own faults in a course that name a student, as the command line did.

    One that does not say in which course it was written may be of this one.
    """
    from grader.cli._failures import log_files, results_line

    ours = re.escape(results_line(results))
    of_others = re.compile(rf"^(?!{ours}$)results: ", re.MULTILINE)
    for file in log_files():
        if _holds(file, _word(student)) and not _holds(file, of_others):
            yield file


def roster(root: Path, student: str) -> Iterator[Path]:
    """Yield the roster if a student is in it."""
    from grader.roster import FILE

    if _holds(root / FILE, _word(student)):
        yield root / FILE


def grade_files(root: Path, *names: str) -> Iterator[Path]:
    """Yield the files of grades for platforms in which a student is named.

    In some of them, students have the names and addresses that they have on the platform.
    """
    from grader.errors import CourseError
    from grader.targets import targets

    files = set((root / "grades").glob("*.csv"))
    with contextlib.suppress(CourseError):  # what can be removed is removed all the same
        named = (item for one in targets(root).values() for item in one.settings.items.values())
        given = {root / item for item in named if isinstance(item, str)}
        files |= given | {file.with_suffix(f".filled{file.suffix}") for file in given}
    words = [_word(name) for name in names if name]
    there = (file for file in sorted(files) if file.is_file())
    return (file for file in there if any(_holds(file, word) for word in words))


def notes_about_others(results: Path, student: str) -> Iterator[Path]:
    """Yield the notes about other students' submissions in which a student is named."""
    from grader.cli._teacher import FILE

    name = re.compile(re.escape(json.dumps(student, ensure_ascii=False)))
    return (file for file in sorted(results.glob(f"*/*/{FILE}")) if _holds(file, name))


def _word(student: str) -> re.Pattern[str]:
    """Return what finds a name, but not as a part of another one."""
    forms = {unicodedata.normalize(form, student) for form in ("NFC", "NFD")}
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, forms))})(?![\w.-])")


def _holds(file: Path, name: re.Pattern[str]) -> bool:
    with contextlib.suppress(OSError):  # another user's, or gone meanwhile
        return name.search(file.read_text(encoding="utf-8", errors="replace")) is not None
    return False
