"""The ledger of uploads: what was sent to a learning platform, and what it was seen to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.store.tables import ReceiptRow


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One line of the ledger."""

    student: str
    account: str
    """The student, as the platform names them."""
    points: float
    comment: str | None = None
    """Digest of the text to the student; None where none was sent."""
    seen: bool = False
    """Read back, not only sent."""
    grader: str | None = None
    """Who set the points, as the platform names them."""


@dataclass(frozen=True)
class Past:
    """What the ledger knows of one account."""

    seen: Receipt | None = None
    """What was read back last."""
    open: Receipt | None = None
    """What was sent since then: whether it arrived is not known."""

    @property
    def comment(self) -> str | None:
        """Digest of the text that the student certainly has."""
        return self.seen.comment if self.seen else None

    def then(self, receipt: Receipt) -> Past:
        """Return what is known after one more line."""
        return Past(receipt) if receipt.seen else Past(self.seen, receipt)


NOTHING = Past()
"""Of an account to which nothing was ever sent."""


def read(session: Session, place: str) -> Mapping[str, Past]:
    """Return what the ledger knows, by account."""
    past: dict[str, Past] = {}
    rows = select(ReceiptRow).where(ReceiptRow.place == place).order_by(ReceiptRow.id)
    for row in session.scalars(rows):
        receipt = Receipt(
            student=row.student,
            account=row.account,
            points=row.points,
            comment=row.comment,
            seen=row.seen,
            grader=row.grader,
        )
        past[row.account] = past.get(row.account, NOTHING).then(receipt)
    return past


def add(session: Session, place: str, lab: str, receipts: Iterable[Receipt], who: str) -> None:
    """Add lines for one item of a platform."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    session.add_all(
        ReceiptRow(
            place=place,
            lab=lab,
            student=receipt.student,
            account=receipt.account,
            points=receipt.points,
            comment=receipt.comment,
            seen=receipt.seen,
            grader=receipt.grader,
            at=at,
            who=who,
        )
        for receipt in receipts
    )
