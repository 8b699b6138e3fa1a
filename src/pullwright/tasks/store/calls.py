"""Calls of models through the API: rows of `usage` that are there before the upstream is called, and are closed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.tables import usage

ROWS = Rows(usage, UsageEntry)
GONE = "gone"
"""The status of a call whose process ended before it did."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended, and what it used by then."""

    id: str
    status: str
    input: int
    cached: int = 0
    cache_written: int = 0
    output: int
    reasoning: int = 0
    cost_usd: float | None
    seconds: float
    estimated: bool
    first_seconds: float | None
    heard_bytes: int


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What an open call has used so far, estimated."""

    id: str
    output: int
    cost_usd: float | None
    seconds: float
    first_seconds: float | None
    heard_bytes: int


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of a key since a moment: how many, their tokens, and when the last of them began (0: none)."""

    calls: int = 0
    tokens: int = 0
    last: float = 0.0


def add_calls(connection: Connection, entries: Sequence[UsageEntry]) -> None:
    """Open calls. Their ids are new."""
    if entries:
        connection.execute(insert(usage), [msgspec.structs.asdict(entry) for entry in entries])


def end_calls(connection: Connection, endings: Sequence[Ending]) -> None:
    """Close calls that are open, or were given up as gone by somebody else too early; others stay as they are."""
    _set(connection, endings, or_(usage.c.open, usage.c.status == GONE), open=False)


def note_calls(connection: Connection, heard: Sequence[Heard]) -> None:
    """Say of calls that are still open what they have used so far."""
    _set(connection, heard, usage.c.open)


def give_up_calls(connection: Connection, endings: Sequence[Ending]) -> None:
    """Close calls whose process is gone, those that are still open."""
    _set(connection, endings, usage.c.open, open=False)


def _set(connection: Connection, rows: Sequence[Ending] | Sequence[Heard], where: Any, **more: object) -> None:
    if not rows:
        return
    names = [name for name in rows[0].__struct_fields__ if name != "id"]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    statement = update(usage).where(usage.c.id == bindparam("this"), where).values(**values, **more)
    given = [{"this": row.id, **{f"new_{name}": getattr(row, name) for name in names}} for row in rows]
    connection.execute(statement, given)


def open_calls(connection: Connection, server_id: str) -> list[UsageEntry]:
    """The calls that a server process has open."""
    return ROWS.all(connection, usage.c.open, usage.c.server_id == server_id)


def servers_with_open_calls(connection: Connection) -> list[str]:
    """Ids of server processes that have calls open."""
    return list(connection.scalars(select(usage.c.server_id).where(usage.c.open).distinct()))


def exact_calls(connection: Connection, provider: str, model: str, limit: int) -> list[UsageEntry]:
    """The latest calls of a model through the API whose provider counted them, the newest first."""
    where = (usage.c.provider == provider, usage.c.model == model, usage.c.sent_bytes > 0, usage.c.estimated.is_(False))
    return ROWS.all(connection, *where, order=usage.c.time.desc(), limit=limit)


def elsewhere(connection: Connection, keys: Sequence[str], server_id: str, since: float) -> dict[str, Minute]:
    """The calls of keys since a moment that other server processes than this one made; a key without any is not there."""
    tokens = func.sum(usage.c.input + usage.c.output)
    others = usage.c.server_id.not_in(("", server_id))
    where = (usage.c.key_id.in_(keys), usage.c.time > since, others)
    sums = select(usage.c.key_id, func.count(), tokens, func.max(usage.c.time)).where(*where).group_by(usage.c.key_id)
    return {key: Minute(calls=calls, tokens=int(used), last=last) for key, calls, used, last in connection.execute(sums)}
