"""How a connection to a server is opened: over the pipes of a command, inside or on the host, or over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import PurePosixPath
from typing import Any

from pullwright.sandbox.sandbox import OnOutput, Sandbox
from pullwright.tools.mcp.broken import Broken
from pullwright.tools.mcp.flood import Meter
from pullwright.tools.mcp.process import OnHost, Running, errors_inside, inside, on_host
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import Tokens

FETCHING = frozenset(("npx", "bunx", "pnpx", "uvx", "pipx"))
UNFETCHED = 10.0
"""Programs that fetch what they run, and how many seconds one of them gets where there is nothing to fetch from."""

INSTEAD = "install the server and name its own program, allow `registries`, or run it on the host (docs/mcp.md)"


class Opening:
    """One way to a server. `over` is told why it ended, once it has; `errors` gives the end of what it wrote to stderr."""

    def __init__(self, server: McpServer, sandbox: Sandbox | None, meter: Meter, over: Callable[[str], None]) -> None:
        self._server = server
        self._sandbox = sandbox
        self._meter = meter
        self._over = over
        self.errors: Callable[[], Awaitable[str]] | None = None

    @property
    def cannot_fetch(self) -> bool:
        """Whether the command would have to fetch its program, inside a sandbox without network."""
        fetches = PurePosixPath(self._server.command).name in FETCHING
        return self._sandbox is not None and fetches and self._sandbox.spec.network.off

    async def transport(self, stack: AsyncExitStack, tokens: Tokens, auth: Any) -> Any:
        """What `mcp.Client` speaks through. A command that listens is started first, and held by `stack`. Raises `Broken`."""
        server, sandbox = self._server, self._sandbox
        if not server.url:
            from pullwright.tools.mcp.stdio import Said, stdio

            return stdio(self._start(), self._meter, Said(self._over))
        from pullwright.tools.mcp.http import http
        from pullwright.tools.mcp.oauth import auth_for

        if server.command and sandbox is not None:
            running = await stack.enter_async_context(inside(server, sandbox, None))
            self.errors = lambda: errors_inside(server, sandbox)
            await _listens(sandbox, server.port, running)
        return http(server, self._meter, sandbox, auth or auth_for(server, tokens))

    def _start(self) -> Callable[[OnOutput], AbstractAsyncContextManager[Running]]:
        server, sandbox = self._server, self._sandbox
        if sandbox is not None:
            self.errors = lambda: errors_inside(server, sandbox)
            return lambda on_output: inside(server, sandbox, on_output)

        @asynccontextmanager
        async def start(on_output: OnOutput) -> AsyncGenerator[Running]:
            async with on_host(server, on_output, os.environ) as running:
                self.errors = _errors_of(running)
                yield running

        return start


def _errors_of(running: OnHost) -> Callable[[], Awaitable[str]]:
    async def errors() -> str:
        return bytes(running.errors).decode(errors="replace")

    return errors


async def _listens(sandbox: Sandbox, port: int, running: Running) -> None:
    """Wait until something listens on the port inside, or what should has ended."""
    ended = asyncio.ensure_future(running.ended())
    try:
        while True:
            try:
                os.close(await sandbox.connect(port))
                return
            except ConnectionRefusedError:
                done, _ = await asyncio.wait((ended,), timeout=0.1)
                if done:
                    raise Broken(ended.result()) from None
    finally:
        ended.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((ended,))


def load() -> None:
    """Import what speaks: half a second, best spent in a thread."""
    import importlib

    for name in ("mcp", "pullwright.tools.mcp.stdio", "pullwright.tools.mcp.http", "pullwright.tools.mcp.oauth"):
        importlib.import_module(name)


def silence() -> None:
    """`mcp` logs what servers say; without a handler that would land, as it is, in the person's terminal."""
    import logging

    for name in ("mcp", "client", "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
