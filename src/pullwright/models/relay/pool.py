"""Connections to one server, as many at once as there are calls.

A connection whose answer was read to its end is kept for a later call, the warmest first, up to a bound; one that is left in
the middle of its answer is dropped, and no other call notices.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from types import TracebackType

import h11

from pullwright.models.address import Address, ask
from pullwright.models.line import Broken, Line, Response

KEPT = 32
IDLE = 60.0
"""Seconds after which a kept connection is not used again: what lies between may have forgotten it, and would not say so."""


class Pool:
    """One server, spoken to over many connections; `async with` closes them.

    `environ` is as for `Address`. `idle_timeout` is the longest silence in an answer, in seconds; at most `kept` connections
    wait for a later call, each at most `idle` seconds. `connections` counts how many were opened.
    """

    def __init__(
        self, base_url: str, environ: Mapping[str, str], *, idle_timeout: float = 300.0, kept: int = KEPT, idle: float = IDLE
    ) -> None:
        self._address = Address(base_url, environ)
        self._idle_timeout = idle_timeout
        self._kept = kept
        self._idle = idle
        self._waiting: list[tuple[float, Line]] = []
        self._at_work: set[Line] = set()
        self._closed = False
        self.connections = 0

    @contextlib.asynccontextmanager
    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> AsyncIterator[Response]:
        """Send a request (`path` comes after the base URL's) and give the answer, its body unread.

        Kept connections that turn out to be dead are replaced quietly. Leaving before the body's end drops the connection.
        Raises `Broken` when there is no connection or no answer, `FixSettings` when the server's certificate is not trusted.
        """
        line, response = await self._answer(self._address.head(method, path, headers, body), body)
        try:
            async with response:
                yield response
        finally:
            self._at_work.discard(line)
            self._keep(line)

    async def _answer(self, head: h11.Request, body: bytes) -> tuple[Line, Response]:
        lost = False
        while True:
            line = self._warmest() or await self._connect(lost=lost)
            self._at_work.add(line)
            try:
                response = await ask(line, head, body, self._idle_timeout)
            except BaseException:
                self._at_work.discard(line)
                raise
            if response is not None:
                return line, response
            self._at_work.discard(line)
            lost = True

    async def _connect(self, *, lost: bool) -> Line:
        """A new line. `lost`: what was dead may have died with the request in its hands, so that it may have begun an answer."""
        try:
            line = await self._address.connect()
        except Broken as broken:
            if lost:
                raise Broken(f"the connection was lost, and there is {broken}") from None
            raise
        self.connections += 1
        return line

    def _warmest(self) -> Line | None:
        while self._waiting:
            since, line = self._waiting.pop()
            if line.usable and time.monotonic() - since < self._idle:
                return line
            line.abort()
        return None

    def _keep(self, line: Line) -> None:
        if self._closed or not line.usable:
            line.abort()
            return
        self._waiting.append((time.monotonic(), line))
        if len(self._waiting) > self._kept:
            self._waiting.pop(0)[1].abort()

    async def aclose(self) -> None:
        """Close every connection, those too over which an answer still comes (its reader gets `Broken`)."""
        self._closed = True
        waiting, self._waiting = self._waiting, []
        for line in self._at_work:
            line.abort()
        for _, line in waiting:
            await line.close()

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
