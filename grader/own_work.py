"""What the course itself hands in, such as a solution: its values filled in, and its rubric."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.course import course_text, load_rubric
from grader.model.lab import Lab
from grader.model.submission import Submission
from grader.personal.derivation import example_values
from grader.personal.filling import fill
from grader.rubric import Rubric
from grader.submissions import read


def own_work(
    root: Path, lab: Lab, path: Path, student: str = "sample"
) -> tuple[Submission, Rubric]:
    """Return a solution or a sample of a lab, and the rubric that it is scored by.

    Both have the values of the example student. Raises CourseError for an unknown value,
    SubmissionError where the file cannot be typed.
    """
    return read_own(path, student, lab), load_rubric(root, lab)


def read_own(path: Path, student: str, lab: Lab) -> Submission:
    """Return a solution or a sample of a lab as it is typed.

    In a lab with values, those of the example student are filled in: no secret is needed. What
    students hand in must not come here: it would earn points for a `{{token}}` that nobody
    replaced. Raises CourseError for an unknown value, SubmissionError where it cannot be typed.
    """
    submission = read(path, student, lab)
    if not lab.values:
        return submission
    course_text(Path(submission.path), lab)  # tells unknown values with their places
    text = fill(submission.text, example_values(lab))
    digest = hashlib.sha256(f"{submission.digest}\0{text}".encode()).hexdigest()
    return submission.model_copy(update={"text": text, "digest": f"sha256:{digest}"})
