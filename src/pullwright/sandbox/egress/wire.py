"""HTTP/1.1 on one connection, and the exchange of one request and its answer between two of them.

Nothing is passed on as it came: h11 reads it, and h11 writes it anew, so that no two readers can disagree about where
a message ends. Bodies stream; at most one piece is held for each direction.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.trsock import TransportSocket
from collections.abc import Sequence
from typing import Any

import h11

from pullwright.sandbox.egress.refusal import Malformed, NotServed, Unreachable

PIECE = 1 << 16
Headers = list[tuple[bytes, bytes]]

_HOP_BY_HOP = {
    b"connection", b"proxy-connection", b"proxy-authorization", b"proxy-authenticate", b"keep-alive", b"te", b"trailer",
    b"trailers", b"upgrade", b"expect", b"http2-settings",
}  # fmt: skip


class Wire:
    """One end of an HTTP/1.1 connection: h11's state over a pair of asyncio streams."""

    def __init__(
        self, state: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle_seconds: float
    ) -> None:
        self.state = state
        self._reader = reader
        self._writer = writer
        self._socket: TransportSocket = writer.get_extra_info("socket")
        self._idle = idle_seconds

    async def next(self) -> h11.Event:
        """The next event. Raises `h11.RemoteProtocolError`, `TimeoutError`, `OSError`."""
        while (event := self.state.next_event()) is h11.NEED_DATA:
            if self.state.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            async with asyncio.timeout(self._idle):
                self.state.receive_data(await self._reader.read(PIECE))
        if event is h11.PAUSED:
            raise h11.RemoteProtocolError("more came than one request at a time")
        return event  # pyright: ignore[reportReturnType]  # what is left of h11's union is an event

    async def send(self, event: h11.Event) -> None:
        """Write one event and wait until the other side takes it. Raises `h11.LocalProtocolError`, `OSError`."""
        data: bytes | None = self.state.send(event)
        if data:
            async with asyncio.timeout(self._idle):
                self._writer.write(data)
                await self._writer.drain()

    async def refuse(self, fault: NotServed, where: str) -> None:
        """Answer with the fault, if an answer can still be begun, and close."""
        if self.state.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._idle):
                    self._writer.write(fault.response(where))
                    await self._writer.drain()
                    if self._writer.can_write_eof():
                        self._writer.write_eof()
                await self._drain_input()

    async def _drain_input(self) -> None:
        """Read a little of what still comes: closing over unread bytes would reset the answer away."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                for _ in range(16):
                    if not await self._reader.read(PIECE):
                        break

    @property
    def stale(self) -> bool:
        """True when the other side has closed a connection that was kept."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def close(self) -> None:
        """Close the connection, without waiting for a peer that does not answer."""
        self._writer.close()
        try:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._writer.wait_closed()
        finally:
            self._drop()

    def _drop(self) -> None:
        """Abort what has not closed. asyncio's own transport trips over an abort after it is gone (its loop is None then)."""
        if self._socket.fileno() >= 0:
            self._writer.transport.abort()


def end_to_end(headers: Sequence[tuple[bytes, bytes]], *, drop: frozenset[bytes] = frozenset()) -> Headers:
    """The headers that are meant for the other end: without hop-by-hop ones, those that Connection names, and `drop`."""
    named = {token.strip().lower() for name, value in headers if name == b"connection" for token in value.split(b",")} - {
        b"content-length",
        b"transfer-encoding",
    }
    return [(name, value) for name, value in headers if name not in _HOP_BY_HOP | named | drop]


def check_framing(request: h11.Request) -> None:
    """Refuse a request whose end two readers could see at different places. Raises `Malformed`."""
    names = [name for name, _ in request.headers]
    if b"transfer-encoding" in names and b"content-length" in names:
        raise Malformed("the request has both Content-Length and Transfer-Encoding")
    if names.count(b"transfer-encoding") > 1 or names.count(b"content-length") > 1 or names.count(b"host") > 1:
        raise Malformed("a header that decides where the request ends or goes is there twice")


async def exchange(inside: Wire, outside: Wire, request: h11.Request) -> None:
    """Send a request outside with the body that `inside` still brings, and the answer back.

    Afterwards both are ready for another request only where both of their h11 states are `DONE`.
    Raises `Unreachable` when no answer began; after that, `OSError` or an h11 error means: close both.
    """
    sending: asyncio.Task[None] | None = None
    try:
        await outside.send(request)
        sending = asyncio.create_task(_send_body(inside, outside))
        await _bring_answer(inside, outside)
    except (OSError, TimeoutError, h11.RemoteProtocolError) as error:
        if inside.state.our_state is h11.SEND_RESPONSE:
            raise Unreachable("the server closed or broke off before it answered") from error
        raise
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def _send_body(inside: Wire, outside: Wire) -> None:
    try:
        while isinstance(event := await inside.next(), (h11.Data, h11.EndOfMessage)):
            await outside.send(_without_trailers(event))
            if isinstance(event, h11.EndOfMessage):
                return
    except h11.RemoteProtocolError:
        # The client broke its own framing: nothing more may reach the server as part of this request.
        await outside.close()
    except (OSError, TimeoutError, h11.LocalProtocolError):
        return  # The server may have answered early and closed; its answer, or the lack of one, decides.


async def _bring_answer(inside: Wire, outside: Wire) -> None:
    while True:
        event = await outside.next()
        if isinstance(event, h11.InformationalResponse):
            continue
        if isinstance(event, h11.Response):
            headers = end_to_end(list(event.headers))
            await inside.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
        elif isinstance(event, h11.Data):
            await inside.send(event)
        elif isinstance(event, h11.EndOfMessage):
            await inside.send(h11.EndOfMessage())
            return
        else:
            raise ConnectionError("the server closed before its answer was whole")


def _without_trailers(event: Any) -> h11.Event:
    return h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) else event
