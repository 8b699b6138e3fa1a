"""Every feed of this process: opened with its first watcher, closed after its last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from pullwright.server.problems import Refusal
from pullwright.server.streams.feed import Feed, Source
from pullwright.server.telemetry.metrics import Metrics

LOG = logging.getLogger("pullwright.server")
SHARE = 4
"""One asker may have this part of all streams."""


class Feeds:
    """`async with feeds:` while the server runs; `feeds.watch(session, after)` yields frames."""

    def __init__(self, source: Source, metrics: Metrics, *, most: int, beat: float) -> None:
        self.beat = beat
        self._source = source
        self._metrics = metrics
        self._most = most
        self.closing = asyncio.Event()
        self._feeds: dict[str, tuple[Feed, asyncio.Task[None]]] = {}
        self._opening = asyncio.Lock()
        self._group = asyncio.TaskGroup()
        self._open: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
        for _, task in self._feeds.values():
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    def close(self) -> None:
        """End all streams; readers come back to the next server, and resume."""
        self.closing.set()
        for feed, _ in self._feeds.values():
            feed.close()

    def any_open(self) -> bool:
        """Whether somebody watches something."""
        return self._open.total() > 0

    @asynccontextmanager
    async def seat(self, asker: str) -> AsyncIterator[None]:
        """One of the streams that may be open. Raises `Refusal` 429 when the asker, or the server, has enough of them."""
        if self._open.total() >= self._most or self._open[asker] >= max(1, self._most // SHARE):
            raise Refusal(429, "too many event streams are open", fix="Close some.", headers={"Retry-After": "10"})
        self._open[asker] += 1
        self._metrics.streams.inc()
        try:
            yield
        finally:
            self._open[asker] -= 1
            self._metrics.streams.dec()

    async def watch(self, session: str, after: int) -> AsyncGenerator[bytes, None]:
        """The frames of `session` after event `after`."""
        feed = await self._opened(session)
        try:
            async with contextlib.aclosing(feed.watch(after, self.beat)) as frames:
                async for frame in frames:
                    yield frame
        finally:
            feed.watchers -= 1
            kept = self._feeds.get(session)
            if not feed.watchers and kept is not None and kept[0] is feed:
                del self._feeds[session]
                kept[1].cancel()

    async def _opened(self, session: str) -> Feed:
        async with self._opening:
            if session not in self._feeds or self._feeds[session][0].closed:
                feed = Feed(session, await self._source.head(session), self._source)
                self._feeds[session] = (feed, self._group.create_task(_run(feed)))
            feed = self._feeds[session][0]
            feed.watchers += 1
            return feed


async def _run(feed: Feed) -> None:
    """Run `feed`. What breaks ends its streams, whose readers come again, and no other's."""
    try:
        await feed.run()
    except Exception as error:
        LOG.warning("the stream of %s broke", feed.session, exc_info=error, extra={"session": feed.session})
        feed.close()
