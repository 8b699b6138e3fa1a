"""The rows of workers.

live ─▶ draining ─▶ gone        draining: it admits nothing more, what it has goes on; gone: whatever it had is somebody else's

A worker's id is new in each of its lives, so `gone` is for ever: who finds itself gone stops, and registers anew.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, insert, select, update

from pullwright.tasks.engine.turns import HELD, return_turns
from pullwright.tasks.store.tables import turns, workers
from pullwright.tasks.store.workers import forget_workers

REMEMBERED = 7 * 86400.0
"""Seconds for which a worker that is gone is still listed."""


def register(connection: Connection, *, id: str, host: str, pid: int, slots: int) -> None:  # noqa: A002
    """Begin a worker's life."""
    now = time.time()
    values = {"id": id, "host": host, "pid": pid, "slots": slots, "state": "live", "started": now, "heartbeat": now}
    connection.execute(insert(workers).values(values))
    forget_workers(connection, now - REMEMBERED)


def beat(connection: Connection, worker: str) -> bool:
    """Say that the worker lives. False when it was declared gone: it has nothing any more."""
    alive = update(workers).where(workers.c.id == worker, workers.c.state != "gone").values(heartbeat=time.time())
    return connection.execute(alive).rowcount == 1


def drain(connection: Connection, worker: str) -> bool:
    """Have the worker admit nothing more. False when it was not live."""
    live = update(workers).where(workers.c.id == worker, workers.c.state == "live").values(state="draining")
    return connection.execute(live).rowcount == 1


def depart(connection: Connection, worker: str) -> list[str]:
    """End the worker's life; its turns, which are queued again, are returned."""
    connection.execute(update(workers).where(workers.c.id == worker).values(state="gone"))
    return return_turns(connection, worker)


def stranded(connection: Connection) -> list[str]:
    """Workers that have turns although they are gone: one that was declared so in the moment in which it took them."""
    there = select(workers.c.id).where(workers.c.state != "gone")
    held = turns.c.state.in_(HELD)
    return list(connection.execute(select(turns.c.worker_id).where(held, turns.c.worker_id.not_in(there)).distinct()).scalars())
