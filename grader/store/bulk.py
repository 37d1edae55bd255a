"""Many students at once: few questions to the database, whose answers are small.

What is decided here is what `Writing` decides for one student after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from grader.attempts import Take, counted
from grader.errors import StoreError
from grader.model.result import Result
from grader.overrides import Override, Scored
from grader.store.digests import Key
from grader.store.standing import in_force, pack, same_grade, unpack, unpacked
from grader.store.tables import Attempt, Decision, EvidenceRow, ResultRow

BATCH = 500
"""Students, or pieces of evidence, in one question: databases bound what a question may name."""

Item = TypeVar("Item")


class Earned(NamedTuple):
    """What evidence of the store earned, ready to be written."""

    digest: str
    """Of the evidence."""
    key: Key
    points: float
    max_points: float
    needs_review: bool
    content: bytes

    @classmethod
    def of(cls, digest: str, scored: Scored, key: Key) -> Earned:
        """Return a result as it is stored."""
        result = scored.result
        return cls(digest, key, result.points, result.max_points, result.needs_review, pack(scored))


class Settling(NamedTuple):
    """A student for whom it is to be decided which attempt counts, and how."""

    student: str
    key: Key
    take: Take | None


class Decided(NamedTuple):
    """Which result of a student counts from now on."""

    student: str
    result_id: int
    open: bool


@dataclass(frozen=True)
class OnRecord:
    """What the store has of one student and lab, as far as another rubric may change it."""

    student: str
    evidence: tuple[str, ...]
    """Digests of the newest record of each attempt, in the order of handing in."""
    content: bytes | None
    """The result that counts, as it is stored; None without one."""
    key: Key | None
    """By what that was made."""
    overrides: tuple[Override, ...]
    open: bool
    """Another attempt that waits for review may take its place."""


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Yield items in lists of at most so many."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def in_handing_in_order(
    rows: Iterable[tuple[Attempt, EvidenceRow]],
) -> list[tuple[Attempt, EvidenceRow]]:
    """Return one student's attempts, each with its newest evidence; `rows` are oldest first."""
    pairs = list({attempt.id: (attempt, row) for attempt, row in rows}.values())
    if all(row.submitted_at for _, row in pairs):
        pairs.sort(key=lambda pair: (pair[1].submitted_at or "", pair[0].number))
    return pairs


def not_stored(digest: str) -> StoreError:
    """Return the error for evidence that is to get a result, and is not there (any more)."""
    return StoreError(
        f"the evidence {digest[:12]}… is not in the store, or was removed in the meantime; "
        "nothing was changed",
        fix="say it again; if a student was forgotten just now, that was why",
    )


def other_grade(scored: Scored, before: float) -> StoreError:
    """Return the error for evidence that earned something else by the same rubric."""
    result = scored.result
    return StoreError(
        f"{result.student!r} in lab {result.lab!r}: the same evidence by the same "
        f"rubric earned {before:g} points before, and {result.points:g} points "
        "now; nothing was changed",
        fix="this is a fault of the program: please report it",
    )


def not_scored(lab: str, student: str, number: int) -> StoreError:
    """Return the error for an attempt that cannot be compared with others."""
    problem = f"attempt {number} of {student!r} is not scored by this rubric"
    return StoreError(problem, fix=f"run `grade regrade {lab}`")


def no_attempt(lab: str, student: str) -> StoreError:
    """Return the error for a student without any attempt."""
    return StoreError(f"{student!r} has no attempt at lab {lab!r}", fix="grade one first")


def keep_batch(session: Session, earned: Sequence[Earned]) -> None:
    """Write results of evidence that is stored. Raises StoreError as `Writing.keep_again` does."""
    digests = [one.digest for one in earned]
    asked = select(EvidenceRow.digest, EvidenceRow.id).where(EvidenceRow.digest.in_(digests))
    ids = {row.digest: row.id for row in session.execute(asked)}
    if missing := next((digest for digest in digests if digest not in ids), None):
        raise not_stored(missing)
    there = _results(session, ids.values(), {one.key for one in earned})
    rows = _loaded(session, there.values())
    new: dict[tuple[int, Key], Earned] = {}
    for one in earned:
        place = ids[one.digest], one.key
        if place in there:
            _compare(rows[there[place]], one)
        else:
            new[place] = one
    if new:
        session.execute(insert(ResultRow), [result_row(id_, one) for (id_, _), one in new.items()])


def settle_batch(session: Session, lab: str, settling: Sequence[Settling]) -> list[Decided]:
    """Return what is to be decided anew about some students. Raises StoreError as `settle`."""
    names = [one.student for one in settling]
    attempts = attempts_of(session, lab, names)
    last = {
        student: in_force(history)[0] for student, history in histories(session, lab, names).items()
    }
    ids = [row.id for pairs in attempts.values() for _, row in pairs]
    there = _results(session, ids, {one.key for one in settling})
    decided = []
    for one in settling:
        result_id, open_ = _counting(session, lab, one, attempts.get(one.student, []), there)
        before = last.get(one.student)
        if before is None or (before.result_id, before.open) != (result_id, open_):
            decided.append(Decided(one.student, result_id, open_))
    return decided


