"""JSON of a class: the stable contract for other programs (`docs/class.schema.json`).

A field may be added; one that is renamed, removed or changes its meaning raises `FORMAT`. Each
student stands in a line of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from grader.model.record import Language
from grader.model.result import Counts
from grader.reports._contract import DIALECT, Number, ReportedResult
from grader.reports._text import encodable
from grader.reports.json import reported

if TYPE_CHECKING:
    from grader.gradebook import Entry, Gradebook

FILE = "class.json"
FORMAT = 1


class _Contract(BaseModel):
    # As of `result.json`: the schema must accept fields that a later version adds.
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ClassCriterion(_Contract):
    """One line of the rubric as it is now."""

    id: str
    title: str
    points: Number
    """What full credit earns; for a penalty, what no credit costs."""
    counts: Counts
    hidden_until: str | None
    """Until then, students do not see what it is about: not to be passed on. ISO 8601."""


class ClassStudent(_Contract):
    """How one student stands."""

    student: str
    state: Literal["graded", "waiting", "unreadable", "nothing"]
    """`waiting`: handed in, and not graded yet. `unreadable`: it cannot be. `nothing` was handed
    in."""
    reason: str
    """Why what was handed in cannot be read; empty unless the state is `unreadable`."""
    attempts: int
    by_hand: tuple[str, ...]
    """Ids of the criteria whose points a person gave."""
    submitted_at: str | None
    """ISO 8601, UTC."""
    graded_at: str | None
    """When it was recorded; ISO 8601, UTC."""
    outdated: bool
    """The rubric or the lab was changed since. Always false for labs with values."""
    submission: str | None
    """Digest of what was handed in."""
    evidence: str | None
    """Digest of the evidence."""
    result: ReportedResult | None
    """As in `result.json`, with what was given by hand; null unless the state is `graded`."""


class ClassReport(_Contract):
    """All students of a lab."""

    format: Literal[1]
    """Version of this contract."""
    lab: str
    language: Language
    criteria: tuple[ClassCriterion, ...]
    students: tuple[ClassStudent, ...]
    """First those with a result by name, then the others by name."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `class.json`."""
    return {"$schema": DIALECT, **ClassReport.model_json_schema()}


def render(book: Gradebook, language: Language) -> Iterator[str]:
    """Yield the report, student by student."""
    whole = ClassReport(
        format=FORMAT,
        lab=encodable(book.lab.id),
        language=language,
        criteria=tuple(
            ClassCriterion(
                id=criterion.id,
                title=encodable(criterion.title.in_(language)),
                points=criterion.points,
                counts=criterion.counts,
                hidden_until=until.isoformat() if (until := book.hidden_until(criterion)) else None,
            )
            for criterion in book.criteria
        ),
        students=(),
    )
    head = json.dumps(whole.model_dump(mode="json"), ensure_ascii=False, indent=2)
    yield head.removesuffix("[]\n}") + "["
    separator = "\n"
    for entry in book:
        student = _student(entry, language).model_dump(mode="json")
        yield separator + json.dumps(student, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _student(entry: Entry, language: Language) -> ClassStudent:
    return ClassStudent(
        student=encodable(entry.student),
        state=entry.state,
        reason=encodable(entry.reason),
        attempts=entry.attempts,
        by_hand=entry.by_hand,
        submitted_at=entry.submitted_at,
        graded_at=entry.recorded_at,
        outdated=entry.outdated,
        submission=entry.submission,
        evidence=entry.evidence,
        result=reported(entry.result, language) if entry.result else None,
    )
