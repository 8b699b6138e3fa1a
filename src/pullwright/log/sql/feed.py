"""What those who follow one session in this process share: its newest lines, fetched once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from weakref import WeakKeyDictionary, WeakValueDictionary

from pullwright.log.sql.database import Database

MOST = 2_000
"""Lines that are kept for who is a little behind; who is further behind asks the database."""

Fetch = Callable[[int], Awaitable[list[bytes]]]
"""The lines after a number, from the database."""


class Feed:
    """The newest lines of one session, in one event loop; gone when nobody holds it any more."""

    def __init__(self) -> None:
        self._first = 0
        self._lines: list[bytes] = []
        self._lock = asyncio.Lock()
        self._asked = self._looked = 0

    @classmethod
    def of(cls, database: Database, session: str) -> Feed:
        """The feed of a session that all in this loop share."""
        feeds = _FEEDS.setdefault(database, WeakValueDictionary())
        return feeds.setdefault((session, id(asyncio.get_running_loop())), cls())

    @classmethod
    def followed(cls, database: Database, session: str) -> Feed | None:
        """The same, None while nobody follows the session."""
        feeds = _FEEDS.get(database)
        return None if feeds is None else feeds.get((session, id(asyncio.get_running_loop())))

    @property
    def _last(self) -> int:
        return self._first + len(self._lines)

    def put(self, after: int, lines: Sequence[bytes]) -> None:
        """Take the lines that follow number `after`. Where they do not join what is here, it is let go."""
        if not self._lines or after > self._last:
            self._first, self._lines = after, list(lines)
        elif after >= self._first:
            self._lines.extend(lines[self._last - after :])
        if len(self._lines) > 2 * MOST:
            self._first += len(self._lines) - MOST
            self._lines = self._lines[-MOST:]

    def after(self, number: int) -> list[bytes]:
        """The lines after `number` that are here; none may be here."""
        return self._lines[number - self._first :] if self._first <= number < self._last else []

    async def look(self, number: int, fetch: Fetch) -> list[bytes]:
        """The lines after `number`, from the database where they are not here. One look does for all that wait for one."""
        if self._lines and number < self._first:
            return await fetch(number)
        wanted = self._asked = self._asked + 1
        async with self._lock:
            if lines := self.after(number):
                return lines
            if self._looked >= wanted and number == self._last:
                return []
            newest = self._asked
            lines = await fetch(number)
            self.put(number, lines)
            self._looked = newest
            return lines


_FEEDS: WeakKeyDictionary[Database, WeakValueDictionary[tuple[str, int], Feed]] = WeakKeyDictionary()
