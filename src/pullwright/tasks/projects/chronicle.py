"""The audit log, read: all of it by administrators of the server, a project's by its own."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.audit import AuditFilter, list_audit
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.accounts import AuditEntry


async def view_audit(service: Kept, actor: Actor, which: AuditFilter) -> list[AuditEntry]:
    """One page, newest first. `which.project` is an id or name."""
    return await service.database.read(_list, actor, which)


def _list(connection: Connection, actor: Actor, which: AuditFilter) -> list[AuditEntry]:
    if not which.project:
        actor.require("audit.read")
        return list_audit(connection, which)
    project = get_project(connection, which.project)
    actor.require("project.audit", project.id, f"project {which.project}")
    return list_audit(connection, msgspec.structs.replace(which, project=project.id))
