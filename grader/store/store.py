"""The door of the store: opened once by each process, read freely, written in blocks."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from grader.model.evidence import Evidence
from grader.store import ledger, opening
from grader.store.cases import AT_ONCE, Case, cases, tried
from grader.store.digests import Key
from grader.store.files import EvidenceFiles
from grader.store.standing import Change, Line, Standing, Tried, in_force, key_in, lines_of, unpack
from grader.store.tables import Attempt, Decision, EvidenceRow, ReceiptRow, ResultRow
from grader.store.writing import Writing, decisions, stored_name


@dataclass(slots=True)
class Known:
    """The newest record of a submission."""

    evidence: int
    submitted_at: str | None
    keys: set[Key]
    """By what it has results."""
    last: bool = False
    """Nothing else of the student was graded later."""


@dataclass(frozen=True)
class Forgotten:
    """What was removed of a student."""

    rows: dict[str, int]
    """Table → number of rows."""
    files: tuple[Path, ...]
    """Evidence of the student, and what killed processes left."""


class Store:
    """A database with its folder of evidence. Use in a `with` block."""

    def __init__(self, place: str, evidence: Path) -> None:
        """Open a file or a URL, and make or renew its tables.

        Raises UsageError for what is no such place, StoreError where it cannot be used.
        """
        self._engine = opening.connect(place)
        self.evidence_files = EvidenceFiles(evidence)
        """For who reads nothing else, or only a part of each."""
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writing]:
        """Write: all that is done in this block is there after it, or nothing where it fails.

        One block at a time, among all threads and processes. Raises StoreError.
        """
        with self._writing() as session:
            yield Writing(session, self.evidence_files)

    def graded(self, lab: str) -> dict[tuple[str, str], Known]:
        """Return what is known of all students and digests of their submissions."""
        asked = (
            select(
                Attempt.student,
                Attempt.submission,
                EvidenceRow.id,
                EvidenceRow.submitted_at,
                ResultRow.lab,
                ResultRow.rubric,
                ResultRow.grader,
            )
            .join(EvidenceRow, EvidenceRow.attempt_id == Attempt.id)
            .join(ResultRow, ResultRow.evidence_id == EvidenceRow.id)
            .where(Attempt.lab == lab)
            .order_by(EvidenceRow.id)
        )
        known: dict[Key, Key] = {}  # most are the same
        found: dict[tuple[str, str], Known] = {}
        newest: dict[str, int] = {}
        with self._reading() as session:
            for student, submission, id_, at, *parts in session.execute(asked):
                one = found.get((student, submission))
                if one is None or one.evidence != id_:
                    one = found[student, submission] = Known(id_, at, set())
                key = Key(*parts)
                one.keys.add(known.setdefault(key, key))
                newest[student] = id_
        for (student, _), one in found.items():
            one.last = one.evidence == newest[student]
        return found

    def evidence(self, digest: str) -> Evidence:
        """Return evidence by its digest. Raises StoreError if it is missing or damaged."""
        return self.evidence_files.read(digest)

    def cases(self, lab: str) -> Iterator[Case]:
        """Yield all that a new scoring of a lab needs, student by student."""
        with self._reading() as attempts, self._reading() as history:
            yield from cases(attempts, history, lab)

    def attempts(self, lab: str) -> int:
        """Return how many attempts there are at a lab."""
        asked = select(func.count()).select_from(Attempt).where(Attempt.lab == lab)
        with self._reading() as session:
            return session.scalar(asked) or 0

    def tried(self, lab: str) -> Iterator[Tried]:
        """Yield all that is on record of a lab, by student, the newest last."""
        with self._reading() as session:
            yield from tried(session, lab)

    def standing(self, lab: str, student: str) -> Standing | None:
        """Return how a student stands in a lab; None without a result. Raises StoreError."""
        with self._reading() as session:
            rows = session.execute(
                _with_results(lab).where(Decision.student == stored_name(student))
            )
            return _standing(rows.all())

    def standings(self, lab: str) -> Iterator[Standing]:
        """Yield how all students of a lab stand, by name; one at a time is in memory."""
        with self._reading() as session:
            rows = session.execute(_with_results(lab).execution_options(yield_per=AT_ONCE))
            for _, group in groupby(rows, key=lambda row: row[0].student):
                if (standing := _standing(list(group))) is not None:
                    yield standing

    def labs_of(self, student: str) -> tuple[str, ...]:
        """Return the labs that the store knows of a student."""
        asked = select(Attempt.lab).where(Attempt.student == stored_name(student)).distinct()
        with self._reading() as session:
            return tuple(sorted(session.scalars(asked)))

    def history(self, lab: str, student: str) -> tuple[Line, ...]:
        """Return how the score of a student came about, oldest first. Raises StoreError."""
        with self._reading() as session:
            rows = decisions(session, lab, stored_name(student))
            wanted = {row.result_id for row in rows if row.result_id is not None}
            found = session.scalars(select(ResultRow).where(ResultRow.id.in_(wanted)))
            return lines_of(rows, {row.id: unpack(row) for row in found})

    def changes(self, lab: str) -> tuple[Change, ...]:
        """Return all that changed scores of a lab, the oldest first. Raises StoreError."""
        asked = (
            select(
                Decision.change,
                func.min(Decision.at),
                func.min(Decision.who),
                func.min(Decision.why),
                func.count(Decision.student.distinct()),
                func.min(Decision.student),
            )
            .where(Decision.lab == lab)
            .group_by(Decision.change)
            .order_by(func.min(Decision.id))
        )
        with self._reading() as session:
            return tuple(Change(*row) for row in session.execute(asked))

    def receipts(self, place: str) -> Mapping[str, ledger.Past]:
        """Return what was sent to an item of a learning platform, by account."""
        with self._reading() as session:
            return ledger.read(session, place)

    def forget(self, student: str) -> Forgotten:
        """Remove all that is known of a student, so that not even free pages hold it.

        The files go first: where this is interrupted, the rows still say what to remove.
        Raises StoreError.
        """
        name = stored_name(student)
        rows: dict[str, int] = {}
        with self._writing() as session:
            attempts = select(Attempt.id).where(Attempt.student == name)
            evidence = select(EvidenceRow.id).where(EvidenceRow.attempt_id.in_(attempts))
            others = set(
                session.scalars(
                    select(EvidenceRow.digest).where(EvidenceRow.attempt_id.not_in(attempts))
                )
            )
            files = tuple(self.evidence_files.remove_others(others))
            for table, mine in (
                (ReceiptRow, ReceiptRow.student == name),
                (Decision, Decision.student == name),
                (ResultRow, ResultRow.evidence_id.in_(evidence)),
                (EvidenceRow, EvidenceRow.attempt_id.in_(attempts)),
                (Attempt, Attempt.student == name),
            ):
                gone = session.execute(delete(table).where(mine).returning(table.id)).all()
                rows[table.__tablename__] = len(gone)
        opening.rewrite(self._engine)
        return Forgotten(rows, files)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Session]:
        with opening.as_store_errors(self._engine), Session(self._engine) as session:
            yield session

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Session]:
        engine = self._engine.execution_options(writes=True)
        with (
            self._turn,
            opening.as_store_errors(engine),
            Session(engine) as session,
            session.begin(),
        ):
            opening.wait_for_turn(session.connection())
            yield session


def _with_results(lab: str) -> Select[Decision, ResultRow | None, str | None]:
    """Ask for the history of a lab, student by student, with the results that it names."""
    return (
        select(Decision, ResultRow, EvidenceRow.digest)
        .outerjoin(ResultRow, ResultRow.id == Decision.result_id)
        .outerjoin(EvidenceRow, EvidenceRow.id == ResultRow.evidence_id)
        .where(Decision.lab == lab)
        .order_by(Decision.student, Decision.id)
    )


def _standing(
    history: Sequence[tuple[Decision, ResultRow | None, str | None]],
) -> Standing | None:
    last, given = in_force(decision for decision, _, _ in history)
    for decision, row, digest in history:
        if decision is last and row is not None and digest is not None:
            return Standing(
                lab=last.lab,
                student=last.student,
                result_id=row.id,
                evidence=digest,
                key=key_in(row),
                scored=unpack(row),
                overrides=given,
                open=last.open,
            )
    return None
