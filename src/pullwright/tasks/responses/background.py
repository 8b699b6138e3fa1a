"""Responses that are made while nobody waits: begun, read along, cancelled, and taken up again when their server is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.models.relay.relay import Frame
from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.responses.answering import Answering, Ready
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.responses.ending import fail
from pullwright.tasks.responses.keeping import asked_of
from pullwright.tasks.responses.kept_events import POLL, KeptEvents, topic
from pullwright.tasks.responses.shell import shell_of
from pullwright.tasks.store.responses import (
    add_response,
    change_response,
    find_response,
    last_event,
    take_response,
    unfinished_responses,
)
from pullwright.tasks.store.rows.api import UNFINISHED, StoredResponse
from pullwright.tasks.store.servers import list_servers

AT_ONCE = 64
"""Background responses that one server process makes at once; others wait."""
LOOK = 5.0
"""Seconds between two looks at what servers that are gone left behind."""

_LOG = logging.getLogger("pullwright.responses")


class Background:
    """The background responses of one server process; they end with its `open` block, and another process takes them up."""

    def __init__(self, answering: Answering, group: asyncio.TaskGroup) -> None:
        self._answering = answering
        self._service = answering.service
        self._group = group
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, answering: Answering, *, look: float = LOOK) -> AsyncGenerator[Background]:
        """Run what is begun, until the block is left."""
        async with asyncio.TaskGroup() as group:
            background = cls(answering, group)
            looking = group.create_task(background._look_after(look))
            try:
                yield background
            finally:
                looking.cancel()
                for task in background._running.values():
                    task.cancel()

    async def begin(self, ready: Ready) -> dict[str, Any]:
        """Begin a response, and give it as it is now."""
        shell = {**ready.order.shell, "status": "queued"}
        stored = msgspec.structs.replace(ready.stored, resource=msgspec.json.encode(shell), server_id=self._answering.meter.id)
        await self._service.database.write(add_response, stored)
        self._start(msgspec.structs.replace(ready, stored=stored))
        return shell

    def _start(self, ready: Ready) -> None:
        task = self._group.create_task(self._run(ready))
        self._running[ready.id] = task
        task.add_done_callback(lambda _: self._running.pop(ready.id, None))

    async def _run(self, ready: Ready) -> None:
        async with self._places, asyncio.TaskGroup() as group:
            watching = group.create_task(self._until_cancelled(ready.id))
            making = group.create_task(self._make(ready))
            await asyncio.wait({watching, making}, return_when=asyncio.FIRST_COMPLETED)
            watching.cancel()
            making.cancel()
        self._service.bells.ring(topic(ready.id))

    async def _make(self, ready: Ready) -> None:
        shell = {**ready.order.shell, "status": "in_progress"}
        await self._service.database.write(_in_progress, ready.id, msgspec.json.encode(shell))
        try:
            async with contextlib.aclosing(self._answering.stream(ready)) as frames:
                await self._take(ready, frames)
        except PullwrightError as error:
            await self._service.database.write(fail, ready.stored, shell, str(error))
        except Exception:  # a bug in one response must not end the others
            _LOG.exception("%s broke", ready.id)
            await self._service.database.write(fail, ready.stored, shell, "an invariant of the server's does not hold")

    async def _take(self, ready: Ready, frames: AsyncGenerator[Frame, None]) -> None:
        """Read the events; where they can be read again, keep them: many in one transaction when they come fast."""
        if not ready.stored.streamed:
            async for _ in frames:
                pass
            return
        keeping = KeptEvents(self._service, ready.id)
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(keeping.write())
            async for frame in frames:
                keeping.add(frame)
            keeping.end()
            await writing

    async def _until_cancelled(self, response_id: str) -> None:
        async with self._service.bells.listen(topic(response_id)) as bell:
            while True:
                found = await self._service.database.read(find_response, response_id)
                if found is None or found.status not in UNFINISHED:
                    return
                await bell.wait(POLL)

    # --- what others left behind ------------------------------------------------------------------

    async def _look_after(self, every: float) -> None:
        while True:
            try:
                await self._take_over()
            except PullwrightError as error:
                _LOG.warning("background responses were not looked after: %s", error)
            await asyncio.sleep(every)

    async def _take_over(self) -> None:
        """Begin anew what a server that is gone did not finish; what somebody may have read half of already has failed."""
        meter, database = self._answering.meter, self._service.database
        unfinished = await database.read(unfinished_responses)
        there = {server.id for server in await database.read(list_servers)} if unfinished else set[str]()
        for stored in unfinished:
            if stored.server_id == meter.id or stored.server_id in there:
                continue
            if not await database.write(take_response, stored.id, stored.server_id, meter.id):
                continue
            _LOG.info("%s is taken over from %s", stored.id, stored.server_id)
            asked = asked_of(stored)
            if await database.read(last_event, stored.id) >= 0:
                shell = shell_of(asked, stored.id, stored.created)
                await database.write(fail, stored, shell, "the server was started again while the answer was streamed; ask again")
                self._service.bells.ring(topic(stored.id))
                continue
            await self._again(stored, asked)

    async def _again(self, stored: StoredResponse, asked: Asked) -> None:
        try:
            ready = await self._answering.again(stored, asked)
        except PullwrightError as error:
            shell = shell_of(asked, stored.id, stored.created)
            await self._service.database.write(fail, stored, shell, str(error))
        else:
            self._start(ready)


def _in_progress(connection: Connection, response_id: str, resource: bytes) -> None:
    change_response(connection, response_id, status="in_progress", resource=resource)
