"""A worker's life, in a process of its own or in the server's.

    register ─▶ gate, heartbeat, reaper, tending side by side ─▶ (stop) drain ─▶ depart
                                                              └▶ (declared gone) halt; a new life, under a new id

What it was doing when it stops is given back: phases are cancelled without an outcome, the turns are queued again before
everything else, and another worker goes on with them from their logs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import TryAgainLater
from pullwright.tasks.engine.engine import Engine, Phases
from pullwright.tasks.engine.gate import LEAVE, Follow, Gate, nobody_follows
from pullwright.tasks.engine.presence import present, sweep, this_host
from pullwright.tasks.engine.reaper import Reaper
from pullwright.tasks.engine.turns import ended_among, turns_of, turns_of_others
from pullwright.tasks.engine.workers import beat, depart, drain, register
from pullwright.tasks.store.workers import list_workers

POLL = 1.0
"""Seconds after which the queue is looked at although no bell rang."""
LOOK = 0.05
TIDY = 600.0

_LOG = logging.getLogger("pullwright.worker")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker works: `slots` turns at once, `user_slots` of any one user over all workers (0: no limit); `folder` is this
    machine's; a worker is given up after `silence` seconds."""

    folder: Path
    slots: int = 4
    user_slots: int = 0
    silence: float = 30.0


class _OfOpenTurns:
    """Phases of turns that may have ended in a process which died before its engine heard of it: these are only published."""

    def __init__(self, database: Database, phases: Phases) -> None:
        self._database = database
        self._phases = phases
        self.publish = phases.publish
        self.fail = phases.fail

    async def prepare(self, turn: str) -> str:
        return "" if await self._has_ended(turn) else await self._phases.prepare(turn)

    async def run(self, turn: str) -> str:
        return "" if await self._has_ended(turn) else await self._phases.run(turn)

    async def _has_ended(self, turn: str) -> bool:
        return bool(await self._database.read(ended_among, [turn]))


