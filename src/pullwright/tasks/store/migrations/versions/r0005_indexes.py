"""What is looked up by its task, project or object is found without reading the whole table."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

INDEXES = {
    "tasks": ("project_id", "id"),
    "turns": ("task_id",),
    "comments": ("task_id",),
    "reviews": ("task_id",),
    "effects": ("task_id",),
    "usage": ("task_id",),
    "pull_requests": ("project_id", "number"),
    "setups": ("environment_id",),
    "audit": ("object",),
}


def upgrade() -> None:
    """Add the indexes. Tasks are listed by id, which goes with their creation."""
    op.drop_index("ix_tasks_project_created", "tasks")
    for table, columns in INDEXES.items():
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
