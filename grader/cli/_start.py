"""The first moment of a run: whether a workbench may start before anything is read properly.

A guess, made from names and sizes only, because reading takes the time that a workbench needs to
start. Where it is wrong, time is lost and nothing else: `grader.course` and `grader.submissions`
decide, and tell people what is missing.
"""

from __future__ import annotations

import re
from pathlib import Path

from grader import layout
from grader.errors import UsageError


def needs_workbench(course: str | None, lab: str, student: str, submission: str | None) -> bool:
    """Return whether lab, rubric and submission seem to be there, and the lab is to be typed."""
    try:
        root = layout.find_root(Path(course) if course else None)
        if re.search(r"(?m)^kind:\s*['\"]?quiz", _head(layout.lab_file(root, lab))):
            return False
        if not _head(layout.rubric_file(root, lab)).strip():
            return False
        path = Path(submission) if submission else _handed_in(root, lab, student)
        if path is None or path.is_dir():
            return path is not None and any(path.glob("*.sh"))
        small = path.is_file() and path.stat().st_size <= layout.MOST_BYTES
        return small and _head(path).strip() != ""
    except (OSError, UsageError):
        return False


def _handed_in(root: Path, lab: str, student: str) -> Path | None:
    folder = layout.student_folder(root, student)
    return None if folder is None else layout.handed_in(folder, lab, "terminal")


def _head(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return opened.read(layout.MOST_BYTES)
