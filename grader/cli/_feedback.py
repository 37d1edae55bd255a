"""What a job of continuous integration tells a student: reports, a summary, annotations, outputs.

It is feedback. Whoever owns the repository also owns the job, and may change both; nothing that is
said here decides a grade.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader import layout, reports
from grader.cli import _github as runner
from grader.cli._outputs import status_of
from grader.cli._results import check_folder, write_all
from grader.cli._screen import Progress, say
from grader.cli._status import BELOW_PASS_MARK, PASSED, UNKNOWN_GRADE
from grader.cli._teacher import Teacher
from grader.cli._times import when_submitted
from grader.course import load_lab, load_rubric
from grader.errors import InputError, SubmissionError, SystemFault
from grader.grading import Grading
from grader.model.lab import Lab
from grader.model.record import Language, Text
from grader.model.result import Result
from grader.reports import Graded, github, markdown
from grader.reports._markdown import escaped_lines
from grader.reports._text import number, printable
from grader.scoring import ungraded
from grader.submissions import check_name, find, read

WRITTEN = ("json", "junit", "html", "classroom50", "classroom")
"""Formats of the files beside the summary; what students may not read is in none of them."""

PATHS = {"result": "json", "junit": "junit", "page": "html", "classroom50": "classroom50"}
"""Output of the step that holds a path → the format of the file."""
STATUS = {PASSED: "passed", BELOW_PASS_MARK: "failed", UNKNOWN_GRADE: "not-graded"}

NOTICE = Text(
    ko="이것은 피드백이며 성적이 아닙니다. 성적은 교수자가 제출물을 다시 실행하여 매깁니다.",
    en="This is feedback, not the grade. The grade comes from the teacher's own replay.",
)
NOT_GRADED = Text(ko="채점하지 못함", en="Could not grade")
NOT_A_ZERO = Text(ko="이것은 0점이 아닙니다.", en="This is no zero.")


@dataclass(frozen=True)
class Job:
    """What is to be graded, and by what."""

    lab: str
    student: str
    course: Path | None
    submission: Path | None
    submitted_at: str | None
    values: Path | None
    language: Language
    fail_under: float | None
    """Percent; None for the rubric's pass mark."""
    folder: Path
    """Where the reports go."""


@dataclass(frozen=True)
class Feedback:
    """All that is told."""

    status: int
    summary: str
    """Markdown."""
    annotations: str
    """Commands for a runner of GitHub."""
    outputs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_error(cls, error: Exception, job: Job, status: int) -> Feedback:
        """Return what is told where there is no result, whosever fault that is."""
        language = job.language
        title, said = NOT_GRADED.in_(language), printable(str(error), markdown.LONGEST)
        if not isinstance(error, InputError):
            said += f"\n{NOT_A_ZERO.in_(language)}"
        place = (error.file, error.line) if isinstance(error, SubmissionError) else (None, None)
        where = _in_repository(place[0]) if place[0] is not None else None
        return cls(
            status,
            f"# {title}\n\n{escaped_lines(said, markdown.LONGEST)}\n",
            github.command("error", said, title=title, file=where, line=place[1]),
            {"status": "not-graded"},
        )


def grade(job: Job) -> Feedback:
    """Grade, write the reports, and show the table.

    Raises InputError where something that was handed in or given is wrong, SystemFault where the
    reports cannot be written.
    """
    root = layout.find_root(job.course) if job.course else layout.own_course()
    lab = load_lab(root, job.lab)
    at = when_submitted(job.submitted_at, lab)
    values = Teacher.of(root, lab, job.student, str(job.values) if job.values else None).own
    rubric = load_rubric(root, lab, values)
    handed_in = read(_handed_in(root, lab, job), job.student, lab)
    handed_in = handed_in.model_copy(update={"path": _in_repository(Path(handed_in.path))})
    check_folder(job.folder)
    with Grading() as grading, Progress(handed_in.text.count("\n") + 1, job.language) as progress:
        try:
            record, result = grading.grade(lab, lambda: rubric, handed_in, progress.step, at)
        except SystemFault as fault:
            say(f"{printable(str(fault))}\n\n")
            return _told(Graded(ungraded(rubric, lab, handed_in, fault), lab), job)
    return _told(Graded(result, lab, record), job)


