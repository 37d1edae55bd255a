"""Results of many students at once: what `Writing` does for one, with a few statements for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from grader.store.cases import Counting
from grader.store.digests import Key
from grader.store.standing import key_in
from grader.store.tables import Decision, ResultRow

AT_ONCE = 500
"""Ids in one question to the database."""


class NewResult(NamedTuple):
    """What the evidence of one replay earned."""

    evidence_id: int
    points: float
    max_points: float
    needs_review: bool
    content: bytes
    """Packed."""


class Settled(NamedTuple):
    """A student's results by one key, and which of them counts from now on."""

    student: str
    key: Key
    results: tuple[NewResult, ...]
    counts: int
    """Id of the evidence."""
    open: bool
    before: Counting | None


def keep(session: Session, settled: Sequence[Settled]) -> dict[tuple[int, Key], int]:
    """Write the results that are not there yet, and return the ids of all."""
    wanted = [result.evidence_id for one in settled for result in one.results]
    ids = _known(session, wanted)
    missing = [
        result._asdict() | one.key._asdict()
        for one in settled
        for result in one.results
        if (result.evidence_id, one.key) not in ids
    ]
    if missing:
        added = session.scalars(insert(ResultRow).returning(ResultRow), missing)
        ids |= {(row.evidence_id, key_in(row)): row.id for row in added}
        session.expunge_all()  # whoever goes over a big class needs none of them again
    return ids


def count(
    session: Session,
    lab: str,
    settled: Sequence[Settled],
    ids: Mapping[tuple[int, Key], int],
    fields: Mapping[str, object],
) -> int:
    """Let the results count that do not yet, and return how many; `fields` say who and why."""
    decisions = []
    for one in settled:
        id_, before = ids[one.counts, one.key], one.before
        if before is None or (before.id, before.open) != (id_, one.open):
            mine = {"lab": lab, "student": one.student, "result_id": id_, "open": one.open}
            decisions.append({**fields, **mine})
    if decisions:
        session.execute(insert(Decision), decisions)
    return len(decisions)


def _known(session: Session, evidence_ids: Sequence[int]) -> dict[tuple[int, Key], int]:
    known: dict[tuple[int, Key], int] = {}
    for at in range(0, len(evidence_ids), AT_ONCE):
        some = evidence_ids[at : at + AT_ONCE]
        asked = select(
            ResultRow.id, ResultRow.evidence_id, ResultRow.lab, ResultRow.rubric, ResultRow.grader
        ).where(ResultRow.evidence_id.in_(some))
        for id_, evidence_id, *parts in session.execute(asked):
            known[evidence_id, Key(*parts)] = id_
    return known
