"""What every kind of doorbell does, and what all of them share: ringing within this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pullwright.log.sql.database import Database


class Bell:
    """One listener's. It remembers that it was rung until `wait` has said so."""

    def __init__(self, heard: Callable[[], None] | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self._heard = heard

    async def wait(self, timeout: float | None = None) -> bool:
        """Return when rung since the last `wait` (True), or after `timeout` seconds (False)."""
        try:
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    def ring(self) -> None:
        """Ring this one, from any thread."""
        with contextlib.suppress(RuntimeError):  # its loop has ended, and with it who listened
            if is_running(self._loop):
                self._ring()
            else:
                self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._rung.set()
        if self._heard is not None:
            self._heard()


class Bells:
    """Doorbells by topic (`log:SESSION`, `turns`, …; no whitespace). As it is: within this process.

    `async with` connects it to other processes, for the kinds that reach some; without, they are not heard.
    """

    def __init__(self) -> None:
        self._bells: dict[str, set[Bell]] = {}

    def ring(self, topic: str) -> None:
        """Ring all who listen to `topic`. Never blocks, never raises; from any thread."""
        self._ring_here(topic)

    def _ring_here(self, topic: str) -> None:
        for bell in tuple(self._bells.get(topic, ())):
            bell.ring()

    def _ring_all(self) -> None:
        """Something may have been missed: let everybody look."""
        for topic in tuple(self._bells):
            self._ring_here(topic)

    def _topics(self) -> Sequence[str]:
        return tuple(self._bells)

    @asynccontextmanager
    async def listen(self, topic: str, heard: Callable[[], None] | None = None) -> AsyncIterator[Bell]:
        """A bell for `topic` while the block runs; `heard` is called at each ring, in this task's loop."""
        bell = Bell(heard)
        self._bells.setdefault(topic, set()).add(bell)
        try:
            yield bell
        finally:
            left = self._bells[topic]
            left.discard(bell)
            if not left:
                del self._bells[topic]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether this thread runs `loop` just now."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def open_bells(database: Database, folder: Path) -> Bells:
    """The kind that reaches every process on this database; `folder` is for the sockets of one machine. Use `async with`."""
    if database.is_sqlite:
        from pullwright.log.bells.local import LocalBells

        return LocalBells(folder)
    from pullwright.log.bells.postgres import PostgresBells

    return PostgresBells(database.url)