def attempts_of(
    session: Session, lab: str, students: Sequence[str]
) -> dict[str, list[tuple[Attempt, EvidenceRow]]]:
    """Return the attempts of students, each with its newest evidence, in handing-in order."""
    rows = session.execute(
        select(Attempt, EvidenceRow)
        .join(EvidenceRow, EvidenceRow.attempt_id == Attempt.id)
        .where(Attempt.lab == lab, Attempt.student.in_(students))
        .order_by(Attempt.student, Attempt.number, EvidenceRow.id)
    )
    return {
        student: in_handing_in_order((attempt, row) for attempt, row in group)
        for student, group in groupby(rows, key=lambda row: row[0].student)
    }


def histories(session: Session, lab: str, students: Sequence[str]) -> dict[str, list[Decision]]:
    """Return the lines of students' histories in one lab, oldest first."""
    rows = session.scalars(
        select(Decision)
        .where(Decision.lab == lab, Decision.student.in_(students))
        .order_by(Decision.student, Decision.id)
    )
    return {name: list(group) for name, group in groupby(rows, key=lambda row: row.student)}


def on_record(session: Session, lab: str, students: Sequence[str]) -> Iterator[OnRecord]:
    """Yield what is stored of some students who have attempts, in their order."""
    attempts = attempts_of(session, lab, students)
    forces = {
        student: in_force(history) for student, history in histories(session, lab, students).items()
    }
    wanted = [last.result_id for last, _ in forces.values() if last is not None]
    results = _loaded(session, [id_ for id_ in wanted if id_ is not None])
    for student in students:
        last, given = forces.get(student, (None, ()))
        row = None if last is None or last.result_id is None else results[last.result_id]
        yield OnRecord(
            student=student,
            evidence=tuple(evidence.digest for _, evidence in attempts[student]),
            content=row.content if row else None,
            key=Key(row.lab, row.rubric, row.grader) if row else None,
            overrides=given,
            open=last is not None and last.open,
        )


def _counting(
    session: Session,
    lab: str,
    one: Settling,
    attempts: list[tuple[Attempt, EvidenceRow]],
    there: Mapping[tuple[int, Key], int],
) -> tuple[int, bool]:
    """Return which result counts, and whether it is open. Raises StoreError."""
    if not attempts:
        raise no_attempt(lab, one.student)
    if one.take is None:
        attempts = attempts[-1:]
    found = []
    for attempt, row in attempts:
        if (row.id, one.key) not in there:
            raise not_scored(lab, one.student, attempt.number)
        found.append(there[row.id, one.key])
    if len(found) == 1:
        return found[0], False  # nothing to compare, and no reason to read it
    rows = _loaded(session, found)
    index, open_ = chosen([unpack(rows[id_]).result for id_ in found], one.take)
    return found[index], open_


def chosen(results: Sequence[Result], take: Take | None) -> tuple[int, bool]:
    """Return which of the results counts, and whether another one may take its place."""
    index, result = counted(results, take or "last")
    return index, result.needs_review and not results[index].needs_review


def _results(
    session: Session, evidence: Iterable[int], keys: Collection[Key]
) -> dict[tuple[int, Key], int]:
    """Return the ids of the results of evidence by any of the keys; not what is in them."""
    columns = (ResultRow.evidence_id, ResultRow.lab, ResultRow.rubric, ResultRow.grader)
    found = {}
    for ids in batches(evidence):
        asked = select(ResultRow.id, *columns).where(ResultRow.evidence_id.in_(ids))
        for id_, evidence_id, *parts in session.execute(asked):
            if (key := Key(*parts)) in keys:
                found[evidence_id, key] = id_
    return found


def _loaded(session: Session, ids: Iterable[int]) -> dict[int, ResultRow]:
    """Return results by their ids."""
    return {
        row.id: row
        for batch in batches(ids)
        for row in session.scalars(select(ResultRow).where(ResultRow.id.in_(batch)))
    }


def _compare(row: ResultRow, one: Earned) -> None:
    if row.content == one.content:
        return
    scored = unpacked(one.content)
    if not same_grade(unpack(row), scored):
        raise other_grade(scored, row.points)


def result_row(evidence_id: int, one: Earned) -> dict[str, object]:
    """Return the row of a result."""
    return {
        "evidence_id": evidence_id,
        **one.key._asdict(),
        "points": one.points,
        "max_points": one.max_points,
        "needs_review": one.needs_review,
        "content": one.content,
    }
