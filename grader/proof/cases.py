"""What a lab brings to be proven by: its solution, its samples, and an empty submission."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from grader.errors import CourseError
from grader.model.lab import Lab
from grader.model.submission import Submission
from grader.own_work import read_own

STUDENT = "sample"
"""Who hands in everything."""

_PROMISE = re.compile(r"(\d+(?:\.\d+)?)-")


class Case(NamedTuple):
    """A submission, and the part of all points that it has to get."""

    name: str
    percent: float
    submission: Submission
    at_least: bool = False
    """It may get more: with a bonus."""


def solution(root: Path, lab: Lab) -> Case:
    """Return the reference solution. Raises CourseError if there is not exactly one."""
    folder = root / "labs" / lab.id
    files = sorted(folder.glob("solution.*")) or sorted(folder.glob("solution"))
    if len(files) != 1:
        problem = f"the lab has {'more than one' if files else 'no'} solution"
        ending = "yaml" if lab.kind == "quiz" else "sh"
        raise CourseError(
            problem, file=folder, fix=f"put the one that earns all: solution.{ending}"
        )
    return Case(files[0].name, 100, read_own(files[0], STUDENT, lab), at_least=True)


def others(root: Path, lab: Lab) -> list[Case]:
    """Return the empty submission and the samples.

    Raises CourseError for a sample whose name does not begin with its points, SubmissionError for
    one that cannot be read.
    """
    nothing = changed(solution(root, lab).submission, "empty", "# nothing\n")
    found = [Case("(empty)", 0, nothing.model_copy(update={"folder": None}))]
    folder = root / "labs" / lab.id / "samples"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        promise = _PROMISE.match(path.name)
        if promise is None:
            fix = "name it <points>-<why>, such as '90-never-removed.sh'"
            raise CourseError("the name of a sample begins with its points", file=path, fix=fix)
        case = Case(path.name, float(promise[1]), read_own(path, STUDENT, lab))
        found.append(case)
    return found


def changed(submission: Submission, name: str, text: str) -> Submission:
    """Return a submission with another text."""
    digest = hashlib.sha256(f"{submission.digest if submission.folder else ''}\0{text}".encode())
    return submission.model_copy(
        update={"path": f"({name})", "text": text, "digest": f"sha256:{digest.hexdigest()}"}
    )
