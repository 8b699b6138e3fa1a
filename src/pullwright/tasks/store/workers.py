"""Workers, and when each was heard of last: read here; their own doings are the engine's (`tasks.engine.workers`)."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.work import Worker
from pullwright.tasks.store.tables import workers

ROWS = Rows(workers, Worker)


def list_workers(connection: Connection, *, gone: bool = False) -> list[Worker]:
    """Those that serve, by age; with `gone` also those that no longer do."""
    where = [] if gone else [workers.c.state != "gone"]
    return ROWS.all(connection, *where, order=(workers.c.started, workers.c.id))


def forget_workers(connection: Connection, before: float) -> int:
    """Remove those that are gone and were not heard of since `before`."""
    return ROWS.remove(connection, workers.c.state == "gone", workers.c.heartbeat < before)
