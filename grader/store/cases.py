"""A case: all that is on record of one student in one lab, as a new scoring needs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.attempts import Take
from grader.overrides import Override
from grader.store.standing import Tried, in_force
from grader.store.tables import Attempt, Decision, EvidenceRow, ResultRow

AT_ONCE = 500
"""Rows that are in memory while a lab is gone over."""


class Counting(NamedTuple):
    """The result that counts for a student now."""

    id: int
    open: bool
    content: bytes
    """Packed."""


class Replay(NamedTuple):
    """The newest evidence of one attempt."""

    id: int
    """Of the evidence."""
    digest: str
    number: int
    """Of the attempt, from 1 on."""
    submitted_at: str | None


@dataclass(frozen=True)
class Case:
    """One student's attempts, in the order of handing in, and what counts of them now."""

    student: str
    attempts: tuple[Replay, ...]
    counts: Counting | None
    overrides: tuple[Override, ...]


def cases(attempts: Session, history: Session, lab: str) -> Iterator[Case]:
    """Yield the cases of a lab, by student; read side by side, with two sessions."""
    counting = _counting(history, lab)
    ahead = next(counting, None)
    for student, replays in groupby(tried(attempts, lab), key=lambda one: one.student):
        newest = in_order({one.attempt: _replay(one) for one in replays}.values())
        if ahead is not None and ahead[0] == student:  # nobody has a history alone
            yield Case(student, newest, *ahead[1:])
            ahead = next(counting, None)
        else:
            yield Case(student, newest, None, ())


def in_order(attempts: Collection[Replay]) -> tuple[Replay, ...]:
    """Return attempts in the order of handing in: by time where all times are known."""
    if all(attempt.submitted_at for attempt in attempts):
        return tuple(sorted(attempts, key=lambda one: (one.submitted_at or "", one.number)))
    return tuple(sorted(attempts, key=lambda one: one.number))


def to_compare(attempts: Sequence[Replay], take: Take | None) -> Sequence[Replay]:
    """Return the attempts of which one counts; without `take`, what was graded last.

    That need not be the last attempt: an earlier submission may have been handed in again.
    """
    if take is not None or not attempts:
        return attempts
    return [max(attempts, key=lambda one: one.id)]


def tried(session: Session, lab: str) -> Iterator[Tried]:
    """Yield all that is on record of a lab, by student, the newest last."""
    asked = (
        select(
            Attempt.student,
            Attempt.number,
            Attempt.submission,
            EvidenceRow.id,
            EvidenceRow.digest,
            EvidenceRow.submitted_at,
            EvidenceRow.recorded_at,
        )
        .join(EvidenceRow, EvidenceRow.attempt_id == Attempt.id)
        .where(Attempt.lab == lab)
        .order_by(Attempt.student, Attempt.number, EvidenceRow.id)
        .execution_options(yield_per=AT_ONCE)
    )
    return (Tried(*row) for row in session.execute(asked))


def _replay(one: Tried) -> Replay:
    return Replay(one.id, one.evidence, one.attempt, one.submitted_at)


def _counting(
    session: Session, lab: str
) -> Iterator[tuple[str, Counting | None, tuple[Override, ...]]]:
    asked = (
        select(Decision, ResultRow)
        .outerjoin(ResultRow, ResultRow.id == Decision.result_id)
        .where(Decision.lab == lab)
        .order_by(Decision.student, Decision.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for student, group in groupby(session.execute(asked), key=lambda row: row[0].student):
        rows = list(group)
        last, given = in_force(decision for decision, _ in rows)
        counts = next(
            (
                Counting(row.id, decision.open, row.content)
                for decision, row in rows
                if decision is last and row is not None
            ),
            None,
        )
        yield student, counts, given
