"""Where grades are uploaded to: the targets in the course's `course.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ValidationError, WithJsonSchema

from grader.checks import CourseProblem
from grader.complaints import problems_in
from grader.course import placed, read_document, validated
from grader.errors import CourseError, UsageError
from grader.layout import course_file
from grader.lms import Lms, TargetSettings, known_kinds, load_kind
from grader.model.record import Record
from grader.rubric import Id
from grader.wording import did_you_mean

ANY_TARGET = "a target of any kind"
"""Stands in the schema where a target may be, until the kinds are known."""


class CourseFile(Record):
    """What is said once for the whole course."""

    upload: Mapping[Id, Annotated[Mapping[str, Any], WithJsonSchema({"const": ANY_TARGET})]] = {}
    """Where grades are uploaded to: the name of each target, with its kind and what that needs."""


@dataclass(frozen=True)
class Target:
    """One place that grades go to."""

    name: str
    settings: TargetSettings
    root: Path

    def connect(self) -> AbstractContextManager[Lms]:
        """Return the platform, for a `with` block. Raises UsageError without its secrets."""
        return load_kind(self.settings.kind).connect(self.settings, self.root)


def targets(root: Path) -> Mapping[str, Target]:
    """Return all targets of a course, by name; none without a file.

    Raises CourseError for all that is wrong in it.
    """
    file = course_file(root)
    if not file.exists():
        return {}
    document = read_document(file)
    course = validated(CourseFile, document.data, document, file)
    found: dict[str, Target] = {}
    problems: list[CourseProblem] = []
    for name, fields in course.upload.items():
        settings, wrong = _settings(name, dict(fields))
        problems += wrong
        if settings is not None:
            found[name] = Target(name, settings, root)
    if problems:
        raise CourseError.telling(file, placed(file, problems))
    return found


def target(root: Path, name: str | None) -> Target:
    """Return the target of a name, or the only one. Raises UsageError, or as `targets`."""
    known = targets(root)
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is not None and name in known:
        return known[name]
    if not known:
        fix = "write where grades go to, as docs/lms.md shows: upload: {NAME: {kind: …}}"
        raise UsageError("the course has no targets for uploads", file=course_file(root), fix=fix)
    if name is None:
        raise UsageError("there are several targets", fix=f"choose one: {', '.join(known)}")
    problem = f"there is no target {name!r}{did_you_mean(name, known)}"
    raise UsageError(problem, file=course_file(root), fix=f"choose one of: {', '.join(known)}")


def _settings(
    name: str, fields: dict[str, Any]
) -> tuple[TargetSettings | None, list[CourseProblem]]:
    """Return a target's settings, or what is wrong with them."""
    kind = fields.get("kind")
    if kind not in known_kinds():
        near = did_you_mean(kind, known_kinds()) if isinstance(kind, str) else ""
        what = "'kind' is missing" if kind is None else f"there is no kind {kind!r}{near}"
        loc = ("upload", name) if kind is None else ("upload", name, "kind")
        text = f"{what}; known: {', '.join(known_kinds())}"
        return None, [CourseProblem(loc, text, of_key=kind is None)]
    model = load_kind(kind).Settings
    try:
        return model.model_validate(fields), []
    except ValidationError as bad:
        problems = problems_in(bad, model, fields)
        return None, [one._replace(loc=("upload", name, *one.loc)) for one in problems]
