"""Streamable HTTP: `mcp`'s transport over a client that goes where it may, and reads no more than it may."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
from mcp.client.streamable_http import streamable_http_client

from pullwright.models.proxy import proxy_for
from pullwright.models.tls import trust
from pullwright.sandbox.egress.addresses import is_address, is_loopback
from pullwright.sandbox.sandbox import Sandbox
from pullwright.tools.mcp.dial import HostDial, Permits, SandboxDial, permits
from pullwright.tools.mcp.flood import BETWEEN, LINE, Meter
from pullwright.tools.mcp.servers import McpServer


@asynccontextmanager
async def http(server: McpServer, meter: Meter, sandbox: Sandbox | None, auth: httpx2.Auth | None) -> AsyncGenerator[Any]:
    """The streams that `mcp.Client` wants; through `sandbox` when the address lies inside. Redirects stay on the server's origin.

    Raises `FixSettings` for a proxy or CA file that cannot be used.
    """
    async with (
        client(server, meter, sandbox, auth) as speaking,
        streamable_http_client(server.url, http_client=speaking, max_sse_event_size=LINE) as streams,
    ):
        yield streams


def client(
    server: McpServer, meter: Meter, sandbox: Sandbox | None = None, auth: httpx2.Auth | None = None
) -> httpx2.AsyncClient:
    """The HTTP client for a server."""
    return httpx2.AsyncClient(
        transport=Guarded(server, meter, sandbox),
        headers={**server.headers, "accept-encoding": "identity", "user-agent": "pullwright"},
        timeout=httpx2.Timeout(30.0, read=server.timeout + 30.0),
        auth=auth,
        trust_env=False,
    )


class Guarded(httpx2.AsyncBaseTransport):
    """Sends requests where they may go, and counts what comes back."""

    def __init__(self, server: McpServer, meter: Meter, sandbox: Sandbox | None) -> None:
        self._meter = meter
        self._origin = _origin(httpx2.URL(server.url))
        host = urlsplit(server.url).hostname or ""
        self._why_not: Permits = permits(server, host)
        self._inside = sandbox is not None
        self._pool = (
            httpcore2.AsyncConnectionPool(network_backend=SandboxDial(sandbox))
            if sandbox is not None
            else _pool(server.url, self._why_not)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it. Raises httpx2's `ConnectError` for an address that it may not go to."""
        self._check(request.url)
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        url = request.url
        try:
            answer = await self._pool.handle_async_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        except httpcore2.NetworkError as error:
            raise httpx2.ConnectError(f"{url.host}: {error}", request=request) from error
        except httpcore2.TimeoutException as error:
            raise httpx2.ConnectTimeout(f"{url.host}: no answer in time", request=request) from error
        body = Counted(answer.stream, self._meter)
        extensions: dict[str, Any] = dict(answer.extensions)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        response = httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=extensions)
        if answer.status >= 400:
            self._meter.status = answer.status
        body.most = 2 * BETWEEN if "event-stream" in response.headers.get("content-type", "") else LINE
        if response.headers.get("content-encoding", "identity") != "identity":  # a few bytes could unfold to any number
            await body.aclose()
            raise httpx2.ConnectError(f"{url.host}: a compressed answer, which was not asked for", request=request)
        return response

    def _check(self, url: httpx2.URL) -> None:
        if _origin(url) == self._origin:
            return
        if self._inside:
            raise httpx2.ConnectError(f"{url.host}: not the server's address")
        if url.scheme != "https" and self._why_not(url.host, "127.0.0.1"):
            raise httpx2.ConnectError(f"{url.host}: another address than the server's is reached over https only")
        if is_address(url.host) and (why := self._why_not(url.host, url.host)):
            raise httpx2.ConnectError(why)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


class Counted(httpx2.AsyncByteStream):
    """An answer's body, counted as it is read."""

    def __init__(self, stream: Any, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter
        self.most = LINE

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its pieces. Raises `Flooded`."""
        async for piece in self._stream:
            self.most -= len(piece)
            self._meter.take(len(piece), self.most >= 0)
            yield piece

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._stream.aclose()


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _pool(url: str, why_not: Permits) -> httpcore2.AsyncConnectionPool:
    """Straight to the address, or through the company's proxy, which then resolves the name itself."""
    context = trust(os.environ)
    host = urlsplit(url).hostname or ""
    proxy = None if host == "localhost" or (is_address(host) and is_loopback(host)) else proxy_for(url, os.environ)
    if proxy is None:
        return httpcore2.AsyncConnectionPool(ssl_context=context, network_backend=HostDial(why_not))
    scheme = "https" if proxy.tls else "http"
    return httpcore2.AsyncHTTPProxy(
        f"{scheme}://{proxy.host}:{proxy.port}", proxy_headers=list(proxy.headers.items()), ssl_context=context
    )
