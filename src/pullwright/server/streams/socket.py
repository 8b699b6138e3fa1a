"""A WebSocket as a route has it: who asks is known before it is accepted, what comes is bounded, and it ends in order.

    @ROUTES.socket("/v1/responses")
    async def respond(socket: Socket) -> None:
        while (message := await socket.receive()) is not None:
            await socket.send(…)

Before it is accepted it is a request like any other: a `PullwrightError` is answered with its status and problem. Afterwards it
is closed:

    1000            the route returned
    1012            the server stops: connect again
    4000 + status   a refusal: 4401 (the credential has ended), 4403, 4413, 4429…; the reason is its message
    1011            a bug of ours
    1009            a message is larger than `ServerConfig.api_bytes` (by the protocol itself)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import cast

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from pullwright.protocol.errors import PullwrightError
from pullwright.server.desk import Call, Desk, desk_of
from pullwright.server.problems import Refusal, problem_of
from pullwright.server.streams.response import STUCK

TROUBLE = logging.getLogger("pullwright.server")
WAITING = 32
"""Messages that may wait to be received, where the route says nothing else; all together they may be as large as one."""
CLOSING = 2.0
"""Seconds in which a last word must have gone out."""
REASON = 120
"""Bytes of a reason; the protocol has room for no more."""

Before = Callable[[Call], Awaitable[None]]
"""Looks at who asks before the socket is accepted; what it raises is answered with a status."""


class Socket:
    """An accepted WebSocket. What comes is read at once, so that a ping is answered however long the route is busy."""

    def __init__(self, websocket: WebSocket, desk: Desk, call: Call) -> None:
        self.desk = desk
        self.call = call
        self._websocket = websocket
        self._most = desk.config.api_bytes
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._flooded = False
        self.room = WAITING
        """Messages that may wait: a route to which every key is one gives more."""
        self.gone = asyncio.Event()
        """Set when the other side has left."""

    @property
    def stopping(self) -> bool:
        """Whether the server stops: what runs may end, and nothing new is received."""
        return self.desk.feeds.closing.is_set()

    async def receive(self) -> bytes | None:
        """The next message; None when the other side has left, or the server stops.

        Who asks is looked at again with each, and its ration counted. Raises `Refusal`: 401 when the credential has ended, 429
        for who asks too often. Caught, the socket goes on; not caught, it is closed.
        """
        message = await self.hear()
        if message is not None:
            await self.again()
        return message

    async def again(self) -> Call:
        """Who asks, looked at again. Raises `Refusal` as `receive` does."""
        self.call = await self.desk.call(self._websocket)
        return self.call

    async def hear(self) -> bytes | None:
        """The next message as `receive` has it, of whoever it was that the socket was opened for: for what comes key by key.
        Look at them `again` now and then."""
        while not self._waiting and not self._flooded:
            if self.stopping or self.gone.is_set():
                return None
            await _first(self._changed.wait(), self.desk.feeds.closing.wait())
            self._changed.clear()
        if self.stopping:
            return None
        if self._flooded:
            self._flooded = False
            raise Refusal(429, "too many messages wait", fix="Wait for the answer to what was sent.")
        return self._waiting.popleft()

    async def send(self, message: str | bytes) -> None:
        """Send a text message (`bytes`: in UTF-8). Raises `WebSocketDisconnect` when nobody is there to take it."""
        await self._send(self._websocket.send_text(message if isinstance(message, str) else message.decode()))

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are. Raises as `send` does."""
        await self._send(self._websocket.send_bytes(data))

    async def _send(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(STUCK):
                await sending
        except TimeoutError:
            raise WebSocketDisconnect(1006, "it takes nothing") from None

    async def close(self, code: int, reason: str = "") -> None:
        """Close it, unless it is closed. Never raises but when cancelled."""
        if self._websocket.application_state is not WebSocketState.CONNECTED or self.gone.is_set():
            return
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError, OSError):
            async with asyncio.timeout(CLOSING):
                await self._websocket.close(code, reason.encode()[:REASON].decode("utf-8", "ignore"))

    async def read(self) -> None:
        """Read until the other side has left. Run beside the route."""
        while (message := await self._websocket.receive())["type"] == "websocket.receive":
            data = message.get("bytes") or (message.get("text") or "").encode()
            waiting = sum(map(len, self._waiting)) + len(data)
            if len(self._waiting) < self.room and waiting <= self._most:
                self._waiting.append(data)
            else:
                self._flooded = True
            self._changed.set()
        self.gone.set()
        self._changed.set()


@asynccontextmanager
async def opened(websocket: WebSocket, before: Before | None = None) -> AsyncGenerator[Socket]:
    """A WebSocket that was accepted, and is closed in the end with the code that says why. Nothing is raised after that but a
    cancellation."""
    desk = desk_of(websocket)
    call = await desk.call(websocket)
    if before is not None:
        await before(call)
    async with desk.feeds.seat(call.actor.user_id):
        await websocket.accept()
        socket = Socket(websocket, desk, call)
        reading = asyncio.create_task(socket.read())
        code, reason = 1000, ""
        try:
            yield socket
            code = 1012 if socket.stopping else 1000
        except asyncio.CancelledError:
            code = 1012
            raise
        except Exception as error:
            code, reason = _said(error, websocket.state.request)
        finally:
            await socket.close(code, reason)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


def _said(error: Exception, request_id: str) -> tuple[int, str]:
    """Code and reason of what ended a route, be it in a group of tasks. A bug of ours tells nothing of its inside."""
    causes = list(_causes(error))
    bugs = [one for one in causes if not isinstance(one, (PullwrightError, WebSocketDisconnect))]
    refusals = [(problem_of(one, "").status, str(one)) for one in causes if isinstance(one, PullwrightError)]
    if bugs or any(status == 500 for status, _ in refusals):
        TROUBLE.error("request %s broke", request_id, exc_info=error)
        return 1011, ""
    return (4000 + refusals[0][0], refusals[0][1]) if refusals else (1000, "")


def _causes(error: Exception) -> Iterator[Exception]:
    if isinstance(error, ExceptionGroup):
        group = cast("ExceptionGroup[Exception]", error)
        for one in group.exceptions:
            yield from _causes(one)
    else:
        yield error


async def _first(*waits: Awaitable[object]) -> None:
    """Until one of them is done."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
