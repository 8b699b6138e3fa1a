"""Events of a background response on their way into the store, and read along from it, by whoever comes and from any place on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import msgspec

from pullwright.models.relay.relay import ENDS, Frame
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.responses import add_events, events_after, find_response
from pullwright.tasks.store.rows.api import UNFINISHED, StoredResponse

POLL = 1.0
"""Seconds after which one looks without having been rung."""
LATE = 3.0
"""Seconds for which the last event may follow the row that says that it has ended."""


def topic(response_id: str) -> str:
    """The bell of a response: something of it changed."""
    return f"response:{response_id}"


class KeptEvents:
    """Events that are written as they come, many in one transaction when they come fast."""

    def __init__(self, service: Service, response_id: str) -> None:
        self._service = service
        self._response = response_id
        self._waiting: list[tuple[int, bytes]] = []
        self._news = asyncio.Event()
        self._ended = False

    def add(self, frame: Frame) -> None:
        """One more."""
        self._waiting.append((frame.number, frame.data))
        self._news.set()

    def end(self) -> None:
        """There are no more."""
        self._ended = True
        self._news.set()

    async def write(self) -> None:
        """Write until the end."""
        while not (self._ended and not self._waiting):
            await self._news.wait()
            self._news.clear()
            batch, self._waiting = self._waiting, []
            await self._service.database.write(add_events, self._response, batch)
            self._service.bells.ring(topic(self._response))


class _Typed(msgspec.Struct):
    type: str = ""


async def read_along(service: Service, stored: StoredResponse, after: int) -> AsyncGenerator[bytes, None]:
    """The kept events after number `after`, each its JSON, until the last one; new ones as they come.

    Where the last one never came (the process that made the response ended in between), it is made from the row."""
    loop = asyncio.get_running_loop()
    ended = 0.0
    async with service.bells.listen(topic(stored.id)) as bell:
        while True:
            found = await service.database.read(events_after, stored.id, after)
            for number, data in found:
                after = number
                yield data
                if msgspec.json.decode(data, type=_Typed).type in ENDS:
                    return
            if found:
                continue
            now = await service.database.read(find_response, stored.id)
            if now is None:
                return
            if now.status not in UNFINISHED:
                ended = ended or loop.time()
                if loop.time() - ended > LATE:
                    yield _last(now, after + 1)
                    return
            await bell.wait(POLL)


def _last(stored: StoredResponse, number: int) -> bytes:
    resource = msgspec.Raw(stored.resource)
    return msgspec.json.encode({"type": f"response.{stored.status}", "sequence_number": number, "response": resource})
