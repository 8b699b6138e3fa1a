"""What model calls used: added once for each event, summed by whatever is asked."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Integer, Label, and_, cast, false, func, literal, or_, select

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.tables import usage

ROWS = Rows(usage, UsageEntry)
DAY = 86400
_NAMED = usage.c.provider + literal("/") + usage.c.model

By = Literal["day", "project", "user", "provider", "model", "status", "task", "attempt", "key"]


class UsageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls: from `since` (included) to `until` (excluded), of a user, project, task, attempt, key, response, provider and
    model (with or without its provider before it), with a status. `own`: beside those of `projects`, this user's without a
    project."""

    since: float = 0.0
    until: float | None = None
    user: str = ""
    projects: tuple[str, ...] | None = None
    task: str = ""
    attempt: str = ""
    key: str = ""
    provider: str = ""
    model: str = ""
    status: str = ""
    response: str = ""
    own: str = ""


class UsageSum(msgspec.Struct, frozen=True, kw_only=True):
    """What calls used together. `of` says which, by what was asked for (a day is `2026-11-25`, UTC; a model `provider/name`).

    `cost_usd` covers the calls with a known price only; `unpriced` counts the others; `estimated` counts calls whose
    provider sent no usage.
    """

    of: dict[str, str] = {}
    calls: int = 0
    input: int = 0
    cached: int = 0
    cache_written: int = 0
    output: int = 0
    reasoning: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    estimated: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Input and output tokens together."""
        return self.input + self.output


def add_usage(connection: Connection, entries: Iterable[UsageEntry]) -> int:
    """How many were new: an entry whose id is there is not counted twice."""
    return sum(ROWS.add_new(connection, entry) for entry in entries)


def sum_usage(connection: Connection, which: UsageFilter, *by: By) -> list[UsageSum]:
    """The sums for each combination of `by`, in order of it; without `by` exactly one."""
    groups: dict[By, Label[Any]] = {name: _group(name, connection).label(f"by_{name}") for name in by}
    statement = select(*groups.values(), *_sums()).where(*_where(which)).group_by(*groups.values()).order_by(*groups.values())
    return [_decode(row, groups) for row in connection.execute(statement).mappings()]


def usage_of_tasks(connection: Connection, task_ids: Collection[str]) -> dict[str, UsageSum]:
    """What each of these tasks has used so far, in mid-turn too, by task."""
    statement = select(usage.c.task_id.label("by_task"), *_sums()).where(usage.c.task_id.in_(task_ids)).group_by(usage.c.task_id)
    groups: dict[By, Label[Any]] = {"task": usage.c.task_id.label("by_task")}
    found = [_decode(row, groups) for row in connection.execute(statement).mappings()]
    return {one.of["task"]: one for one in found}


def list_usage(connection: Connection, which: UsageFilter, *, before: str = "", limit: int = 100) -> list[UsageEntry]:
    """One page of calls, newest first: those that come after the one with the id `before`."""
    where = _where(which)
    if before:
        last = select(usage.c.time).where(usage.c.id == before).scalar_subquery()
        where.append(or_(usage.c.time < last, and_(usage.c.time == last, usage.c.id < before)))
    return ROWS.all(connection, *where, order=(usage.c.time.desc(), usage.c.id.desc()), limit=limit)


def day_of(connection: Connection) -> ColumnElement[int]:
    """A call's day, as a number since 1970 (UTC), in SQL."""
    days = usage.c.time / DAY  # a cast cuts on SQLite, and rounds on PostgreSQL
    return cast(days, Integer) if connection.dialect.name == "sqlite" else cast(func.floor(days), Integer)


def _group(by: By, connection: Connection) -> ColumnElement[Any]:
    if by == "model":
        return _NAMED
    if by in ("provider", "status"):
        return usage.c[by]
    return day_of(connection) if by == "day" else usage.c[f"{by}_id"]


def _sums() -> list[ColumnElement[Any]]:
    names = ("input", "cached", "cache_written", "output", "reasoning", "cost_usd", "seconds")
    return [
        func.count().label("calls"),
        *(func.coalesce(func.sum(usage.c[name]), 0).label(name) for name in names),
        func.count().filter(usage.c.cost_usd.is_(None)).label("unpriced"),
        func.count().filter(usage.c.estimated.is_(True)).label("estimated"),
    ]


def _where(which: UsageFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [usage.c.time >= which.since]
    if which.until is not None:
        where.append(usage.c.time < which.until)
    if which.projects is not None:
        own = and_(usage.c.project_id == "", usage.c.user_id == which.own) if which.own else false()
        where.append(or_(usage.c.project_id.in_(which.projects), own))
    ids = {name: getattr(which, name) for name in ("user", "task", "attempt", "key", "response")}
    where += [usage.c[f"{name}_id"] == value for name, value in ids.items() if value]
    if which.provider:
        where.append(usage.c.provider == which.provider)
    if which.model:
        where.append(literal(which.model).in_((usage.c.model, _NAMED)))
    if which.status:
        where.append(usage.c.status == which.status)
    return where


def _decode(row: Any, groups: Iterable[By]) -> UsageSum:
    values = dict(row)
    of = {name: _word(name, values.pop(f"by_{name}")) for name in groups}
    return msgspec.convert({**values, "of": of}, UsageSum, strict=False)


def _word(by: By, value: object) -> str:
    if by == "day":
        return time.strftime("%Y-%m-%d", time.gmtime(int(str(value)) * DAY))
    return str(value)
