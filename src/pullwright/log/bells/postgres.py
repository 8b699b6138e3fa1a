"""Doorbells between all processes on one PostgreSQL: one channel, topics as its payload, one a line.

Two connections beside the database's own: one listens, one notifies. What is rung while a notification is on its way goes
together with the next one, so that a thousand rings cost a few round trips. Without `synchronous_commit`: nothing is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

import psycopg

from pullwright.log.bells.bells import Bells, is_running

CHANNEL = "pullwright"
MOST = 7_000
"""Bytes of topics in one notification; PostgreSQL takes 7,999."""
AGAIN = 0.5
"""Seconds until a lost connection is made again."""


class PostgresBells(Bells):
    """Bells of all processes that were given the same database's URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = "postgresql://" + url.partition("://")[2]
        self._waiting: dict[str, None] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()
        self._listening = asyncio.Event()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._own = 0

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._tasks = (asyncio.create_task(self._listen()), asyncio.create_task(self._notify()))
        with contextlib.suppress(TimeoutError):  # a database that is down is tried again for as long as the block runs
            async with asyncio.timeout(5):
                await self._listening.wait()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._loop, self._tasks = None, ()

    def ring(self, topic: str) -> None:
        """See `Bells.ring`."""
        self._ring_here(topic)
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        with self._lock:
            self._waiting[topic] = None
        if is_running(loop):
            self._rung.set()
        else:
            loop.call_soon_threadsafe(self._rung.set)

    async def _connect(self, name: str) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            application_name=f"pullwright {name}",
            options="-c synchronous_commit=off",
            connect_timeout=5,
        )

    async def _listen(self) -> None:
        while True:
            try:
                async with await self._connect("bells") as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._listening.set()
                    self._ring_all()  # what was rung while nobody listened
                    async for note in connection.notifies():
                        if note.pid != self._own:
                            for topic in note.payload.split("\n"):
                                self._ring_here(topic)
            except (psycopg.Error, OSError):
                await asyncio.sleep(AGAIN)

    async def _notify(self) -> None:
        while True:
            try:
                async with await self._connect("ringing") as connection:
                    self._own = connection.info.backend_pid
                    while True:
                        await self._rung.wait()
                        self._rung.clear()
                        await self._send(connection)
            except (psycopg.Error, OSError):
                await asyncio.sleep(AGAIN)

    async def _send(self, connection: psycopg.AsyncConnection) -> None:
        while topics := self._taken():
            try:
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, "\n".join(topics)))
            except psycopg.Error:
                with self._lock:  # once more over the next connection; a bell may ring twice
                    self._waiting.update(dict.fromkeys(topics))
                self._rung.set()
                raise

    def _taken(self) -> list[str]:
        """Topics that wait, as many as one notification holds, taken out."""
        topics: list[str] = []
        size = 0
        with self._lock:
            for topic in self._waiting:
                size += len(topic.encode()) + 1
                if topics and size > MOST:
                    break
                topics.append(topic)
            for topic in topics:
                del self._waiting[topic]
        return topics
