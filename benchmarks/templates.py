"""Recorded evidence with holes where another student's differs, filled without parsing it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import BaseModel

from benchmarks.recorded import Recorded
from grader.model.evidence import Evidence
from grader.overrides import Scored

HOLES = ("lab", "student", "submission", "digest", "recorded", "submitted")
SHORT_ID = 12
"""As much of a container's id as people see."""
_SUBMITTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_SUBMITTED_TEXT = "2026-01-02T03:04:05Z"


class Cut:
    """A record's JSON, cut at the holes."""

    def __init__(self, record: BaseModel, holes: Mapping[str, str]) -> None:
        """Cut at every occurrence of the texts in `holes`, which are told by name."""
        names = {text: name for name, text in holes.items()}
        pattern = "|".join(map(re.escape, names))
        pieces = re.split(f"({pattern})", record.model_dump_json())
        self._fixed = [piece.encode() for piece in pieces[::2]]
        self._holes = [names[piece] for piece in pieces[1::2]]

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """Return the JSON with these values."""
        filled = [self._fixed[0]]
        for name, fixed in zip(self._holes, self._fixed[1:], strict=True):
            filled += (values[name], fixed)
        return b"".join(filled)


class Template(NamedTuple):
    """What one recording looks like for anybody."""

    evidence: Cut
    scored: Cut
    ids: tuple[str, ...]
    """The holes for containers' ids."""
    points: float
    max_points: float
    needs_review: bool


def template(recorded: Recorded, pace: float) -> Template:
    """Return the template of a recording at which everything takes `pace` times as long."""
    evidence, scored = recorded
    marks = {name: f"@{name}@" for name in HOLES}
    ids = {container.id[:SHORT_ID]: f"id{n}" for n, container in enumerate(evidence.containers)}
    changed = evidence.model_copy(
        update={
            "lab": marks["lab"],
            "student": marks["student"],
            "submission": marks["submission"],
            "submission_digest": marks["digest"],
            "recorded_at": marks["recorded"],
            "submitted_at": _SUBMITTED,
        }
    )
    result = scored.result.model_copy(
        update={n: marks[n] for n in ("lab", "student", "submission")}
    )
    holes = marks | {"submitted": _SUBMITTED_TEXT} | {name: id_ for id_, name in ids.items()}
    return Template(
        Cut(_paced(changed, pace), holes),
        Cut(Scored(result=result, sums=scored.sums), holes),
        tuple(ids.values()),
        result.points,
        result.max_points,
        result.needs_review,
    )


def _paced(evidence: Evidence, pace: float) -> Evidence:
    """Return evidence whose every time is stretched."""

    def stretched(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        if isinstance(value, dict):
            return {
                key: inner * pace if key in {"at", "seconds"} else stretched(inner)
                for key, inner in value.items()
            }
        return [stretched(inner) for inner in value] if isinstance(value, list) else value

    return Evidence.model_validate(stretched(evidence.model_dump(mode="json")))


def templates(recorded: Iterable[Recorded], paces: Iterable[float]) -> list[Template]:
    """Return the templates of recordings at every pace, those of one recording together."""
    paces = tuple(paces)
    return [template(one, pace) for one in recorded for pace in paces]
