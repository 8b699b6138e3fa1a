"""One session's log and live text, read once however many watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

import msgspec

from pullwright.protocol.live import CallDelta, Live, ReasoningDelta, TextDelta
from pullwright.server.streams.frames import HEARTBEAT, logged, passing
from pullwright.server.streams.ring import Ring, heard

LOGGED = 2000
"""Events that a feed keeps for its watchers; who is further behind reads the database."""
PASSING = 500
"""Live frames that it keeps; who is further behind is told the text so far anew."""
PAGE = 500


class Source(Protocol):
    """Where sessions' events and live frames come from."""

    async def head(self, session: str) -> int:
        """The number of the last event."""
        ...

    async def lines(self, session: str, after: int, limit: int) -> list[bytes]:
        """The events after `after`, each a line of JSON."""
        ...

    def tail(self, session: str, after: int) -> AsyncIterator[bytes]:
        """The same, then each new one, without end."""
        ...

    def live(self, session: str) -> AsyncIterator[Live]:
        """The open items' text so far, then each live frame, without end."""
        ...


class _Peek(msgspec.Struct):
    type: str = ""
    item: msgspec.Raw = msgspec.Raw(b"{}")


class _Item(msgspec.Struct):
    id: str = ""


class Feed:
    """The events and live frames of `session`, for any number of watchers. `run` must run while somebody watches."""

    def __init__(self, session: str, start: int, source: Source) -> None:
        self.session = session
        self.watchers = 0
        self.closed = False
        self._source = source
        self._logged = Ring(LOGGED, start)
        self._passing = Ring(PASSING)
        self._open: dict[str, TextDelta | ReasoningDelta | CallDelta] = {}

    async def run(self) -> None:
        """Read the log and the live frames until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_log())
            group.create_task(self._follow_live())

    def close(self) -> None:
        """End every watcher."""
        self.closed = True
        self._logged.wake()

    async def _follow_log(self) -> None:
        async for line in self._source.tail(self.session, self._logged.last):
            self._completed(line)
            seq = self._logged.last + 1
            self._logged.push([(seq, logged(seq, line))])

    async def _follow_live(self) -> None:
        async for frame in self._source.live(self.session):
            self._grown(frame)
            self._passing.push([(self._passing.last + 1, passing("live", msgspec.json.encode(frame)))])
            self._logged.wake()  # all wait at one place

    def _completed(self, data: bytes) -> None:
        """Forget the text so far of an item that is complete, and logged."""
        if not self._open:
            return
        event = msgspec.json.decode(data, type=_Peek)
        if event.type == "item_added":
            self._open.pop(msgspec.json.decode(event.item, type=_Item).id, None)
        elif event.type == "turn_finished":
            self._open.clear()

    def _grown(self, frame: Live) -> None:
        if not isinstance(frame, TextDelta | ReasoningDelta | CallDelta):
            return
        known = self._open.get(frame.item)
        text = known.text[: frame.offset] + frame.text if known else frame.text
        self._open[frame.item] = msgspec.structs.replace(frame, offset=0, text=text)

    def _so_far(self) -> bytes:
        return b"".join(passing("live", msgspec.json.encode(frame)) for frame in self._open.values())

    async def watch(self, after: int, beat: float) -> AsyncGenerator[bytes, None]:
        """The backlog after `after`, the open items' text so far, then everything as it comes; a heartbeat when nothing does."""
        position, shown = after, -1
        while not self.closed:
            news = self._logged.news
            rows = self._logged.after(position, PAGE)
            if rows is None:
                lines = await self._source.lines(self.session, position, PAGE)
                rows = [(seq, logged(seq, line)) for seq, line in enumerate(lines, position + 1)]
            if rows:
                position = rows[-1][0]
                yield b"".join(frame for _, frame in rows)
                continue
            text, shown = self._text(shown)
            if text:
                yield text
            elif not await heard(news, beat):
                yield HEARTBEAT

    def _text(self, shown: int) -> tuple[bytes, int]:
        """The live frames after `shown` (-1: none yet), or the text so far where some of them are gone."""
        frames = None if shown < 0 else self._passing.after(shown, PASSING)
        text = self._so_far() if frames is None else b"".join(frame for _, frame in frames)
        return text, self._passing.last
