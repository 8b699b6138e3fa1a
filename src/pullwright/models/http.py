"""HTTP/1.1 to a model's server: one connection, kept for all calls.

    Client                 a base URL, its proxy and its trust; `request` sends and gives a Response
    └── Response           status, headers, then the body in pieces as they arrive

asyncio streams and h11, because start-up counts: the usual client libraries cost more to import than the
whole of a step. One call at a time (a lock keeps them in line); an unread rest of an answer closes the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from types import TracebackType

import h11

from pullwright.models.address import Address, ask
from pullwright.models.line import Broken, Line, Response

__all__ = ["Broken", "Client", "Response"]


class Client:
    """One server, spoken to over one connection at a time; `async with` closes it.

    `environ` gives proxy and trust settings, as `Address` says. `connections` counts how many were opened.
    """

    def __init__(self, base_url: str, environ: Mapping[str, str], *, idle_timeout: float = 300.0) -> None:
        self._address = Address(base_url, environ)
        self._idle_timeout = idle_timeout
        self._line: Line | None = None
        self._lock = asyncio.Lock()
        self.connections = 0

    @contextlib.asynccontextmanager
    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> AsyncIterator[Response]:
        """Send a request (`path` comes after the base URL's) and give the answer, its body unread.

        A kept connection that turns out to be dead is replaced quietly, once. Raises `Broken` when there is no
        connection or no answer, `FixSettings` when the server's certificate is not trusted.
        """
        async with self._lock, await self._answer(self._address.head(method, path, headers, body), body) as response:
            yield response

    async def _answer(self, head: h11.Request, body: bytes) -> Response:
        while True:
            line = self._line if self._line and self._line.usable else await self._connect()
            self._line = line
            response = await ask(line, head, body, self._idle_timeout)
            if response is not None:
                return response

    async def _connect(self) -> Line:
        if self._line:
            self._line.abort()
            self._line = None
        line = await self._address.connect()
        self.connections += 1
        return line

    async def aclose(self) -> None:
        """Close the connection."""
        line, self._line = self._line, None
        if line:
            await line.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
