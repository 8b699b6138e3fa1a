"""Group commit: all appends of this process that wait are committed in one transaction.

    append ─┐
    append ─┼─▶ waiting ──▶ one transaction: heads locked and looked at, events inserted, heads moved
    append ─┘              (while it runs, the next ones gather)

Each append is still all or nothing by itself, and refused alone: one whose log has moved on is left out of the transaction,
and when something fails that is not the database's passing fault, each is tried in a transaction of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary, ref

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import events as events_table
from pullwright.log.sql.tables import log_heads
from pullwright.protocol.errors import LogConflict, TryAgainLater
from pullwright.protocol.events import Event

Also = Callable[[Connection, Sequence[Event]], None]
"""What is done in the transaction of the events that it is given, once for each event."""

MOST = 200
"""Appends in one transaction."""

_HEADS = (
    select(log_heads.c.session, log_heads.c.seq, log_heads.c.generation)
    .where(log_heads.c.session.in_(bindparam("sessions", expanding=True)))
    .order_by(log_heads.c.session)
    .with_for_update()
)
_MOVE = (
    update(log_heads)
    .where(log_heads.c.session == bindparam("of"))
    .values(seq=bindparam("to"), generation=bindparam("generation"))
)
_THERE = (
    select(events_table.c.data)
    .where(
        events_table.c.session == bindparam("of"),
        events_table.c.seq > bindparam("after"),
        events_table.c.seq <= bindparam("to"),
    )
    .order_by(events_table.c.seq)
)
_INSERT = insert(events_table)


class Append(msgspec.Struct, frozen=True):
    """Events to append to a session's log. `doubt`: an earlier try to append some of them may have been committed."""

    session: str
    expected: int
    generation: int
    events: Sequence[Event]
    lines: Sequence[bytes]
    doubt: bool = False
    also: Also | None = None

    @property
    def last(self) -> int:
        """The number of the last event, once appended."""
        return self.expected + len(self.lines)


class Head(msgspec.Struct):
    """Where a log stands."""

    seq: int
    generation: int


def commit(connection: Connection, appends: Sequence[Append], *, doubt: bool = False) -> list[LogConflict | None]:
    """Append what may be appended, one append a session at most; for each None, or why it was refused. `doubt` holds for all."""
    sessions = [append.session for append in appends]
    heads = {name: Head(seq, generation) for name, seq, generation in connection.execute(_HEADS, {"sessions": sorted(sessions)})}
    rows: list[dict[str, object]] = []
    moved: dict[str, Head] = {}
    refused: list[LogConflict | None] = []
    for append in appends:
        head = heads.get(append.session)
        there, refusal = _judge(connection, append, head, doubt=doubt or append.doubt)
        refused.append(refusal)
        if head is None or refusal is not None or there == len(append.lines):
            continue
        first = append.expected + there + 1
        for seq, line in enumerate(append.lines[there:], first):
            rows.append({"session": append.session, "seq": seq, "data": line})
        head.seq, head.generation = append.last, append.generation
        moved[append.session] = head
        if append.also is not None:
            append.also(connection, append.events[there:])
    if rows:
        connection.execute(_INSERT, rows)
        connection.execute(_MOVE, [{"of": name, "to": head.seq, "generation": head.generation} for name, head in moved.items()])
    return refused


def _judge(connection: Connection, append: Append, head: Head | None, *, doubt: bool) -> tuple[int, LogConflict | None]:
    """How many of the events are there already (some only after a doubt), or why the append is refused."""
    if head is None:
        return 0, LogConflict(f"session {append.session} is gone", fix="It was deleted: start another one.")
    there = 0
    if doubt and head.seq > append.expected:
        asked = {"of": append.session, "after": append.expected, "to": append.last}
        found = list(connection.scalars(_THERE, asked))
        if found == list(append.lines[: len(found)]):
            there = len(found)
    if there == len(append.lines):
        return there, None  # they are ours, whoever has come after
    if append.generation < head.generation:
        why = f"session {append.session} has a newer writer (generation {head.generation}, this one is {append.generation})"
        return 0, LogConflict(why)
    if head.seq != append.expected + there:
        why = f"session {append.session} stands at event {head.seq}, not {append.expected}: somebody else appended"
        return 0, LogConflict(why)
    return there, None


class Writer:
    """The appends of one event loop to one database. No task of its own: the end of a transaction starts the next."""

    def __init__(self, database: Database) -> None:
        self._database = ref(database)  # the registry must not keep it alive
        self._waiting: list[tuple[Append, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[list[LogConflict | Exception | None]] | None = None

    @classmethod
    def of(cls, database: Database) -> Writer:
        """The writer that all sessions of this database in this loop share."""
        loops = _WRITERS.setdefault(database, WeakKeyDictionary())
        return loops.setdefault(asyncio.get_running_loop(), cls(database))

    async def append(self, append: Append) -> None:
        """Return once committed. Raises `LogConflict`, and `TryAgainLater` when the database stayed out of reach: then, and
        when cancelled, nobody knows whether it was committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((append, done))
        if self._committing is None:
            self._start()
        await done

    def _start(self) -> None:
        group = self._next()
        if group:
            committing = self._committing = asyncio.create_task(self._commit([append for append, _ in group]))
            committing.add_done_callback(lambda ended: self._end(group, ended))

    def _next(self) -> list[tuple[Append, asyncio.Future[None]]]:
        """The appends of the next transaction: one a session, but for those that nobody waits for any more."""
        group: dict[str, tuple[Append, asyncio.Future[None]]] = {}
        later: list[tuple[Append, asyncio.Future[None]]] = []
        for append, done in self._waiting:
            if done.done():
                continue
            if append.session in group or len(group) == MOST:
                later.append((append, done))
            else:
                group[append.session] = (append, done)
        self._waiting = later
        return list(group.values())

    async def _commit(self, appends: Sequence[Append]) -> list[LogConflict | Exception | None]:
        """What became of each."""
        database = self._database()
        assert database is not None, "whoever appends holds it"
        try:
            return [*await database.write(_Group(appends))]
        except TryAgainLater as error:
            return [error] * len(appends)
        except Exception as error:
            if len(appends) == 1:
                return [error]
        return [(await self._commit((append,)))[0] for append in appends]

    def _end(
        self, group: Sequence[tuple[Append, asyncio.Future[None]]], ended: asyncio.Task[list[LogConflict | Exception | None]]
    ) -> None:
        self._committing = None
        self._start()
        if ended.cancelled():  # the loop is closing
            for _, done in group:
                done.cancel()
            return
        for (_, done), result in zip(group, ended.result(), strict=True):
            if done.done():
                continue
            if result is None:
                done.set_result(None)
            else:
                done.set_exception(result)


class _Group:
    """`commit` as the database may run it again: from the second time on an earlier one may have been committed."""

    def __init__(self, appends: Sequence[Append]) -> None:
        self._appends = appends
        self._tried = False

    def __call__(self, connection: Connection) -> list[LogConflict | None]:
        doubt, self._tried = self._tried, True
        return commit(connection, self._appends, doubt=doubt)


_WRITERS: WeakKeyDictionary[Database, WeakKeyDictionary[asyncio.AbstractEventLoop, Writer]] = WeakKeyDictionary()
