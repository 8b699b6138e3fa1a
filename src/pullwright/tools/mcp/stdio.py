"""JSON-RPC over a process's pipes, one message a line: a transport for `mcp`'s client with bounds that the server cannot pass."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage

from pullwright.sandbox.sandbox import OnOutput
from pullwright.tools.mcp.flood import Flooded, Lines, Meter
from pullwright.tools.mcp.process import Running

Start = Callable[[OnOutput], AbstractAsyncContextManager[Running]]


class Said:
    """What a transport tells of its end, and lines that were no messages."""

    def __init__(self, over: Callable[[str], None]) -> None:
        self._over = over
        self._told = False
        self.strange = 0

    def over(self, why: str) -> None:
        """The connection has ended; the first reason counts."""
        if not self._told:
            self._told = True
            self._over(why)


@asynccontextmanager
async def stdio(start: Start, meter: Meter, said: Said) -> AsyncGenerator[Any]:
    """The streams that `mcp.Client` wants. The process ends with the block; a flood ends it at once."""
    arrived: asyncio.Queue[list[bytes] | None] = asyncio.Queue()
    lines = Lines(meter)
    to_session, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_server, from_session = anyio.create_memory_object_stream[SessionMessage](0)

    def on_output(data: bytes) -> None:
        if broken.is_set():
            return
        try:
            if complete := lines.feed(data):
                arrived.put_nowait(complete)
        except Flooded as flood:
            said.over(str(flood))
            while not arrived.empty():
                arrived.get_nowait()
            broken.set()

    broken = asyncio.Event()
    async with start(on_output) as running, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_hand_over(arrived, to_session, said)),
            group.create_task(_write(running, from_session, said, broken)),
            group.create_task(_watch(running, said, broken)),
            group.create_task(_close(broken, arrived)),
        ]
        try:
            yield from_server, to_server
        finally:
            for task in tasks:
                task.cancel()
            for stream in (to_session, from_server, to_server, from_session):
                stream.close()


async def _hand_over(arrived: asyncio.Queue[list[bytes] | None], session: Any, said: Said) -> None:
    """Lines to the session as messages; what is no message is counted and dropped."""
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        while (lines := await arrived.get()) is not None:
            for line in lines:
                try:
                    message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    said.strange += 1
                    continue
                await session.send(SessionMessage(message))
    session.close()


async def _write(running: Running, messages: Any, said: Said, broken: asyncio.Event) -> None:
    try:
        async for each in messages:
            text = each.message.model_dump_json(by_alias=True, exclude_unset=True)
            await running.write(text.encode("utf-8", "replace") + b"\n")
    except OSError:
        said.over("it does not take any input")
        broken.set()


async def _watch(running: Running, said: Said, broken: asyncio.Event) -> None:
    said.over(await running.ended())
    broken.set()


async def _close(broken: asyncio.Event, arrived: asyncio.Queue[list[bytes] | None]) -> None:
    await broken.wait()
    arrived.put_nowait(None)
