"""What alembic runs for any command: the revisions, on the connection that `migrate` put into the configuration."""

from __future__ import annotations

from typing import cast

from alembic import context
from sqlalchemy import Connection

from pullwright.log.sql.tables import METADATA

context.configure(
    connection=cast(Connection, context.config.attributes["connection"]),
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