class Worker:
    """One life of a worker. `engine` is its own, and not yet started. See `gate.Follow` for `follow`."""

    def __init__(
        self,
        database: Database,
        bells: Bells,
        engine: Engine,
        *,
        id: str,  # noqa: A002
        terms: Terms,
        follow: Follow = nobody_follows,
    ) -> None:
        self.id = id
        self._database = database
        self._bells = bells
        self._engine = engine
        self._terms = terms
        self._gate = Gate(database, id, user_slots=terms.user_slots, follow=follow)
        self._reaper = Reaper(database, id, terms.folder, silence=terms.silence, follow=follow)
        self._follow = follow
        self._gone = asyncio.Event()
        self._draining = False
        self._missing: set[str] = set()
        self._strays: set[str] = set()

    async def live(self, phases: Phases, stop: asyncio.Event, *, drain_seconds: Callable[[], float]) -> bool:
        """Work until `stop`, then drain. False when the worker was declared gone by others: it may begin a new life."""
        with present(self._terms.folder, self.id):
            try:
                await self._engine.start(_OfOpenTurns(self._database, phases))
                await self._database.write(register, id=self.id, host=this_host(), pid=os.getpid(), slots=self._terms.slots)
                async with self._tasks() as admitting:
                    await _first(stop, self._gone)
                    admitting.cancel()
                    await self._end(drain_seconds)
            finally:
                await self._engine.stop(drain=0)
            return not self._gone.is_set()

    async def _end(self, drain_seconds: Callable[[], float]) -> None:
        """Give back what cannot be finished in time; the heart goes on beating meanwhile."""
        self._draining = True
        if not self._gone.is_set():
            with contextlib.suppress(TryAgainLater):
                await self._database.write(drain, self.id)
            await self._drained(drain_seconds)
        await self._engine.stop(drain=0)
        await asyncio.to_thread(_sweep_sandboxes)
        with contextlib.suppress(TryAgainLater):  # the others find out by themselves
            await self._database.write(self._depart)
        self._bells.ring("turns")

    async def _drained(self, drain_seconds: Callable[[], float]) -> None:
        """Until nothing runs, time is up (it may become shorter meanwhile), or the worker is gone."""
        since = time.monotonic()
        while self._engine.running() and time.monotonic() - since < drain_seconds() and not self._gone.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), LOOK)

    def _depart(self, connection: Connection) -> None:
        for turn in depart(connection, self.id):
            self._follow(connection, turn)

    @contextlib.asynccontextmanager
    async def _tasks(self) -> AsyncGenerator[asyncio.Task[None]]:
        """What goes on beside; yields the task that admits."""
        async with asyncio.TaskGroup() as group:
            admitting = group.create_task(self._admit())
            others = [
                group.create_task(self._repeat(self._beat, self._terms.silence / 6)),
                group.create_task(self._repeat(self._reap, min(1.0, self._terms.silence / 6))),
                group.create_task(self._repeat(self._tend, min(5.0, self._terms.silence / 6))),
                group.create_task(self._repeat(self._tidy, TIDY)),
            ]
            try:
                yield admitting
            finally:
                for task in (admitting, *others):
                    task.cancel()

    async def _admit(self) -> None:
        async with self._bells.listen("turns") as bell:
            while True:
                left = False
                with _put_off():
                    looked = await self._gate.look()
                    left = looked.left
                    for topic in ("tasks", *(f"task:{task}" for task in looked.tasks)) if looked.tasks else ():
                        self._bells.ring(topic)
                    await self._run(looked.admitted)
                await bell.wait(LEAVE if left else POLL)

    async def _beat(self) -> None:
        if not await self._database.write(beat, self.id):
            _LOG.error("this worker was declared gone: it was silent for too long")
            self._gone.set()

    async def _reap(self) -> None:
        if returned := await self._reaper.look():
            _LOG.warning("%d turns of lost workers are queued again", len(returned))
            self._bells.ring("turns")

    async def _tend(self) -> None:
        """Have run what this worker has and does not run; stop what it runs and somebody else has; publish what was left."""
        runs = self._engine.running()
        has = set(await self._database.read(turns_of, self.id))
        others = set(await self._database.read(turns_of_others, self.id, runs))
        again, self._missing = self._missing & (has - runs), has - runs
        stray, self._strays = self._strays & others, others
        await self._engine.halt(stray)
        if self._draining:
            return
        await self._run([*again, *await self._left_behind()])

    async def _run(self, turns: Sequence[str]) -> None:
        """Have the engine run them. What it cannot take now is tended later."""
        async with asyncio.TaskGroup() as group:
            for turn in turns:
                group.create_task(self._engine.enqueue(turn))

    async def _left_behind(self) -> list[str]:
        """Turns that ended although their workflows have not, by a worker that is gone. The oldest worker sees to them."""
        workers = await self._database.read(list_workers)
        if next((row.id for row in workers if row.state == "live"), "") != self.id:
            return []
        left = await self._engine.left_behind([row.id for row in workers])
        return await self._database.read(ended_among, left) if left else []

    async def _tidy(self) -> None:
        workers = [row.id for row in await self._database.read(list_workers)]
        await asyncio.to_thread(sweep, self._terms.folder, workers)
        await asyncio.to_thread(_sweep_sandboxes)
        await self._engine.tidy(workers)

    async def _repeat(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            with _put_off():
                await work()
            await asyncio.sleep(seconds)


async def _first(*events: asyncio.Event) -> None:
    """Until one of them is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def _sweep_sandboxes() -> None:
    """Remove what sandboxes left whose outermost process was killed."""
    if sys.platform == "linux":
        from pullwright.sandbox.linux.sweep import sweep_now

        sweep_now()


@contextlib.contextmanager
def _put_off() -> Generator[None]:
    """What cannot be done now is done the next time: a worker outlives its database."""
    try:
        yield
    except TryAgainLater as error:
        _LOG.warning("put off: %s", error)
    except Exception:
        _LOG.exception("put off")
