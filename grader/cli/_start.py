"""The first moment of a run: whether a workbench may start before anything is read properly.

A guess, made from names and sizes only, because reading takes the time that a workbench needs to
start. Where it is wrong, time is lost and nothing else: `grader.course` and `grader.submissions`
decide, and tell people what is missing.
"""

from __future__ import annotations

import re
from pathlib import Path

INSTALLED = Path(__file__).parents[1] / "_course"
MOST_BYTES = 1024 * 1024


def needs_workbench(course: str | None, lab: str, student: str, submission: str | None) -> bool:
    """Return whether lab, rubric and submission seem to be there, and the lab is to be typed."""
    here = Path.cwd()
    above = (Path(course),) if course else (here, *here.parents, INSTALLED)
    try:
        root = next(f for f in above if (f / "labs").is_dir() and (f / "rubrics").is_dir())
        if re.search(r"(?m)^kind:\s*['\"]?quiz", _head(root / "labs" / lab / "lab.yaml")):
            return False
        if not _head(root / "rubrics" / f"{lab}.yaml").strip():
            return False
        handed_in = Path(submission) if submission else _handed_in(root, lab, student)
        if handed_in.is_dir():
            return any(handed_in.glob("*.sh"))
        small = handed_in.is_file() and handed_in.stat().st_size <= MOST_BYTES
        return small and _head(handed_in).strip() != ""
    except (OSError, StopIteration):
        return False


def _handed_in(root: Path, lab: str, student: str) -> Path:
    base = root if (root / "submissions").is_dir() else Path.cwd()
    file = base / "submissions" / student / f"{lab}.sh"
    return file if file.exists() else file.with_suffix("")


def _head(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as opened:
        return opened.read(MOST_BYTES)
