"""One row for each thing that was done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.store.audit import add_audit
from pullwright.tasks.store.rows.accounts import AuditEntry


def audit(
    connection: Connection,
    actor: Actor,
    action: str,
    object: str = "",  # noqa: A002
    project: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Say in this transaction what the actor does in it. `detail` never holds a secret's value."""
    entry = AuditEntry(
        time=time.time(),
        user_id=actor.user_id,
        key_id=actor.key_id,
        action=action,
        object=object,
        project_id=project,
        detail=dict(detail or {}),
        address=actor.address,
    )
    add_audit(connection, entry)
