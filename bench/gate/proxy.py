"""A bare reverse proxy: a connection for a connection, bytes copied both ways."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection
from typing import Any


class _Side(asyncio.Protocol):
    """One of two connections; what it reads goes to the other."""

    def __init__(self, other: _Side | None = None) -> None:
        self.other = other
        self.transport: Any = None
        self.early: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.other and self.other.transport:
            self.other.transport.write(data)
        else:
            self.early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.other and self.other.transport:
            self.other.transport.close()


class _Front(_Side):
    """A client's connection: opens one to the upstream."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.host, self.port = host, port

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        _, behind = await asyncio.get_running_loop().create_connection(lambda: _Side(self), self.host, self.port)
        self.other = behind
        for data in self.early:
            behind.transport.write(data)
        self.early.clear()


def serve_proxy(upstream: str, pipe: Connection) -> None:
    """Serve until killed; the address goes into the pipe."""
    host, _, port = upstream.removeprefix("http://").partition(":")

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Front(host, int(port)), "127.0.0.1", 0)
        pipe.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await server.serve_forever()

    asyncio.run(serve())
