"""One look into the database for all open inboxes of this process, now and then; a bell for the hurry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Connection, bindparam, func, select

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.tables import inputs
from pullwright.protocol.errors import TryAgainLater

EVERY = 1.0
"""Seconds between two rounds without a bell."""


_COUNTS = (
    select(inputs.c.session, func.count())
    .where(inputs.c.session.in_(bindparam("sessions", expanding=True)))
    .group_by(inputs.c.session)
)


class Looked(Protocol):
    """An inbox, as the rounds know it: of which session, how many rows it has read, and how it reads them."""

    session: str
    rows: int

    async def look(self) -> None:
        """Read what the database has."""
        ...


def counts_of(connection: Connection, sessions: Sequence[str]) -> dict[str, int]:
    """A row function: how many inputs each session has; none has no entry."""
    return {row[0]: row[1] for row in connection.execute(_COUNTS, {"sessions": list(sessions)})}


class Rounds:
    """Goes round while an inbox is open: one task, one query a round however many there are."""

    def __init__(self, database: Database) -> None:
        self._database = ref(database)  # the registry must not keep it alive
        self._inboxes: set[Looked] = set()
        self._rung: set[Looked] = set()
        self._wake = asyncio.Event()
        self._going: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, database: Database) -> Rounds:
        """The rounds that all inboxes on this database in this loop share."""
        loops = _ROUNDS.setdefault(database, WeakKeyDictionary())
        return loops.setdefault(asyncio.get_running_loop(), cls(database))

    @asynccontextmanager
    async def with_inbox(self, inbox: Looked, bells: Bells) -> AsyncGenerator[None]:
        """Look after an inbox while the block runs."""

        def heard() -> None:
            self._rung.add(inbox)
            self._wake.set()

        self._inboxes.add(inbox)
        if self._going is None:
            self._going = asyncio.create_task(self._go())
        try:
            async with bells.listen(f"inbox:{inbox.session}", heard):
                heard()  # what came since it was opened
                yield
        finally:
            self._inboxes.discard(inbox)
            self._rung.discard(inbox)
            if not self._inboxes:
                await self._rest()

    async def _rest(self) -> None:
        going, self._going = self._going, None
        if going is not None:
            going.cancel()
            await asyncio.wait((going,))

    async def _go(self) -> None:
        while True:
            try:
                async with asyncio.timeout(EVERY):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._round()
            except TryAgainLater:
                continue  # the database is down: the inputs stay there, and so does what was rung

    async def _round(self) -> None:
        database = self._database()
        assert database is not None, "an open inbox holds it"
        if not self._rung:
            counts = await database.read(counts_of, [inbox.session for inbox in self._inboxes])
            self._rung.update(inbox for inbox in self._inboxes if counts.get(inbox.session, 0) != inbox.rows)
        for inbox in tuple(self._rung):
            self._rung.discard(inbox)
            try:
                await inbox.look()
            except TryAgainLater:
                self._rung.add(inbox)
                raise


_ROUNDS: WeakKeyDictionary[Database, WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds]] = WeakKeyDictionary()
