"""Everything that is written to the store; all of one block, or nothing of it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.attempts import Take, counting
from grader.errors import StoreError, UsageError
from grader.evidence_file import content_of
from grader.model.evidence import Evidence
from grader.overrides import Scored, check_fits
from grader.store import bulk, ledger
from grader.store.bulk import Settled
from grader.store.cases import Replay, in_order, to_compare
from grader.store.digests import Key
from grader.store.files import EvidenceFiles, digest_of
from grader.store.standing import in_force, pack, unpack
from grader.store.tables import Attempt, Decision, EvidenceRow, ResultRow

HISTORY = "see `grade history LAB --student NAME`; each line ends with its change"


def stored_name(student: str) -> str:
    """Return a name as it is stored: a Mac hands on decomposed ones."""
    return unicodedata.normalize("NFC", student)


@dataclass(frozen=True)
class Signed:
    """Who changes something, and why; what has one `change` can be undone together."""

    who: str
    why: str
    change: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        """Raise UsageError where nobody stands for it."""
        if not self.who.strip() or not self.why.strip():
            raise UsageError("a change of scores needs who and why", fix="say it with --why TEXT")


class Writing:
    """One transaction, while which nobody else writes. Made by `Store.writing`."""

    def __init__(self, session: Session, files: EvidenceFiles) -> None:
        """Take a session that has the lock."""
        self._session = session
        self._files = files

    def keep(self, evidence: Evidence, scored: Scored, key: Key) -> int:
        """Keep evidence and what it earned, and return the result's id.

        What is there already is written no second time. Raises StoreError where the same evidence
        earned something else by the same key, for then somebody is wrong.
        """
        return self._keep(self._evidence_row(evidence), scored, key)

    def keep_again(self, digest: str, scored: Scored, key: Key) -> int:
        """Keep what evidence earned that is in the store already, and return the result's id.

        Raises StoreError as `keep` does, and for evidence that is not there (any more).
        """
        row = self._session.scalar(select(EvidenceRow).where(EvidenceRow.digest == digest))
        if row is None:
            problem = f"the evidence {digest[:12]}… is not in the store any more"
            raise StoreError(problem, fix="grade the submission again")
        return self._keep(row, scored, key)

    def _keep(self, row: EvidenceRow, scored: Scored, key: Key) -> int:
        there = self._result(row.id, key)
        if there is not None:
            if unpack(there) != scored:
                result = scored.result
                raise StoreError(
                    f"{result.student!r} in lab {result.lab!r}: the same evidence by the same "
                    f"rubric earned {there.points:g} points before, and {result.points:g} points "
                    "now; nothing was changed",
                    fix="this is a fault of the program: please report it",
                )
            return there.id
        new = ResultRow(
            evidence_id=row.id,
            **key._asdict(),
            points=scored.result.points,
            max_points=scored.result.max_points,
            needs_review=scored.result.needs_review,
            content=pack(scored),
        )
        self._session.add(new)
        self._session.flush()
        return new.id

    def _result(self, evidence_id: int, key: Key) -> ResultRow | None:
        same = key._asdict() | {"evidence_id": evidence_id}
        return self._session.scalar(select(ResultRow).filter_by(**same))

    def unscored(self, lab: str, student: str, key: Key) -> list[str]:
        """Return the digests of the evidence of attempts that have no result by this key."""
        return [
            attempt.digest
            for attempt in self._attempts(lab, stored_name(student))
            if not self._result(attempt.id, key)
        ]

    def settle(self, lab: str, student: str, key: Key, take: Take | None, signed: Signed) -> bool:
        """Decide which attempt counts by this key, and return whether that is a change.

        Without `take`, it is what was graded last. Raises StoreError where an attempt that is to
        be compared has no result by this key.
        """
        attempts = to_compare(self._attempts(lab, stored_name(student)), take)
        found: list[ResultRow] = []
        for attempt in attempts:
            there = self._result(attempt.id, key)
            if there is None:
                problem = f"attempt {attempt.number} of {student!r} is not scored by this rubric"
                raise StoreError(problem, fix=f"run `grade regrade {lab}`")
            found.append(there)
        if not found:
            raise StoreError(f"{student!r} has no attempt at lab {lab!r}", fix="grade one first")
        results = [unpack(row).result for row in found]
        index, open_ = counting(results, take)
        return self._count(lab, stored_name(student), found[index].id, open_=open_, signed=signed)

    def settle_all(self, lab: str, settled: Sequence[Settled], signed: Signed) -> int:
        """Keep results of many students and let them count; return for how many that is a change.

        As `keep_again` and `settle` do for one; that nothing else was written since the cases were
        read is the caller's part: read them inside of this transaction.
        """
        ids = bulk.keep(self._session, settled)
        return bulk.count(self._session, lab, settled, ids, _fields(signed))

    def override(
        self, lab: str, student: str, criterion: str, points: float | None, signed: Signed
    ) -> None:
        """Give a criterion points by hand; None takes that back.

        Raises UsageError where the student has no result, or the points do not fit.
        """
        last, given = in_force(decisions(self._session, lab, stored_name(student)))
        if last is None or last.result_id is None:
            raise UsageError(
                f"{student!r} has no result for lab {lab!r}", fix="grade the submission first"
            )
        if points is not None:
            row = self._session.get_one(ResultRow, last.result_id)
            check_fits(unpack(row).result, criterion, points)
        elif criterion not in {override.criterion for override in given}:
            raise UsageError(f"{criterion!r} has no points given by hand", fix=HISTORY)
        self._add(lab, stored_name(student), signed, criterion=criterion, points=points)

    def undo(self, change: str, signed: Signed) -> int:
        """Bring back what was before a change; return for how many lines of history.

        Raises UsageError for a change that is unknown, or upon which others were made since.
        """
        rows = list(
            self._session.scalars(
                select(Decision).where(Decision.change == change).order_by(Decision.id)
            )
        )
        if not rows:
            raise UsageError(f"there is no change {change!r}", fix=HISTORY)
        for row in rows:
            self._undo(row, signed)
        return len(rows)

    def receive(self, place: str, lab: str, receipts: Iterable[ledger.Receipt], who: str) -> None:
        """Add to the ledger what was sent to an item of a learning platform, or seen there."""
        named = (replace(one, student=stored_name(one.student)) for one in receipts)
        ledger.add(self._session, place, lab, named, who)

    def _undo(self, row: Decision, signed: Signed) -> None:
        same = [
            one
            for one in decisions(self._session, row.lab, row.student)
            if one.criterion == row.criterion
        ]
        if same[-1].id != row.id:
            what = row.criterion or "result"
            problem = f"the {what} of {row.student!r} was changed again since {row.change!r}"
            raise UsageError(problem, fix=f"undo {same[-1].change!r} first")
        before = same[-2] if len(same) > 1 else None
        if row.criterion is not None:
            points = before.points if before else None
            self._add(row.lab, row.student, signed, criterion=row.criterion, points=points)
        elif before is None or before.result_id is None:
            raise UsageError(
                f"{row.student!r} had no result before {row.change!r}",
                fix="to remove a student, use `grade forget`",
            )
        else:
            self._count(row.lab, row.student, before.result_id, open_=before.open, signed=signed)

    def _count(
        self, lab: str, student: str, result_id: int, *, open_: bool, signed: Signed
    ) -> bool:
        last, _ = in_force(decisions(self._session, lab, student))
        if last is not None and (last.result_id, last.open) == (result_id, open_):
            return False
        self._add(lab, student, signed, result_id=result_id, open=open_)
        return True

    def _add(self, lab: str, student: str, signed: Signed, **what: object) -> None:
        self._session.add(Decision(lab=lab, student=student, **_fields(signed) | what))
        self._session.flush()

    def _evidence_row(self, evidence: Evidence) -> EvidenceRow:
        content = content_of(evidence)
        digest = digest_of(content)
        row = self._session.scalar(select(EvidenceRow).where(EvidenceRow.digest == digest))
        self._files.write(content)  # also where the row is there, and the file was lost
        if row is None:
            at = evidence.submitted_at
            row = EvidenceRow(
                attempt_id=self._attempt(evidence).id,
                digest=digest,
                submitted_at=at.astimezone(UTC).isoformat() if at else None,
                recorded_at=evidence.recorded_at,
            )
            self._session.add(row)
            self._session.flush()
        return row

    def _attempt(self, evidence: Evidence) -> Attempt:
        student = stored_name(evidence.student)
        mine = (Attempt.lab == evidence.lab, Attempt.student == student)
        digest = evidence.submission_digest
        there = self._session.scalar(select(Attempt).where(*mine, Attempt.submission == digest))
        if there is not None:
            return there
        last = self._session.scalar(select(func.max(Attempt.number)).where(*mine)) or 0
        attempt = Attempt(lab=evidence.lab, student=student, number=last + 1, submission=digest)
        self._session.add(attempt)
        self._session.flush()
        return attempt

    def _attempts(self, lab: str, student: str) -> tuple[Replay, ...]:
        """Return the newest evidence of each attempt, in the order of handing in."""
        rows = self._session.execute(
            select(EvidenceRow.id, EvidenceRow.digest, Attempt.number, EvidenceRow.submitted_at)
            .join(Attempt, Attempt.id == EvidenceRow.attempt_id)
            .where(Attempt.lab == lab, Attempt.student == student)
            .order_by(EvidenceRow.id)
        )
        newest = {number: Replay(id_, digest, number, at) for id_, digest, number, at in rows}
        return in_order(newest.values())


def decisions(session: Session, lab: str, student: str) -> Sequence[Decision]:
    """Return all lines of one student's history in one lab, oldest first."""
    mine = (Decision.lab == lab, Decision.student == student)
    return session.scalars(select(Decision).where(*mine).order_by(Decision.id)).all()


def _fields(signed: Signed) -> dict[str, object]:
    """Return a line of history that says who and why, and not yet what."""
    return {
        "result_id": None,
        "criterion": None,
        "points": None,
        "open": False,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": signed.who,
        "why": signed.why,
        "change": signed.change,
    }
