"""A task says which calls of its agent a person is asked about; those that were there ran without asking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("tasks") as table:
        table.add_column(sa.Column("approval", sa.String(length=16), server_default="full-auto", nullable=False))
