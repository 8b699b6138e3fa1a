"""Live frames on their way from the turn that makes them to whoever watches, in this process or another.

    publish ─▶ open texts ─▶ watchers of this process, at once
                   └─ while a hub elsewhere watches: live_texts, at most `RATE` times a second ─▶ bell ─▶ its watchers

Nothing here is kept: what completes is an event in the log. A watcher begins with what the open items say so far.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.opentexts import OpenTexts
from pullwright.log.sql.watching import Text, forget, read_texts, renew, watched, write_texts
from pullwright.protocol.errors import TryAgainLater
from pullwright.protocol.events import Event
from pullwright.protocol.live import Live

RATE = 4
"""Times a second that texts are written for other processes."""
EVERY = 1.0
"""Seconds between two looks without a bell."""
ASKS = 5.0
"""Seconds between two questions who watches, without a bell."""
LASTS = 15.0
"""Seconds for which a hub says that it watches; it says so again after a third of them."""
BEHIND = 500
"""Frames that a slow watcher may be behind; then it gets the open texts instead."""


class LiveHub:
    """One for a process and database: `async with LiveHub.open(…)`."""

    def __init__(self, database: Database, bells: Bells) -> None:
        self.id = secrets.token_hex(8)
        self._database = database
        self._bells = bells
        self._own: dict[str, OpenTexts] = {}
        self._theirs: dict[str, OpenTexts] = {}
        self._watchers: dict[str, set[_Watcher]] = {}
        self._changed: set[str] = set()
        self._rung: set[str] = set()
        self._watched: frozenset[str] = frozenset()
        self._asked = self._renewed = 0.0
        self._wake = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, bells: Bells) -> AsyncGenerator[LiveHub]:
        """The hub while the block runs."""
        hub = cls(database, bells)
        async with bells.listen("watches", hub._heard_of_watchers):
            going = asyncio.create_task(hub._go())
            try:
                yield hub
            finally:
                going.cancel()
                await asyncio.wait((going,))

    def publish(self, session: str, frame: Event | Live) -> None:
        """Pass a frame on. Events are welcome too: they end the open texts that they supersede (`run_turn`'s `watch`)."""
        texts = self._own.get(session)
        if isinstance(frame, Live):
            if texts is None:
                texts = self._own[session] = OpenTexts()
            texts.apply(frame)
            for watcher in self._watchers.get(session, ()):
                watcher.give(frame)
        elif texts is None or not texts.settle(frame):
            return
        if texts.is_empty:
            del self._own[session]
        if session in self._watched or time.monotonic() > self._asked + ASKS:
            self._changed.add(session)
            self._wake.set()

    async def watch(self, session: str) -> AsyncIterator[Live]:
        """The live frames of a session, without end; first what its open items say so far."""
        watcher = _Watcher()
        watchers = self._watchers.setdefault(session, set())
        watchers.add(watcher)
        if len(watchers) == 1:
            self._renewed = 0.0
        self._rung.add(session)
        self._wake.set()
        try:
            async with self._bells.listen(f"live:{session}", lambda: self._hear(session)):
                for frame in self._so_far(session):
                    yield frame
                while True:
                    await watcher.came.wait()
                    frames = watcher.taken()
                    for frame in self._so_far(session) if frames is None else frames:
                        yield frame
        finally:
            watchers.discard(watcher)
            if not watchers:
                del self._watchers[session]
                self._theirs.pop(session, None)

    def _so_far(self, session: str) -> list[Live]:
        texts = self._own.get(session) or self._theirs.get(session)
        return [] if texts is None else texts.frames()

    def _hear(self, session: str) -> None:
        self._rung.add(session)
        self._wake.set()

    def _heard_of_watchers(self) -> None:
        self._asked = 0.0
        self._changed.update(self._own)
        self._wake.set()

    # --- between processes -----------------------------------------------------------------------

    async def _go(self) -> None:
        while True:
            try:
                async with asyncio.timeout(EVERY):
                    await self._wake.wait()
            except TimeoutError:
                self._rung.update(self._watchers)
            self._wake.clear()
            try:
                await self._say_what_is_watched()
                await self._write()
                await self._read()
            except (TryAgainLater, SQLAlchemyError):
                pass  # what is shown while it happens is not worth more than another try
            await asyncio.sleep(1 / RATE)

    async def _say_what_is_watched(self) -> None:
        now = time.monotonic()
        if self._watchers and now > self._renewed + LASTS / 3:
            self._renewed = now
            await self._database.write(renew, self.id, tuple(self._watchers), LASTS)
            self._bells.ring("watches")
        elif not self._watchers and self._renewed:
            self._renewed = 0.0
            await self._database.write(forget, self.id)

    async def _write(self) -> None:
        if not self._changed:
            return
        if time.monotonic() > self._asked + ASKS:
            self._asked = time.monotonic()
            self._watched = frozenset(await self._database.read(watched, self.id))
        changed, self._changed = self._changed & self._watched, set()
        if changed:
            texts = [Text(session, self._own[session].frames() if session in self._own else []) for session in changed]
            await self._database.write(write_texts, self.id, texts)
            for session in changed:
                self._bells.ring(f"live:{session}")

    async def _read(self) -> None:
        rung, self._rung = self._rung & self._watchers.keys(), set()
        rung -= self._own.keys()
        if not rung:
            return
        for text in await self._database.read(read_texts, self.id, tuple(rung)):
            watchers = self._watchers.get(text.session)
            if watchers is None:
                continue
            before = self._theirs.get(text.session) or OpenTexts()
            after = self._theirs[text.session] = OpenTexts()
            for frame in text.frames:
                after.apply(frame)
            for frame in after.since(before):
                for watcher in watchers:
                    watcher.give(frame)


class _Watcher:
    """What one watcher has not seen yet."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self._frames: list[Live] | None = []

    def give(self, frame: Live) -> None:
        if self._frames is not None:
            self._frames.append(frame)
            if len(self._frames) > BEHIND:
                self._frames = None
        self.came.set()

    def taken(self) -> list[Live] | None:
        """The frames since the last time; None when there were too many."""
        frames, self._frames = self._frames, []
        self.came.clear()
        return frames
