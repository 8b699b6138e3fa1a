"""Pull requests of plain git remotes, which have none of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "plain_pulls",
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("head_branch", sa.String(length=200), nullable=False),
        sa.Column("pull_json", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_plain_pulls_project_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_plain_pulls")),
    )
