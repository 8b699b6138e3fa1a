"""The server as a process runs it: uvicorn around the app, an orderly end, and streams that end first."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from pullwright.server.between.peers import UNIX
from pullwright.server.desk import Desk
from pullwright.server.listening import peer_of

HEADERS_BYTES = 64 << 10
MOST = 2000
"""Connections beside the streams; who comes beyond them is told to try again."""
FIRST = 20.0
"""Seconds in which a connection's first request must have come."""
LINGER = 2.0
"""Seconds that a closed WebSocket waits for the other side to close too."""
_FULL = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 10\r\nconnection: close\r\n\r\n"


class _Protocol(H11Protocol):
    """HTTP/1.1 that says who came through the unix socket. No proxy header can say it: it is the connection's."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._hurry = self.loop.call_later(FIRST, self._late)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family == socket.AF_UNIX:
            self.client = (UNIX, peer_of(connection))
            self.server = ("localhost", 0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._hurry.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._hurry.cancel()  # the WebSocket has its own
        most = self.limit_concurrency or MOST
        if len(self.connections) >= most or len(self.tasks) >= most:
            self.transport.write(_FULL)
            self.transport.close()
            return
        super().handle_websocket_upgrade(event)

    def _late(self) -> None:
        """A connection that has asked nothing yet is somebody else's place."""
        if self.cycle is None:  # pyright: ignore[reportUnnecessaryComparison] - it is, before the first request
            self.transport.abort()


class _Socket(WebSocketsSansIOProtocol):
    """A connection that has become a WebSocket. When the server stops, its route ends it (`streams.socket`) and is waited for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.close_timeout = LINGER
        self._lost = False
        self._hurry = self.loop.call_later(FIRST, self._late)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family == socket.AF_UNIX:
            self.client = (UNIX, peer_of(connection))
            self.server = ("localhost", 0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._hurry.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        if self.close_sent or not self.handshake_complete:
            super().shutdown()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._hurry.cancel()
        if not self._lost:
            self._hurry = self.loop.call_later(2 * LINGER, self.transport.abort)  # who takes nothing would keep it open

    def _late(self) -> None:
        """A handshake that is none, or that nobody has answered."""
        if not self.handshake_complete:
            self.transport.abort()


class _Server(uvicorn.Server):
    """Tells when it answers, and ends the streams before it waits for connections. Signals are its owner's."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """None: who calls `run_server` cancels it."""
        yield


async def run_server(app: FastAPI, sockets: Sequence[socket.socket], *, ready: Callable[[], None]) -> None:
    """Serve `app` at `sockets` until cancelled; then requests that run have `drain` seconds, and streams are ended.

    `ready` is called once it answers. The sockets are closed in the end.
    """
    desk: Desk = app.state.desk
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws=_Socket,
        ws_max_size=desk.config.api_bytes,
        ws_ping_interval=desk.config.heartbeat,
        ws_ping_timeout=2 * desk.config.heartbeat,
        ws_per_message_deflate=False,
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        limit_concurrency=desk.config.streams + MOST,
        timeout_graceful_shutdown=int(desk.config.drain),
        h11_max_incomplete_event_size=HEADERS_BYTES,
    )
    server = _Server(config, ready, desk.feeds.close)
    serving = asyncio.create_task(server.serve(sockets=list(sockets)))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
