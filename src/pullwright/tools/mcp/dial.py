"""Connections of the HTTP client: only to addresses that may be reached, or to a port inside the sandbox.

A name is resolved here, each address is checked, and the one that was checked is the one connected to. Imports `httpcore2`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import httpcore2

from pullwright.sandbox.egress.addresses import is_address, is_loopback, is_never_allowed, is_public
from pullwright.sandbox.sandbox import Sandbox
from pullwright.tools.mcp.servers import McpServer

Permits = Callable[[str, str], str]
"""(host, address) -> why not; empty when it may be connected to."""

CONNECT = 20.0


def permits(server: McpServer, configured: str) -> Permits:
    """What a server configured at host `configured` may lead to: there, where the name's address is public unless it is a
    literal or `private`; and elsewhere (a sign-in) at public addresses only, or on the loopback when it is there itself."""
    local = configured == "localhost" or (is_address(configured) and is_loopback(configured))

    def why_not(host: str, address: str) -> str:
        if is_loopback(address) and local:
            return ""
        if is_never_allowed(address):
            return f"{address} is never connected to"
        if is_public(address) or (host == configured and (server.private or is_address(host))):
            return ""
        hint = " (private = true allows it)" if host == configured else ""
        return f"{host} leads to the private address {address}{hint}"

    return why_not


class HostDial(httpcore2.AsyncNetworkBackend):
    """Connects from the host, to what `why_not` lets pass."""

    def __init__(self, why_not: Permits) -> None:
        self._why_not = why_not

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that may be reached and answers. Raises httpcore2's `ConnectError`."""
        with _as_httpcore():
            async with asyncio.timeout(min(timeout or CONNECT, CONNECT)):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                refused = ""
                failed: OSError | None = None
                for address in dict.fromkeys(str(entry[4][0]) for entry in found):
                    if why := self._why_not(host, address):
                        refused = refused or why
                        continue
                    try:
                        return Stream(*await asyncio.open_connection(address, port))
                    except OSError as error:
                        failed = error
                raise failed or OSError(refused or f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        """Between attempts."""
        await asyncio.sleep(seconds)


class SandboxDial(httpcore2.AsyncNetworkBackend):
    """Connects to ports on the sandbox's own loopback, whatever name is asked for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the port. Raises httpcore2's `ConnectError`."""
        with _as_httpcore():
            async with asyncio.timeout(timeout or CONNECT):
                connected = socket.socket(fileno=await self._sandbox.connect(port))
                connected.setblocking(False)
                return Stream(*await asyncio.open_connection(sock=connected))

    async def sleep(self, seconds: float) -> None:
        """Between attempts."""
        await asyncio.sleep(seconds)


class Stream(httpcore2.AsyncNetworkStream):
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What came, empty at the end."""
        with _as_httpcore(httpcore2.ReadError, httpcore2.ReadTimeout):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        with _as_httpcore(httpcore2.WriteError, httpcore2.WriteTimeout):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        """Close it, also one that hangs."""
        self._writer.transport.abort()
        with contextlib.suppress(OSError, ssl.SSLError):
            await self._writer.wait_closed()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """TLS from here on."""
        with _as_httpcore():
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of an idle connection: whether it has ended, and its TLS."""
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.transport.is_closing()
        return self._writer.get_extra_info(info)


@contextmanager
def _as_httpcore(
    error: type[Exception] = httpcore2.ConnectError, slow: type[Exception] = httpcore2.ConnectTimeout
) -> Generator[None]:
    try:
        yield
    except TimeoutError as late:
        raise slow("no answer in time") from late
    except (OSError, ssl.SSLError) as broken:
        raise error(str(broken)) from broken
