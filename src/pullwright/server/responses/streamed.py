"""A response on its way to its client: its events as they come, or the object that they end with.

What fails before the first byte is raised, and answered like any refusal. A client that goes away is noticed at once, also while
the upstream has not said anything yet: the events are left, and with them the upstream's connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pullwright.models.relay.relay import Frame
from pullwright.protocol.errors import Bug
from pullwright.server.responses.errors import answered
from pullwright.server.streams.response import gone

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that no proxy takes the connection for dead."""
_STATUSES = {"rate_limit_exceeded": 429, "context_length_exceeded": 400, "content_filter": 400}


class Streamed(Response):
    """Sends each event as a server-sent event."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", **(headers or {})})
        del self.headers["content-length"]
        self._events = events
        self._last = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end, or until nobody listens."""
        async with contextlib.aclosing(self._events):
            await while_there(receive, self._send(send))

    async def _send(self, send: Send) -> None:
        first = await anext(self._events, None)
        if first is None:
            raise Bug("a response without events")
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._write(send, first)
        beating = asyncio.create_task(self._beat(send))
        try:
            async for event in self._events:
                await self._write(send, event)
        finally:
            beating.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send, chunk: bytes) -> None:
        self._last = time.monotonic()
        await send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            if time.monotonic() - self._last >= HEARTBEAT:
                await self._write(send, b": still here\n\n")


class Collected(Response):
    """Sends the object that the events end with; where that failed, a refusal that says why, unless it is `kept`: then it is an
    answer like others, since clients send again what they are refused with 500."""

    media_type = "application/json"

    def __init__(
        self, frames: AsyncGenerator[Frame, None], headers: Mapping[str, str] | None = None, *, kept: bool = False
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", **(headers or {})})
        self._frames = frames
        self._kept = kept
        self._more = dict(headers or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the end, unless nobody does any more."""
        async with contextlib.aclosing(self._frames):
            last: list[Frame] = []
            if await while_there(receive, self._drain(last)):
                await self._answer(last[0])(scope, receive, send)

    async def _drain(self, last: list[Frame]) -> None:
        async for frame in self._frames:
            if frame.response is not None:
                last[:] = [frame]
        if not last:
            raise Bug("a response without an end")

    def _answer(self, last: Frame) -> Response:
        response = last.response or {}
        if response.get("status") == "failed" and not self._kept:
            error: dict[str, Any] = response.get("error") or {}
            code = str(error.get("code") or "server_error")
            return answered(_STATUSES.get(code, 500), str(error.get("message") or "The upstream failed."), code)
        return Response(msgspec.json.encode(response), 200, {"Cache-Control": "no-store", **self._more}, "application/json")


async def events_of(frames: AsyncGenerator[Frame, None]) -> AsyncGenerator[bytes, None]:
    """Frames as server-sent events."""
    async with contextlib.aclosing(frames):
        async for frame in frames:
            yield server_sent(frame.type, frame.data)


class _Typed(msgspec.Struct):
    type: str = "message"


_typed = msgspec.json.Decoder(_Typed)


async def events_from(kept: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Events that were kept, likewise."""
    async with contextlib.aclosing(kept):
        async for data in kept:
            yield server_sent(_typed.decode(data).type, data)


def server_sent(name: str, data: bytes) -> bytes:
    """One event in the form of WHATWG's event streams."""
    if b"\n" in data or b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


async def while_there(receive: Receive, work: Coroutine[Any, Any, None]) -> bool:
    """Do `work` while the client is there; False: it went away, and the work was cancelled. What the work raises is raised."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        done = working.done()
    finally:
        for one in (working, leaving):
            one.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
    if done:
        working.result()
    return done
