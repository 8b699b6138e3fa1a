"""Who is what in which project."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.records import Role
from pullwright.tasks.store.rows.people import Membership
from pullwright.tasks.store.tables import memberships

ROWS = Rows(memberships, Membership)


def put_membership(connection: Connection, membership: Membership) -> None:
    """Make a user something in a project, or something else than before."""
    mine = (memberships.c.user_id == membership.user_id, memberships.c.project_id == membership.project_id)
    if not ROWS.add_new(connection, membership):
        ROWS.change(connection, *mine, role=membership.role)


def remove_membership(connection: Connection, user_id: str, project_id: str) -> bool:
    """False: they were not a member."""
    return ROWS.remove(connection, memberships.c.user_id == user_id, memberships.c.project_id == project_id) == 1


def roles_of(connection: Connection, user_id: str) -> dict[str, Role]:
    """A user's role in each of their projects."""
    return {row.project_id: row.role for row in ROWS.all(connection, memberships.c.user_id == user_id)}


def members_of(connection: Connection, project_id: str) -> list[Membership]:
    """Everybody in a project."""
    return ROWS.all(connection, memberships.c.project_id == project_id, order=memberships.c.user_id)


def list_memberships(connection: Connection) -> list[Membership]:
    """What everybody is everywhere, by user, then project."""
    return ROWS.all(connection, order=(memberships.c.user_id, memberships.c.project_id))
