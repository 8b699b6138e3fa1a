"""The answer that stays open. What a reader does not take is not kept for it: after some patience the connection ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pullwright.protocol.errors import PullwrightError
from pullwright.server.desk import Call
from pullwright.tasks.people.actor import Actor

RECHECK = 15.0
"""Seconds after which a stream makes sure that its reader may still look."""
Recheck = Callable[[Actor], Awaitable[object]]
"""Raises when this actor may not look."""
STUCK = 30.0
"""Seconds for which a reader may take nothing."""


class EventStream(Response):
    """Sends what `source` yields until it ends, the reader goes away, or the reader takes nothing for `stuck` seconds."""

    media_type = "text/event-stream"

    def __init__(self, source: AsyncGenerator[bytes, None], *, stuck: float = STUCK) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.source = source
        self.stuck = stuck

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until somebody has had enough."""
        async with contextlib.aclosing(self.source):
            await self._answer(receive, send)

    async def _answer(self, receive: Receive, send: Send) -> None:
        first = await anext(self.source)
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._send(send))
            leaving = group.create_task(gone(receive))
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            sending.cancel()
            leaving.cancel()

    async def _send(self, send: Send) -> None:
        try:
            async for chunk in self.source:
                async with asyncio.timeout(self.stuck):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def seated(call: Call, source: AsyncGenerator[bytes, None], recheck: Recheck | None = None) -> AsyncGenerator[bytes, None]:
    """`source`, while the caller has one of the seats there are, and still is who may look: asked again now and then.

    What the seat's being refused raises is raised at the first frame, so take that one before the answer begins.
    """
    loop = asyncio.get_running_loop()
    checked = loop.time()
    async with call.desk.feeds.seat(call.actor.user_id), contextlib.aclosing(source):
        yield b": welcome\n\n"
        async for chunk in source:
            if loop.time() - checked > RECHECK:
                checked = loop.time()
                if not await _still(call, recheck):
                    return
            call.desk.metrics.events.inc(chunk.count(b"\ndata: "))
            yield chunk


async def _still(call: Call, recheck: Recheck | None) -> bool:
    """Whether the caller's credential is still good, and they may still see this."""
    try:
        caller = await call.desk.entrance.caller(call.request)
        if recheck is not None and caller is not None:
            await recheck(caller.actor)
    except PullwrightError:
        return False
    return caller is not None


async def gone(receive: Receive) -> None:
    """Return when the client has gone away. (What else comes is passed over.)"""
    while (await receive())["type"] != "http.disconnect":
        pass
