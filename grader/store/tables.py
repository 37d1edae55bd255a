"""The tables. Rows are added and, for a student who is to be forgotten, removed; never changed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables, with names for what migrations may have to find again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Attempt(Base):
    """One distinct submission of a student for a lab."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("lab", "student", "number"),
        UniqueConstraint("lab", "student", "submission"),
        Index(None, "student"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab: Mapped[str]
    student: Mapped[str]
    number: Mapped[int]
    """From 1 on, in the order in which they came to us."""
    submission: Mapped[str]
    """Digest of what was handed in."""


class EvidenceRow(Base):
    """Where the record of one replay of an attempt is."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """Of its content; the name of its file."""
    submitted_at: Mapped[str | None]
    recorded_at: Mapped[str]


class ResultRow(Base):
    """What evidence earned by one rubric, one lab and one program; written once."""

    __tablename__ = "results"
    __table_args__ = (UniqueConstraint("evidence_id", "lab", "rubric", "grader"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"))
    lab: Mapped[str]
    """Digest of the lab."""
    rubric: Mapped[str]
    """Digest of the rubric."""
    grader: Mapped[str]
    """Version and digest of the program."""
    points: Mapped[float]
    max_points: Mapped[float]
    needs_review: Mapped[bool]
    content: Mapped[bytes]
    """The result, and how it was added up: JSON, compressed."""


class Decision(Base):
    """One line of history: which result counts from now on, or what a criterion gets by hand."""

    __tablename__ = "history"
    __table_args__ = (
        CheckConstraint("who <> '' AND why <> ''", name="explained"),
        CheckConstraint("(criterion IS NULL) = (result_id IS NOT NULL)", name="one_sort"),
        Index(None, "lab", "student", "criterion"),
        Index(None, "change"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab: Mapped[str]
    student: Mapped[str] = mapped_column(index=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey("results.id"), index=True)
    criterion: Mapped[str | None]
    points: Mapped[float | None]
    """Of the criterion; nothing where it is judged by the program again."""
    open: Mapped[bool]
    """Of a result: another attempt that waits for review may take its place."""
    who: Mapped[str]
    at: Mapped[str]
    why: Mapped[str]
    change: Mapped[str]
    """What belongs together, and can be undone together."""


class ReceiptRow(Base):
    """What was sent to a learning platform for a student, or what it was seen to hold after it."""

    __tablename__ = "receipts"
    __table_args__ = (Index(None, "place", "account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]
    """Platform, course and item."""
    lab: Mapped[str]
    student: Mapped[str] = mapped_column(index=True)
    account: Mapped[str]
    """The student, as the platform names them."""
    points: Mapped[float]
    comment: Mapped[str | None]
    """Digest of the text to the student; nothing where none was sent."""
    seen: Mapped[bool]
    """Read back, not only sent."""
    grader: Mapped[str | None]
    """Who set the points, as the platform names them; of what was seen."""
    at: Mapped[str]
    who: Mapped[str]
