"""The stable contract of `result.json`: other programs rely on these names.

A field may be added; one that is renamed, removed or changes its meaning raises `FORMAT`.
`docs/result.schema.json` is made from these classes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from grader.model.record import Language
from grader.model.result import Counts, Outcome, Take

FORMAT = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _plain(value: float) -> int | float:
    value = round(value, 4)
    return int(value) if value == int(value) else value


# The bounds are told to readers, not enforced: a slip in them must not cost a student the report.
Number = Annotated[float, PlainSerializer(_plain), Field(json_schema_extra={"minimum": 0})]
"""Written without a fraction where there is none, otherwise with at most four decimals."""

Signed = Annotated[float, PlainSerializer(_plain)]
"""Written like `Number`; below nothing where something is taken off."""


class _Contract(BaseModel):
    # No `extra="forbid"`: the schema must accept fields that a later version adds.
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ReportedCriterion(_Contract):
    """One scored line of the rubric."""

    id: str
    """Unique in the rubric, and the same in every language."""
    title: str
    points: Signed
    """Below nothing for a penalty."""
    max_points: Number
    counts: Counts
    """`bonus`: its points come on top of the submission's `max_points`. `penalty`: it can only
    cost points."""
    group: str | None
    """Id of the group through which its points count; null when they count by themselves."""
    withheld: bool
    """Title and reason are not shown yet."""
    outcome: Outcome
    """`error`: it could not be judged, through no fault of the student."""
    reason: str
    """What was seen and, if it falls short, what was missing."""
    hint: str | None
    """Advice of the rubric; null when passed or when it has none."""
    line: int | None
    """Line of the submission where it happened; null when there is no such line."""


class ReportedGroup(_Contract):
    """Criteria that count together."""

    id: str
    title: str
    points: Number
    max_points: Number
    take: Take
    """Whether the sum of its criteria counts, the worst share of them, or the best of them."""


class ReportedLateness(_Contract):
    """What lateness cost."""

    days: int
    """Days after the due time that had begun."""
    lost: Number
    """Points that are already taken off the submission's `points`."""


class ReportedResult(_Contract):
    """The scored submission of one student for one lab."""

    format: Literal[1]
    """Version of this contract."""
    lab: str
    student: str
    language: Language
    """Language of titles, reasons, hints and notes."""
    submission: str
    """Path of the graded file as given."""
    points: Number
    max_points: Number
    percent: Number
    pass_mark: Number
    """Percent needed to pass."""
    passed: bool
    needs_review: bool
    """A criterion could not be judged; `points` can only go up."""
    criteria: tuple[ReportedCriterion, ...]
    """In the order of the rubric."""
    groups: tuple[ReportedGroup, ...]
    """Criteria that count through their group, not by themselves."""
    late: ReportedLateness | None
    """Null where the lab has no due time, or the time of submission is not known."""
    notes: tuple[str, ...]
    """What the reader should know, such as an encoding that had to be guessed."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `result.json`."""
    return {"$schema": DIALECT, **ReportedResult.model_json_schema()}
