"""How a course lies on the disk, and where a student's work lies in it. Light to import."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

from grader.errors import UsageError

INSTALLED = Path(__file__).parent / "_course"
"""Where an installed program carries its own course."""

ENDINGS: Mapping[str, tuple[str, ...]] = {"terminal": (".sh",), "quiz": (".yaml", ".yml")}
"""Kind of lab → how the name of a submission ends."""

MOST_BYTES = 1024 * 1024
"""Size of a submission's file."""


def find_root(given: Path | None = None) -> Path:
    """Return the course's folder: the one given, the nearest one above, or the installed one.

    Raises UsageError if there is none.
    """
    if given is not None:
        if _is_course(given):
            return given
        problem = f"{str(given)!r} is no course: it has no folders labs/ and rubrics/"
        raise UsageError(problem, fix="name the folder that holds both with --course")
    here = Path.cwd()
    for folder in (here, *here.parents, INSTALLED):
        if _is_course(folder):
            return folder
    raise UsageError(
        f"no course found: neither {str(here)!r} nor a folder above it has labs/ and rubrics/",
        fix="change into the course's folder, or name it with --course",
    )


def own_course() -> Path:
    """Return the course that came with the program: the installed one, or that of its checkout.

    Raises UsageError if it came without one.
    """
    for folder in (INSTALLED, INSTALLED.parents[1]):
        if _is_course(folder):
            return folder
    fix = "name the folder that holds labs/ and rubrics/ with --course"
    raise UsageError("this program came without a course", fix=fix)


def _is_course(folder: Path) -> bool:
    return (folder / "labs").is_dir() and (folder / "rubrics").is_dir()


def course_file(root: Path) -> Path:
    """Return the file with what is said once for the whole course; it may be missing."""
    return root / "course.yaml"


def lab_file(root: Path, lab: str) -> Path:
    """Return the file that describes a lab."""
    return root / "labs" / lab / "lab.yaml"


def rubric_file(root: Path, lab: str) -> Path:
    """Return the file that says what a lab's submissions are scored by."""
    return root / "rubrics" / f"{lab}.yaml"


def solution_file(root: Path, lab: str) -> Path:
    """Return the file with the lines that earn all points."""
    return root / "labs" / lab / "solution.sh"


def handout_file(root: Path, lab: str, language: str) -> Path:
    """Return the page that students work from."""
    return root / "labs" / lab / f"handout.{language}.md"


def equivalents_file(root: Path, lab: str) -> Path:
    """Return the file that says which changes of a lab's solution do the same work."""
    return root / "labs" / lab / "equivalents.yaml"


def submissions_folder(root: Path) -> Path:
    """Return the folder with the students' folders; an installed course has none, so it is here."""
    folder = root / "submissions"
    return folder if folder.is_dir() else Path.cwd() / "submissions"


def student_folder(root: Path, student: str) -> Path | None:
    """Return one student's folder; None if there is none. On a Mac, names are decomposed."""
    forms = (unicodedata.normalize(form, student) for form in ("NFC", "NFD"))
    folders = (submissions_folder(root) / form for form in forms)
    return next((folder for folder in folders if folder.is_dir()), None)


def handed_in(folder: Path, lab: str, kind: str) -> Path | None:
    """Return the file or the folder with a student's work for a lab; None if there is none."""
    names = [*(f"{lab}{ending}" for ending in ENDINGS[kind]), lab]
    return next((path for name in names if (path := folder / name).exists()), None)
