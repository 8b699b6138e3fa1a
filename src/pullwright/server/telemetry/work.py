"""What is counted in the database: tasks, turns, workers, in one transaction that only reads."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from sqlalchemy import Connection, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from pullwright.tasks.store.api_tables import notices
from pullwright.tasks.store.tables import attempts, tasks, turns, workers

BUCKETS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""Upper bounds, in seconds, of the two histograms."""


class Histogram(msgspec.Struct, frozen=True):
    """How many took at most each of `BUCKETS`, how many there are, and how long they took together."""

    below: tuple[int, ...] = (0,) * len(BUCKETS)
    count: int = 0
    sum: float = 0.0


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """The whole service's work, as one reading finds it."""

    tasks: dict[str, int] = {}
    turns: dict[str, int] = {}
    workers: dict[str, int] = {}
    slots: int = 0
    oldest: float = 0.0
    queued: Histogram = Histogram()
    ran: Histogram = Histogram()
    outcomes: dict[str, int] = {}
    steps: int = 0
    notices: dict[str, int] = {}


def read_work(connection: Connection) -> Work:
    """Everything that is counted."""
    waiting = connection.scalar(select(func.min(turns.c.queued)).where(turns.c.state == "queued"))
    live = select(func.coalesce(func.sum(workers.c.slots), 0)).where(workers.c.state == "live")
    steps = select(func.coalesce(func.sum(attempts.c.spend_json["steps"].as_integer()), 0))
    ended = turns.c.finished.is_not(None)
    return Work(
        tasks=_by(connection, tasks.c.state),
        turns=_by(connection, turns.c.state),
        workers=_by(connection, workers.c.state),
        slots=int(connection.scalar(live) or 0),
        oldest=max(0.0, time.time() - waiting) if waiting else 0.0,
        queued=_histogram(connection, turns.c.admitted - turns.c.queued, turns.c.admitted.is_not(None)),
        ran=_histogram(connection, turns.c.finished - turns.c.started, ended & turns.c.started.is_not(None)),
        outcomes=_by(connection, turns.c.outcome_json["type"].as_string(), ended),
        steps=int(connection.scalar(steps) or 0),
        notices=_by(connection, notices.c.state),
    )


def _by(connection: Connection, column: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> dict[str, int]:
    query: Any = select(column, func.count()).group_by(column)
    if where is not None:
        query = query.where(where)
    rows: Any = connection.execute(query)
    return {str(value or "unknown"): int(count) for value, count in rows}


def _histogram(connection: Connection, seconds: ColumnElement[Any], where: ColumnElement[bool]) -> Histogram:
    below = [func.coalesce(func.sum(case((seconds <= bound, 1), else_=0)), 0) for bound in BUCKETS]
    row = connection.execute(select(*below, func.count(), func.coalesce(func.sum(seconds), 0.0)).where(where)).one()
    return Histogram(tuple(int(count) for count in row[:-2]), int(row[-2]), float(row[-1]))
