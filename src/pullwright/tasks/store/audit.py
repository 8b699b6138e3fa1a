"""The audit log: added to and read, never changed."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.accounts import AuditEntry
from pullwright.tasks.store.tables import audit

ROWS = Rows(audit, AuditEntry, generated=("number",))


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries, newest first. `action` ending in `.` stands for all that begin so; `before` is the last page's last
    `number`."""

    user: str = ""
    project: str = ""
    action: str = ""
    object: str = ""
    since: float = 0.0
    before: int = 0
    limit: int = 100


def add_audit(connection: Connection, entry: AuditEntry) -> None:
    """In the transaction of what it tells of."""
    ROWS.add(connection, entry)


def list_audit(connection: Connection, which: AuditFilter) -> list[AuditEntry]:
    """One page, newest first."""
    where: list[ColumnElement[bool]] = [audit.c.time >= which.since]
    if which.user:
        where.append(audit.c.user_id == which.user)
    if which.project:
        where.append(audit.c.project_id == which.project)
    if which.object:
        where.append(audit.c.object == which.object)
    if which.action:
        begins = which.action.endswith(".")
        where.append(audit.c.action.startswith(which.action, autoescape=True) if begins else audit.c.action == which.action)
    if which.before:
        where.append(audit.c.number < which.before)
    return ROWS.all(connection, *where, order=audit.c.number.desc(), limit=which.limit)


def forget_audit(connection: Connection, before: float) -> int:
    """Remove what is older."""
    return ROWS.remove(connection, audit.c.time < before)
