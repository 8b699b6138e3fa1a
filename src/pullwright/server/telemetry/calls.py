"""Calls of models, counted in the database: by tasks, and through the API.

Sums only ever grow: a call counts once it has ended. Those of days that are over are summed once in a process's life (and anew
each day), so that a look costs what today's and yesterday's calls cost, however many there ever were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, not_, select

from pullwright.tasks.store.tables import usage
from pullwright.tasks.store.usage import DAY

FIRST = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, in seconds, of the time until the first token."""
_SUMMED = ("input", "cached", "output", "reasoning", "cost_usd", "seconds", "first_seconds")


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one model that ended with one status (empty: a task's). `below` counts first tokens within each of `FIRST`, and
    `firsts` all of them."""

    provider: str
    model: str
    status: str
    calls: int
    estimated: int
    input: int
    cached: int
    output: int
    reasoning: int
    cost_usd: float
    seconds: float
    first_seconds: float
    firsts: int
    below: tuple[int, ...]

    def plus(self, other: Counted) -> Counted:
        """Both together."""
        names = ("calls", "estimated", "firsts", *_SUMMED)
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        below = tuple(one + another for one, another in zip(self.below, other.below, strict=True))
        return msgspec.structs.replace(self, **sums, below=below)


class Calls:
    """What one process knows of all calls. `read` is for `Database.read`."""

    def __init__(self) -> None:
        self._before = -1.0
        self._past: Sequence[Counted] = ()

    def read(self, connection: Connection) -> list[Counted]:
        """All calls that have ended, by model and status."""
        today = time.time() // DAY * DAY
        before = today - DAY  # what began yesterday may still end
        if before != self._before:
            self._past = _sums(connection, usage.c.time < before)
            self._before = before
        return added([*self._past, *_sums(connection, usage.c.time >= before)], lambda one: (one.provider, one.model, one.status))


def open_calls(connection: Connection) -> int:
    """How many calls through the API are open, of all server processes."""
    return connection.execute(select(func.count()).select_from(usage).where(usage.c.open)).scalar_one()


def added(counted: Iterable[Counted], by: Callable[[Counted], tuple[str, ...]]) -> list[Counted]:
    """The sums for each `by(one)`, in order of it."""
    found: dict[tuple[str, ...], Counted] = {}
    for one in counted:
        known = found.get(by(one))
        found[by(one)] = one if known is None else known.plus(one)
    return [found[key] for key in sorted(found)]


def _sums(connection: Connection, when: ColumnElement[bool]) -> list[Counted]:
    by = (usage.c.provider, usage.c.model, usage.c.status)
    first = usage.c.first_seconds
    columns = [
        func.count().label("calls"),
        func.count().filter(usage.c.estimated.is_(True)).label("estimated"),
        *(func.coalesce(func.sum(usage.c[name]), 0).label(name) for name in _SUMMED),
        func.count(first).label("firsts"),
        *(func.coalesce(func.sum(case((first <= bound, 1), else_=0)), 0).label(f"below_{n}") for n, bound in enumerate(FIRST)),
    ]
    named = [column.label(name) for name, column in zip(("provider", "model", "status"), by, strict=True)]
    rows = connection.execute(select(*named, *columns).where(when, not_(usage.c.open)).group_by(*by)).mappings()
    return [_decode(dict(row)) for row in rows]


def _decode(row: dict[str, Any]) -> Counted:
    below = tuple(int(row.pop(f"below_{number}")) for number in range(len(FIRST)))
    return msgspec.convert({**row, "below": below}, Counted, strict=False)
