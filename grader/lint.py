"""Look at a whole course, and tell everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from grader.caution import doubts
from grader.checks import CourseProblem
from grader.course import (
    course_text,
    find_rubric,
    lab_ids,
    load_equivalents,
    load_lab,
    load_rubric,
    placed,
    rubric_form,
)
from grader.errors import Complaint, CourseError
from grader.layout import course_file, equivalents_file, lab_file, rubric_file
from grader.model.lab import Lab
from grader.targets import targets
from grader.wording import did_you_mean


class Finding(NamedTuple):
    """One thing that is wrong, and where."""

    file: Path
    line: int | None
    column: int | None
    text: str
    warning: bool = False
    """It may be meant as it stands."""

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(place) + f": {'warning: ' if self.warning else ''}{self.text}"


def findings(root: Path, labs: Sequence[str] = ()) -> list[Finding]:
    """Return what is wrong with these labs and their rubrics, or with all and their folders.

    Raises UsageError for a lab that the course does not have.
    """
    found: list[Finding] = []
    for lab in labs or lab_ids(root):
        found += _in_lab(root, lab)
    if not labs:
        found += _astray(root)
        found += _in_course_file(root)
    return list(dict.fromkeys(found))


def _in_lab(root: Path, lab_id: str) -> Iterator[Finding]:
    try:
        lab = load_lab(root, lab_id)
    except CourseError as error:
        yield from _told(error, lab_file(root, lab_id))
        lab = None
    if lab is not None and lab.draft:
        yield _draft(root, lab_id)
    if not _judged(root, lab_id, lab):
        return
    try:
        if lab is not None:
            rubric = load_rubric(root, lab)
            file = find_rubric(root, lab)
            for complaint in placed(file, doubts(rubric)):
                yield _finding(file, complaint)._replace(warning=True)
        else:
            rubric_form(root, lab_id)
    except CourseError as error:
        yield from _told(error, rubric_file(root, lab_id))
    try:
        if lab is not None:
            load_equivalents(root, lab)
    except CourseError as error:
        yield from _told(error, equivalents_file(root, lab_id))
    if lab is not None and lab.values:
        yield from _in_texts(root, lab)


def _in_texts(root: Path, lab: Lab) -> Iterator[Finding]:
    """Yield where handouts, solution and samples refer to values that the lab does not have."""
    folder = lab_file(root, lab.id).parent
    patterns = ("handout.*.md", "solution.*", "samples/*.*", "samples/*/*.sh")
    for file in sorted(file for pattern in patterns for file in folder.glob(pattern)):
        if file.is_file():
            try:
                course_text(file, lab)
            except CourseError as error:
                yield from _told(error, file)


def _in_course_file(root: Path) -> Iterator[Finding]:
    """Yield what is wrong with `course.yaml`, labs among it that the course does not have."""
    file = course_file(root)
    try:
        known = targets(root)
        labs = lab_ids(root)
        strange = [
            CourseProblem(
                ("upload", target.name, "items", lab),
                f"there is no lab '{lab}'{did_you_mean(lab, labs)}",
                of_key=True,
            )
            for target in known.values()
            for lab in target.settings.items
            if lab not in labs
        ]
        for complaint in placed(file, strange):
            yield _finding(file, complaint)
    except CourseError as error:
        yield from _told(error, file)


def _judged(root: Path, lab_id: str, lab: Lab | None) -> bool:
    """Say whether there is a rubric to look at, or ought to be: only drafts may lack it."""
    return rubric_file(root, lab_id).exists() or (lab is not None and not lab.draft)


def _draft(root: Path, lab_id: str) -> Finding:
    there = rubric_file(root, lab_id).exists()
    lacks = "" if there else f" without a rubric (`grade draft {lab_id}` proposes one)"
    text = f"this is a draft{lacks}; remove 'draft' when the lab is ready"
    return Finding(lab_file(root, lab_id), None, None, text, warning=True)


def _told(error: CourseError, file: Path) -> Iterator[Finding]:
    if not error.complaints:
        fix = f"; {error.fix}" if error.fix else ""
        yield Finding(error.file or file, error.line, error.column, f"{error.problem}{fix}")
    for complaint in error.complaints:
        yield _finding(error.file or file, complaint)


def _finding(file: Path, complaint: Complaint) -> Finding:
    return Finding(file, complaint.line, complaint.column, complaint.text)


def _astray(root: Path) -> Iterator[Finding]:
    """Yield folders that are no labs, and rubrics that no lab has."""
    labs = lab_ids(root)
    for folder in sorted((root / "labs").iterdir()):
        if folder.is_dir() and not folder.name.startswith((".", "_")) and folder.name not in labs:
            text = "the lab has no lab.yaml; write it, with at least a title and a kind"
            yield Finding(folder / "lab.yaml", None, None, text)
    for file in sorted((root / "rubrics").glob("*.y*ml")):
        if file.suffix == ".yml":
            yield Finding(file, None, None, "nobody reads this; rename it to end in '.yaml'")
        elif file.stem not in labs:
            near = did_you_mean(file.stem, labs) or f"; labs: {', '.join(labs) or 'none'}"
            yield Finding(file, None, None, f"there is no lab '{file.stem}'{near}")
