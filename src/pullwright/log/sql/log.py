"""The log of a session in a database that many processes share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Self

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.bells import Bells
from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.lines import line_of
from pullwright.log.log import Artifacts
from pullwright.log.sql.database import Database, add_once
from pullwright.log.sql.feed import Feed
from pullwright.log.sql.reading import lines_after, tail_events
from pullwright.log.sql.tables import log_heads
from pullwright.log.sql.tape import Tape
from pullwright.log.sql.writer import Also, Append, Head, Writer
from pullwright.protocol.errors import LogConflict, LogDamaged
from pullwright.protocol.events import Event

Before = Callable[[Sequence[Event]], Awaitable[None]]
"""What is awaited before events are committed: it makes true what they say (a checkpoint lies where others reach it)."""

_HEAD = select(log_heads.c.seq, log_heads.c.generation).where(log_heads.c.session == bindparam("of"))
_CLAIM = update(log_heads).where(log_heads.c.session == bindparam("of")).values(generation=bindparam("to"))
_ALL = 1 << 30


class SqlLog:
    """`Log` in the tables `log_heads` and `events`. `open` it; there is nothing to close.

    Its events are kept in memory too, encoded, so that `read`, `last_seq` and `generation` do no I/O: they tell what this
    object loaded and wrote. What another process appends is seen by `tail`, and by the next `claim`.

    An append is durable once it returns (on SQLite a power cut may take it until `sync`). Its artifacts are in the blobs,
    and `before` has returned, ahead of the commit. When the database stays out of reach, `TryAgainLater` is raised and
    nobody knows what was committed; the same events, and any that follow, may then be appended again: those that are
    there are not doubled. The same holds for an append that was cancelled.
    """

    def __init__(
        self,
        database: Database,
        session: str,
        artifacts: Artifacts,
        bells: Bells,
        *,
        before: Before | None = None,
        also: Also | None = None,
    ) -> None:
        self.session = session
        self.artifacts = artifacts
        self._database = database
        self._bells = bells
        self._before = before
        self._also = also
        self._tape = Tape()
        self._generation = 0
        self._doubt = False

    @classmethod
    async def open(
        cls,
        database: Database,
        session: str,
        artifacts: Artifacts,
        bells: Bells,
        *,
        before: Before | None = None,
        also: Also | None = None,
    ) -> Self:
        """The session's log, made when it is not there; `also` runs in the transaction of the events that it is given."""
        log = cls(database, session, artifacts, bells, before=before, also=also)
        head = await database.read(_find, session)
        if head is None:
            await database.write(_make, session)
            head = await database.read(_find, session)
        if head is None:
            raise LogConflict(f"session {session} is gone", fix="It was deleted: start another one.")
        log._load(head, await database.read(lines_after, session, 0, _ALL))
        return log

    def _load(self, head: Head, lines: Sequence[bytes]) -> None:
        last = self._tape.last
        if last + len(lines) < head.seq:
            raise LogDamaged(f"session {self.session} lacks events: {last + len(lines)} of {head.seq}", fix="Restore a backup.")
        self._tape.put(last, lines)
        self._generation = max(self._generation, head.generation)

    @property
    def last_seq(self) -> int:
        """The number of the newest event that was loaded or written here; 0 when there is none."""
        return self._tape.last

    @property
    def generation(self) -> int:
        """The newest writer's generation, as far as it was heard of here."""
        return self._generation

    async def claim(self) -> int:
        """Become the one writer: the generation to write with. From now on whoever wrote before is refused.

        What was appended in the meantime is loaded. Another `claim`, anywhere, takes it away again.
        """
        head, lines = await self._database.write(_claim, self.session, self.last_seq)
        self._load(head, lines)
        self._doubt = False
        return self._generation

    async def append(self, events: Sequence[Event], *, expected_seq: int, generation: int) -> int:
        """See `Log.append`, and the class."""
        if not events:
            return self.last_seq
        numbered = [
            event if event.seq == seq else msgspec.structs.replace(event, seq=seq)
            for seq, event in enumerate(events, expected_seq + 1)
        ]
        if self._before is not None:
            await self._before(numbered)
        if isinstance(self.artifacts, BlobArtifacts):
            await self.artifacts.flush()
        lines = [line_of(event) for event in numbered]
        append = Append(self.session, expected_seq, generation, numbered, lines, self._doubt, self._also)
        self._doubt = True  # until it is known what became of it
        try:
            await Writer.of(self._database).append(append)
        except LogConflict:
            self._doubt = False
            raise
        self._doubt = False
        self._tape.put(expected_seq, lines)
        self._generation = max(self._generation, generation)
        self._tell(expected_seq, lines)
        return append.last

    def _tell(self, after: int, lines: Sequence[bytes]) -> None:
        """Who follows in this process is handed the lines; others are rung."""
        feed = Feed.followed(self._database, self.session)
        if feed is not None:
            feed.put(after, lines)
        self._bells.ring(f"log:{self.session}")

    def read(self, after: int = 0) -> Iterator[Event]:
        """See `Log.read`: from memory."""
        return self._tape.read(after)

    def tail(self, after: int = 0) -> AsyncIterator[Event]:
        """See `Log.tail`: from the database, whoever appends."""
        return tail_events(self._database, self._bells, self.session, after)

    async def sync(self) -> None:
        """See `Log.sync`."""
        if isinstance(self.artifacts, BlobArtifacts | FolderArtifacts):
            await asyncio.to_thread(self.artifacts.sync)
        await self._database.sync()


def _find(connection: Connection, session: str) -> Head | None:
    row = connection.execute(_HEAD, {"of": session}).first()
    return None if row is None else Head(row.seq, row.generation)


def _make(connection: Connection, session: str) -> None:
    add_once(connection, log_heads, {"session": session, "seq": 0, "generation": 0, "created": time.time()})


def _claim(connection: Connection, session: str, after: int) -> tuple[Head, list[bytes]]:
    row = connection.execute(_HEAD.with_for_update(), {"of": session}).first()
    if row is None:
        raise LogConflict(f"session {session} is gone", fix="It was deleted: start another one.")
    head = Head(row.seq, row.generation + 1)
    connection.execute(_CLAIM, {"of": session, "to": head.generation})
    return head, lines_after(connection, session, after, _ALL)
