"""Layers made ahead: while turns still wait for a slot, what their environments need is prepared, one at a time.

A turn is admitted to a worker of any machine; each machine's worker warms its own cache. What fails here is not told: the turn
itself meets it again, and tells it where a person looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy import Connection, func, select

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.setups import lose_setups
from pullwright.tasks.store.tables import environments, tasks, turns

EVERY = 5.0
"""Seconds between two looks at the queue where no bell rings."""
KNOWN_SECONDS = 600.0
"""For how long what was prepared is taken to be there still."""
LOST_SECONDS = 6 * 3600.0
"""A setup that is said to run for longer than this was a killed worker's."""
MOST = 20
"""Kinds of turns that are warmed in one look."""

_LOG = logging.getLogger("pullwright.environments")

Prepare = Callable[[str], Awaitable[object]]
"""Prepares what the turn of that id needs."""
Try = Callable[[], Awaitable[bool]]
"""Runs a setup that a person asked to be tried; False when none waits."""


class Wanted(msgspec.Struct, frozen=True):
    """Turns that want the same: one of them, and what they have in common."""

    turn: str
    environment: str
    base: str


def wanted(connection: Connection) -> list[Wanted]:
    """What waiting turns want of environments that have a setup script, the oldest first."""
    base = func.coalesce(func.nullif(tasks.c.base, ""), tasks.c.ref)
    found = connection.execute(
        select(func.min(turns.c.id), tasks.c.environment_id, base, environments.c.spec_json)
        .join(tasks, tasks.c.id == turns.c.task_id)
        .join(environments, environments.c.id == tasks.c.environment_id)
        .where(turns.c.state == "queued")
        .group_by(tasks.c.environment_id, base, environments.c.id)
        .order_by(func.min(turns.c.id))
        .limit(MOST)
    ).all()
    return [
        Wanted(turn, environment, commit)
        for turn, environment, commit, spec in found
        if msgspec.convert(spec, EnvironmentSpec).setup.strip()
    ]


class Warmer:
    """Looks at the queue and prepares, and runs what is to be tried; in a worker's process."""

    def __init__(self, database: Database, bells: Bells, prepare: Prepare, try_next: Try | None = None) -> None:
        self._database = database
        self._bells = bells
        self._prepare = prepare
        self._try_next = try_next
        self._known: dict[tuple[str, str], float] = {}
        self._swept = 0.0

    async def run(self) -> None:
        """Until it is cancelled. What breaks is logged, and tried again: the database may be away for a while."""
        async with self._bells.listen("turns") as bell:
            while True:
                try:
                    await self._round()
                except PullwrightError as error:
                    _LOG.warning("put off: %s", error)
                except Exception:
                    _LOG.exception("put off")
                await bell.wait(EVERY)

    async def _round(self) -> None:
        if time.time() > self._swept + LOST_SECONDS:
            await self._database.write(lose_setups, time.time() - LOST_SECONDS)
            self._swept = time.time()
        while self._try_next is not None and await self._try_next():
            continue
        await self.look()

    async def look(self) -> int:
        """Prepare what is wanted now and was not lately; how many."""
        now = time.monotonic()
        self._known = {what: at for what, at in self._known.items() if now - at < KNOWN_SECONDS}
        count = 0
        for one in await self._database.read(wanted):
            if (one.environment, one.base) in self._known:
                continue
            self._known[one.environment, one.base] = time.monotonic()
            count += 1
            with contextlib.suppress(PullwrightError):
                await self._prepare(one.turn)
        return count


@asynccontextmanager
async def warming(database: Database, bells: Bells, prepare: Prepare, try_next: Try | None = None) -> AsyncGenerator[None]:
    """Warm while the block runs."""
    running = asyncio.create_task(Warmer(database, bells, prepare, try_next).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
