"""Who is to be graded: from the folders of submissions, the roster, and what the store has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.classroom.work import Course, Task
from grader.errors import InputError, UsageError
from grader.layout import ENDINGS, student_folder, submissions_folder
from grader.personal.derivation import folded
from grader.roster import in_roster, with_folders
from grader.rubric import Rubric
from grader.store import Known, Store
from grader.store.digests import keys_of
from grader.store.writing import stored_name
from grader.submissions import found, read
from grader.wording import did_you_mean


@dataclass
class Plan:
    """What is to become of each student, by name."""

    tasks: list[Task] = field(default_factory=list)
    recorded: int = 0
    """How many of them have a record, scored by another lab, rubric or program."""
    unchanged: list[str] = field(default_factory=list)
    """Whose submission has a result by lab, rubric and program as they are."""
    absent: list[str] = field(default_factory=list)
    """Who handed in nothing."""
    misnamed: dict[str, list[str]] = field(default_factory=dict)
    """Who of them has files that are named for no lab, such as `lab6-1.sh.txt`."""
    loose: list[str] = field(default_factory=list)
    """Files of this lab, it seems, that lie beside the folders of students."""
    strangers: list[str] = field(default_factory=list)
    """Who has a folder and is not in the roster, where there is one."""
    unreadable: dict[str, InputError] = field(default_factory=dict)
    """Whose submission cannot be graded, and why."""


def students(root: Path, wanted: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return all students, or those wanted, each with the name of its folder, sorted.

    A folder belongs to the line of the roster that is spelled like it, up to case. Raises
    CourseError for a broken roster, UsageError for somebody wanted who is not known.
    """
    in_list = {folded(name): name for name in in_roster(root)}
    known: dict[str, str] = {}
    for folder in sorted(with_folders(root)):
        name = in_list.get(folded(folder), folder)
        known[folder if name in known else name] = folder
    known |= {name: name for name in in_list.values() if name not in known}
    if not known:
        fix = "put folders into submissions/, or write roster.csv with a column 'student'"
        raise UsageError("no student is known", file=submissions_folder(root), fix=fix)
    if not wanted:
        return sorted(known.items())
    spelled = {folded(name): name for name in known}
    chosen = {name if name in known else spelled.get(folded(name), name) for name in wanted}
    for name in sorted(chosen - known.keys()):
        problem = f"unknown student {name!r}{did_you_mean(name, known, most=3)}"
        raise UsageError(problem, fix="name students of roster.csv or submissions/")
    return sorted((name, known[name]) for name in chosen)


def plan(
    course: Course,
    who: Sequence[tuple[str, str]],
    store: Store,
    *,
    values: Mapping[str, Mapping[str, str]],
    times: Mapping[str, datetime],
    force: bool,
) -> Plan:
    """Return what is to be done; `values` are those of each student, `times` by the folded name.

    Raises CourseError for a broken rubric.
    """
    made = Plan()
    listed = {folded(name) for name in in_roster(course.root)}
    made.strangers = [student for student, _ in who if listed and folded(student) not in listed]
    made.loose = _loose(course)
    known = {} if force else store.graded(course.lab.id)
    for student, folder in who:
        try:
            path = found(course.root, course.lab, folder)
            if path is None:
                made.absent.append(student)
                if misnamed := _misnamed(course, folder):
                    made.misnamed[student] = misnamed
                continue
            digest = read(path, student, course.lab).digest
        except InputError as bad:
            made.unreadable[student] = bad
            continue
        task = Task(student, path, values.get(student, {}), times.get(folded(student)))
        record = known.get((stored_name(student), digest))
        if record is None:
            made.tasks.append(task)
            continue
        rubric = course.rubric_for(task.own)
        scored = not record.keys.isdisjoint(keys_of(course.lab, rubric))
        if scored and _still_holds(record, rubric, task.submitted_at):
            made.unchanged.append(student)
        else:
            made.tasks.append(task)
            made.recorded += not scored
    return made


def _still_holds(record: Known, rubric: Rubric, at: datetime | None) -> bool:
    """Return whether what is known of a submission is what grading it now would be.

    Another submission may have been graded since, and the earlier one be handed in again.
    """
    if at is not None and record.submitted_at != at.astimezone(UTC).isoformat():
        return False
    return record.last or rubric.attempts is not None


def _loose(course: Course) -> list[str]:
    folder, lab = submissions_folder(course.root), course.lab
    files = [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    return sorted(name for name in files if lab.id in name or name.endswith(ENDINGS[lab.kind]))


def _misnamed(course: Course, student: str) -> list[str]:
    """Return the names in a student's folder that belong to no lab of the course, sorted."""
    folder = student_folder(course.root, student)
    if folder is None:
        return []
    labs = {path.name for path in (course.root / "labs").iterdir()}
    kinds = {ending for endings in ENDINGS.values() for ending in endings}
    proper = {f"{lab}{ending}" for lab in labs - {course.lab.id} for ending in ("", *kinds)}
    try:
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    except OSError:  # may be entered, but not listed
        return []
    return sorted(names - proper)
