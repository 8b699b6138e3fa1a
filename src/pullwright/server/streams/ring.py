"""The last frames, shared by all who watch. A watcher holds a position; one that is too slow finds itself behind the ring."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence


class Ring:
    """Frames by number, ascending; the oldest fall out beyond `size`. Numbers before `start` were never in it."""

    def __init__(self, size: int, start: int = 0) -> None:
        self._frames: deque[tuple[int, bytes]] = deque(maxlen=size)
        self._news = asyncio.Event()
        self.last = start

    def push(self, frames: Sequence[tuple[int, bytes]]) -> None:
        """Add frames, and wake who waits."""
        if frames:
            self._frames.extend(frames)
            self.last = frames[-1][0]
            self.wake()

    def wake(self) -> None:
        """Wake who waits, for whatever reason."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def after(self, number: int, most: int) -> list[tuple[int, bytes]] | None:
        """Up to `most` frames after `number`; None when the next one has fallen out."""
        if number >= self.last:
            return []
        if not self._frames or self._frames[0][0] > number + 1:
            return None
        skip = number + 1 - self._frames[0][0]
        return [self._frames[index] for index in range(skip, min(len(self._frames), skip + most))]

    @property
    def news(self) -> asyncio.Event:
        """Set at the next push. Taken before looking, so that nothing that comes in between is missed."""
        return self._news


async def heard(news: asyncio.Event, timeout: float) -> bool:
    """Wait for `news`; False when `timeout` seconds went by without."""
    try:
        async with asyncio.timeout(timeout):
            await news.wait()
    except TimeoutError:
        return False
    return True
