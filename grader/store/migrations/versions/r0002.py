"""The ledger of what was uploaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("lab", sa.String(), nullable=False),
        sa.Column("student", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("grader", sa.String(), nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_place_account"), "receipts", ["place", "account"])
    op.create_index(op.f("ix_receipts_student"), "receipts", ["student"])