def _handed_in(root: Path, lab: Lab, job: Job) -> Path:
    """Return where the submission is. Raises SubmissionError."""
    check_name(job.student)
    places = (Path(), Path("submissions", job.student))
    found = (layout.handed_in(place, lab.id, lab.kind) for place in places)
    given = job.submission or next((path for path in found if path is not None), None)
    if given is None:
        ending = layout.ENDINGS[lab.kind][0]
        file = Path(f"{lab.id}{ending}")
        fix = f"put {file} into the top folder of the repository, or name a place (--submission)"
        raise SubmissionError("nothing was handed in", file=file, fix=fix)
    return find(root, lab, job.student, given)


def _in_repository(path: Path) -> str:
    """Return the path that a page of the repository knows a file by."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    roots = [folder for folder in whole.parents if (folder / ".git").exists()]
    if not roots and (workspace := os.environ.get("GITHUB_WORKSPACE")):
        roots = [Path(workspace)]
    if roots and whole.is_relative_to(roots[0]):
        return str(whole.relative_to(roots[0]))
    return str(path)


def _told(graded: Graded, job: Job) -> Feedback:
    """Write the reports and show the table. Raises OutputError."""
    result, language = graded.result, job.language
    texts = {
        name: reports.load_format(name).render(graded, language)
        for name in (reports.TERMINAL, *WRITTEN)
    }
    summary = _summary(result, job)
    files = {name: job.folder / str(reports.load_format(name).FILE) for name in WRITTEN}
    page = job.folder / markdown.FILE
    write_all({**{file: texts[name] for name, file in files.items()}, page: summary})
    say(f"{texts[reports.TERMINAL]}\n{NOTICE.in_(language)}\n")
    say("".join(f"  {file}\n" for file in (*files.values(), page)))
    if graded.evidence is None:
        title = NOT_GRADED.in_(language)
        beside = github.command("error", result.criteria[0].reason.in_(language), title=title)
    else:
        beside = github.render(graded, language)
    outputs = _outputs(result, job, texts["classroom"])
    outputs |= {name: str(files[file].absolute()) for name, file in PATHS.items()}
    outputs["summary"] = str(page.absolute())
    return Feedback(_status(result, job), summary, beside, outputs)


def _summary(result: Result, job: Job) -> str:
    above = f"> {NOTICE.in_(job.language)}"
    if job.fail_under is not None:
        share = number(job.fail_under)
        ko, en = f"{share} % 미만이면 작업이 실패합니다.", f"The job fails below {share} %."
        above += f" {ko if job.language == 'ko' else en}"
    elsewhere = runner.artifacts() if runner.present() else ""
    return markdown.draw(result, job.language, above=above, elsewhere=elsewhere)


def _status(result: Result, job: Job) -> int:
    status = status_of(result)
    if job.fail_under is None or status == UNKNOWN_GRADE:
        return status
    return PASSED if result.percent >= job.fail_under else BELOW_PASS_MARK


def _outputs(result: Result, job: Job, classroom: str) -> dict[str, str]:
    """Return the outputs of the step; nothing in the place of a number that is not known."""
    status = _status(result, job)
    certain = status != UNKNOWN_GRADE
    return {
        "status": STATUS[status],
        "score": number(result.points) if certain else "",
        "max": number(result.max_points) if certain else "",
        "percent": number(result.percent) if certain else "",
        "passed": {PASSED: "true", BELOW_PASS_MARK: "false"}.get(status, ""),
        "folder": str(job.folder.absolute()),
        "classroom": classroom,
    }
