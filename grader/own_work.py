"""What the course itself hands in, such as a solution: its values filled in, and its rubric."""

from __future__ import annotations

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
    """Return a solution or a sample of a lab as it is typed, and the rubric that it is scored by.

    In a lab with values, both are those of the example student: no secret is needed. What students
    hand in must not come here: it would earn points for a `{{token}}` that nobody replaced.

    Raises CourseError for an unknown value, SubmissionError where the file cannot be typed.
    """
    submission = read(path, student, lab)
    if lab.values:
        course_text(Path(submission.path), lab)  # tells unknown values with their places
        filled = fill(submission.text, example_values(lab))
        submission = submission.model_copy(update={"text": filled})
    return submission, load_rubric(root, lab)
