"""An attempt has a base of its own once the branch that it started from has moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column (empty: the task's base)."""
    with op.batch_alter_table("attempts") as table:
        table.add_column(sa.Column("base", sa.String(length=64), nullable=False, server_default=""))
