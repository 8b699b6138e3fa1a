"""Processes that serve the API, and when each was heard of last."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from pullwright.tasks.store.api_tables import servers
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.accounts import ServerProcess

ROWS = Rows(servers, ServerProcess)


def beat_server(connection: Connection, server: ServerProcess, now: float) -> None:
    """It lives now; it is made known where it is not."""
    if not ROWS.change(connection, servers.c.id == server.id, heartbeat=now):
        ROWS.add_new(connection, server)


def list_servers(connection: Connection) -> list[ServerProcess]:
    """Those that are known, by age."""
    return ROWS.all(connection, order=(servers.c.started, servers.c.id))


def forget_servers(connection: Connection, ids: Collection[str]) -> None:
    """They are gone."""
    ROWS.remove(connection, servers.c.id.in_(ids))
