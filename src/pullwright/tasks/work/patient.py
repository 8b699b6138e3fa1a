"""A log that waits for its store: what a worker cannot write down now, it writes down when it can again.

A turn is not to fail because a database restarts or a blob store is away for an hour. Nothing is shown or done meanwhile that
has not been logged; a worker that stops, or a person who cancels, still ends it (by cancelling what waits here).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pullwright.log.sql.log import SqlLog
from pullwright.protocol.errors import TryAgainLater
from pullwright.protocol.events import Event

AGAIN = 1.0
SAID = 60.0
"""Seconds between two words about the same outage."""

R = TypeVar("R")

_LOG = logging.getLogger("pullwright.worker")


class PatientLog(SqlLog):
    """A `SqlLog` whose `append` and `sync` do not return before they are done: `TryAgainLater` is not raised."""

    async def append(self, events: Sequence[Event], *, expected_seq: int, generation: int) -> int:
        """See `Log.append`."""
        return await self._patiently(
            lambda: super(PatientLog, self).append(events, expected_seq=expected_seq, generation=generation)
        )

    async def sync(self) -> None:
        """See `Log.sync`."""
        await self._patiently(super().sync)

    async def _patiently(self, work: Callable[[], Awaitable[R]]) -> R:
        said = 0.0
        while True:
            try:
                return await work()
            except TryAgainLater as error:
                if time.monotonic() - said > SAID:
                    said = time.monotonic()
                    _LOG.warning("%s waits: %s", self.session, error)
            await asyncio.sleep(AGAIN)
