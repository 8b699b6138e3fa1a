"""An attempt has a base of its own once the branch that it started from has moved; live text crosses processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column (empty: the task's base), and what the live hub keeps."""
    with op.batch_alter_table("attempts") as table:
        table.add_column(sa.Column("base", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "live_texts",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("hub", sa.String(length=32), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("updated", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_live_texts")),
    )
    op.create_table(
        "watches",
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("hub", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("session", "hub", name=op.f("pk_watches")),
    )
