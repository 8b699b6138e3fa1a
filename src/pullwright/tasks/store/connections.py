"""Forges and how to sign in there. Credentials are sealed (`tasks.vault`)."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.projects import ForgeConnection
from pullwright.tasks.store.tables import connections

ROWS = Rows(connections, ForgeConnection)


def add_connection(connection: Connection, forge: ForgeConnection) -> bool:
    """False: the name is taken."""
    return ROWS.add_new(connection, forge)


def find_connection(connection: Connection, name: str) -> ForgeConnection | None:
    """By id or name."""
    return ROWS.find(connection, connections.c.id == name) or ROWS.find(connection, connections.c.name == name)


def get_connection(connection: Connection, name: str) -> ForgeConnection:
    """By id or name. Raises `NotFound`."""
    forge = find_connection(connection, name)
    if forge is None:
        raise NotFound(f"there is no forge connection {name}")
    return forge


def list_connections(connection: Connection) -> list[ForgeConnection]:
    """All, by name."""
    return ROWS.all(connection, order=connections.c.name)


def change_connection(connection: Connection, connection_id: str, **values: object) -> bool:
    """Set fields; False: there is none."""
    return ROWS.change(connection, connections.c.id == connection_id, **values) == 1


def remove_connection(connection: Connection, connection_id: str) -> bool:
    """False: there is none. SQLAlchemy's IntegrityError while a project uses it."""
    return ROWS.remove(connection, connections.c.id == connection_id) == 1
