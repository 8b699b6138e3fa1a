"""One open connection of HTTP/1.1, and the answer that comes over it.

Line          asyncio streams and h11: a request is written, events are read
Response      status, headers, then the body in pieces as they arrive
Broken        the connection failed, broke off or fell silent
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

import h11

from pullwright.models.chunks import BadChunk, Chunks

PIECE = 65536


UNCONNECTED = "no connection to"
"""How the reason begins of a break before anything was sent."""


class Broken(Exception):
    """The connection failed, broke off or fell silent. `reason` says which, for a reader."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out


class Response:
    """An answer whose body is still on its way. Leave its `async with` to give the connection back."""

    def __init__(self, line: Line, head: h11.Response, idle_timeout: float) -> None:
        self.status = head.status_code
        self.headers: dict[str, str] = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        self._line = line
        self._idle_timeout = idle_timeout

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives; ends with the body's end. Raises `Broken` when it is cut or falls silent."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while (piece := await self._line.next_chunks(self._idle_timeout)) is not None:
                yield piece
            return
        while True:
            event = await self._line.next_event(self._idle_timeout)
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return

    async def read(self, limit: int) -> bytes:
        """At most `limit` bytes of the body; what comes after is not read."""
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) >= limit:
                break
        return bytes(body[:limit])

    async def __aenter__(self) -> Response:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._line.finish(keep="close" not in self.headers.get("connection", "").lower())


def _fresh() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=256 * 1024)


class Line:
    """One open connection and its h11 state.

    `answers` counts the whole answers so far; `silent` is true until a byte of the present one has come.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = _fresh()
        self._chunks: Chunks | None = None
        self.answers = 0
        self.silent = True

    @property
    def usable(self) -> bool:
        """True when another request can be sent on it, as far as can be seen from here."""
        return self._http.our_state is h11.IDLE and not self._reader.at_eof() and not self._writer.is_closing()

    async def send(self, head: h11.Request, body: bytes, timeout: float) -> None:
        """Write a whole request. Raises `Broken`."""
        self._writer.write(self._http.send(head) or b"")
        if body:
            self._writer.write(self._http.send(h11.Data(body)) or b"")
        self._writer.write(self._http.send(h11.EndOfMessage()) or b"")
        try:
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError:
            raise Broken(f"the server took no byte for {timeout:g} seconds", timed_out=True) from None
        except OSError:
            # The server may have answered (413, say) and closed before it read everything: let the answer speak.
            return

    async def next_event(self, timeout: float) -> object:
        """The next h11 event. Raises `Broken` on a cut, garbage, or `timeout` seconds of silence."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise Broken(f"the connection broke off: {error}") from None
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._read(timeout))
            elif isinstance(event, h11.ConnectionClosed):
                raise Broken("the connection was closed before an answer came")
            elif not isinstance(event, h11.InformationalResponse):
                return event

    async def next_chunks(self, timeout: float) -> bytes | None:
        """What has come of the present answer's chunked body, None after its end. Raises `Broken` as `next_event` does."""
        if self._chunks is None:
            self._chunks = Chunks()
            piece = self._http.trailing_data[0]
        elif self._chunks.ended:
            return None
        else:
            piece = b""
        while True:
            try:
                found = self._chunks.feed(piece)
            except BadChunk as error:
                raise Broken(f"the connection broke off: {error}") from None
            if found or self._chunks.ended:
                return found or None
            piece = await self._read(timeout)
            if not piece:
                raise Broken("the connection was closed in the middle of the answer")

    async def _read(self, timeout: float) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                piece = await self._reader.read(PIECE)
            self.silent = self.silent and not piece
            return piece
        except TimeoutError:
            raise Broken(f"no byte for {timeout:g} seconds", timed_out=True) from None
        except (OSError, ssl.SSLError) as error:
            raise Broken(f"the connection broke off: {error}") from None

    def finish(self, *, keep: bool = True) -> None:
        """After an answer: ready for the next request, or closed when that is not possible, or the server does not `keep` it."""
        self.answers += 1
        chunks, self._chunks = self._chunks, None
        self.silent = True
        if chunks:
            if not keep or not chunks.ended or chunks.rest:
                self.abort()
            self._http = _fresh()
        elif self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.abort()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close the connection and wait until it is closed."""
        self._writer.close()
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
