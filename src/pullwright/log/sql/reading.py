"""Reading a session's log from the database, page by page, from any number on; for whoever does not write it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from sqlalchemy import Connection, bindparam, select

from pullwright.log.bells import Bells
from pullwright.log.lines import event_of
from pullwright.log.sql.database import Database
from pullwright.log.sql.feed import Feed
from pullwright.log.sql.tables import events as events_table
from pullwright.log.sql.tables import log_heads
from pullwright.protocol.events import Event

PAGE = 500
"""Events that are fetched at once."""
POLL = 1.0
"""Seconds after which a reader looks without having been rung."""

_LINES = (
    select(events_table.c.data)
    .where(events_table.c.session == bindparam("of"), events_table.c.seq > bindparam("after"))
    .order_by(events_table.c.seq)
    .limit(bindparam("most"))
)
_LAST = (
    select(events_table.c.data)
    .where(events_table.c.session == bindparam("of"))
    .order_by(events_table.c.seq.desc())
    .limit(bindparam("most"))
)
_SEQ = select(log_heads.c.seq).where(log_heads.c.session == bindparam("of"))


def lines_after(connection: Connection, session: str, after: int, limit: int) -> list[bytes]:
    """A row function: the encoded events after `after`, at most `limit`."""
    return list(connection.scalars(_LINES, {"of": session, "after": after, "most": limit}))


def last_lines(connection: Connection, session: str, limit: int) -> list[bytes]:
    """A row function: the encoded events of the end, at most `limit`, the newest first."""
    return list(connection.scalars(_LAST, {"of": session, "most": limit}))


def seq_of(connection: Connection, session: str) -> int:
    """A row function: the number of a session's last event; 0 when there is none."""
    return cast("int | None", connection.scalar(_SEQ, {"of": session})) or 0


async def read_lines(database: Database, session: str, after: int = 0, limit: int = PAGE) -> list[bytes]:
    """The encoded events (one line of JSON each) after number `after`, at most `limit`, as they stand now."""
    return await database.read(lines_after, session, max(after, 0), limit)


async def read_newest(database: Database, session: str, limit: int = PAGE) -> list[bytes]:
    """The encoded events of the log's end, at most `limit`, in their order."""
    return (await database.read(last_lines, session, limit))[::-1]


async def read_events(database: Database, session: str, after: int = 0, limit: int = PAGE) -> list[Event]:
    """The events after number `after`, at most `limit`, as they stand now. Raises `LogDamaged` at an unreadable one."""
    lines = await read_lines(database, session, after, limit)
    return [event_of(line, number) for number, line in enumerate(lines, max(after, 0) + 1)]


async def tail_lines(database: Database, bells: Bells, session: str, after: int = 0) -> AsyncIterator[bytes]:
    """The encoded events after number `after`, then each new one once it is committed, by whatever process, without end.

    All that follow one session in this process share what is fetched: a hundred cost the database as much as one.
    """
    after = max(after, 0)
    feed = Feed.of(database, session)

    async def fetch(number: int) -> list[bytes]:
        return await database.read(lines_after, session, number, PAGE)

    async with bells.listen(f"log:{session}") as bell:
        while True:
            while lines := feed.after(after) or await feed.look(after, fetch):
                for line in lines:
                    yield line
                after += len(lines)
            await bell.wait(POLL)


async def tail_events(database: Database, bells: Bells, session: str, after: int = 0) -> AsyncIterator[Event]:
    """The same, decoded. Raises `LogDamaged` at an unreadable one."""
    number = max(after, 0)
    async for line in tail_lines(database, bells, session, after):
        number += 1
        yield event_of(line, number)
