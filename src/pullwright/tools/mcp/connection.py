"""One server: connected, its tools listed, called; and again, once it has broken off.

    keep()            holds the connection, in one task from its opening to its closing
    listed()          its tools, once they are known
    call(…)           one call; a broken connection is opened anew first, at most `AGAIN` times

What goes wrong is a `Broken` with words for model and person. Nothing that a server does raises anything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from pullwright.protocol.errors import PullwrightError
from pullwright.sandbox.sandbox import OnOutput, Sandbox
from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.flood import Meter
from pullwright.tools.mcp.process import ENDED, OnHost, Running, errors_inside, inside, on_host
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import NoTokens, Tokens
from pullwright.tools.mcp.untrusted import line

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult

AGAIN = 3
"""How often a broken connection is opened anew, when one of its tools is called."""

SILENT = "no answer"
FETCHING = frozenset(("npx", "bunx", "pnpx", "uvx", "pipx"))
_UNFETCHED = 10.0
_FETCHED = "install the server and name its own program, allow `registries`, or run it on the host (docs/mcp.md)"

State = Literal["waiting", "connecting", "ready", "broken", "closed"]


class Broken(Exception):
    """The server cannot be used just now, or this call came to nothing; the text says why."""


class _Forgotten(Broken):
    """The server does not know the session that we speak in."""


class Connection:
    """A server and what is known of it. `opened` gives the sandbox; `told` hears why it broke off, `on_list` that it listed its
    tools; `auth` overrides how HTTP requests are signed."""

    def __init__(
        self,
        server: McpServer,
        opened: Callable[[], Awaitable[Sandbox]],
        *,
        tokens: Tokens | None = None,
        told: Callable[[str], None] = lambda text: None,
        on_list: Callable[[], None] = lambda: None,
        auth: Any = None,
    ) -> None:
        self.server = server
        self.state: State = "waiting"
        self.why = ""
        self.title = ""
        self.tools: dict[str, Definition] = {}
        self.left_out: list[str] = []
        self._opened = opened
        self._tokens = tokens or NoTokens()
        self._told = told
        self._on_list = on_list
        self._auth = auth
        self._client: Client | None = None
        self._meter = Meter()
        self._news = asyncio.Event()
        self._settled = asyncio.Event()
        self._wanted = asyncio.Event()
        self._broke = asyncio.Event()
        self._listing_changed = False
        self._again = 0
        self._fetches = False
        self._errors: Callable[[], Awaitable[str]] | None = None

    async def keep(self) -> None:
        """Connect and hold on; a connection that broke is opened anew when it is wanted. Ends by being cancelled."""
        try:
            while True:
                await self._once()
                self._told(f"MCP server {self.server.name}: {self.why}")
                await self._wanted.wait()
                self._wanted.clear()
        finally:
            self.state = "closed"
            self._client = None
            self._settled.set()

    async def _once(self) -> None:
        """One connection, from its opening to its breaking off; `why` says how it ended."""
        self.state, self._client, self._meter = "connecting", None, Meter()
        for event in (self._news, self._settled, self._broke):
            event.clear()
        why = ""
        try:
            why = await self._connected()
        except Exception as error:
            why = reason(error)
            why = f"{why} within {self._patience:g} s" if why == SILENT else why
        self._client = None
        self.why = await self._explained(self._meter.flood or self.why or why)
        self._broke.set()
        if not self._wanted.is_set():  # else it is opened anew at once, and whoever waits goes on waiting
            self.state = "broken"
            self._settled.set()

    @property
    def _patience(self) -> float:
        """Seconds that it gets to list its tools; a program that would have to be fetched and cannot be is not waited for."""
        return min(self.server.start_timeout, _UNFETCHED) if self._fetches else self.server.start_timeout

    async def _explained(self, why: str) -> str:
        """`why`, with what the server itself said last, or what is known to help."""
        if self._meter.status == 401 and "sign-in" not in why:
            return f"it wants a sign-in: pullwright mcp login {self.server.name}"
        if self._fetches:
            return f"{why}; {self.server.command} fetches programs, and the sandbox's network is off: {_FETCHED}"
        if why.startswith(ENDED) and (said := (await self.errors()).strip().splitlines()):
            return f"{why}: {line(said[-1], 160)}"
        return why

    async def _connected(self) -> str:
        await asyncio.to_thread(_load)  # half a second, in which a session would not answer to keys

        from mcp import Client
        from mcp_types import Implementation

        from pullwright import __version__

        _silence()
        self.why = ""
        # The sandbox may take its time to open; the server's own time begins with its start.
        sandbox = await self._opened() if self.server.inside else None
        fetches = PurePosixPath(self.server.command).name in FETCHING
        self._fetches = sandbox is not None and fetches and sandbox.spec.network.off
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(self._patience):
                client = await stack.enter_async_context(
                    Client(
                        await self._transport(stack, sandbox),
                        cache=None,
                        client_info=Implementation(name="pullwright", version=__version__),
                        message_handler=self._heard,
                        read_timeout_seconds=self._patience,
                    )
                )
                await self._list(client)
            info = client.server_info
            self.title = line(f"{info.name} {info.version}", 80) if info else ""
            self._client, self.state, self._fetches = client, "ready", False
            self._settled.set()
            return await self._while_it_lives(client)

    async def _while_it_lives(self, client: Client) -> str:
        """Wait for the end; list anew when the server says that its tools are others, at most once a second."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self.why or self._meter.flood:
                return self.why or self._meter.flood
            if self._listing_changed:
                self._listing_changed = False
                async with asyncio.timeout(self.server.start_timeout):
                    await self._list(client)
                await asyncio.sleep(1)

    async def _transport(self, stack: contextlib.AsyncExitStack, sandbox: Sandbox | None) -> Any:
        server, meter = self.server, self._meter
        if server.url:
            from pullwright.tools.mcp.http import http
            from pullwright.tools.mcp.oauth import auth_for

            if server.command and sandbox is not None:
                running = await stack.enter_async_context(inside(server, sandbox, None))
                self._errors = lambda: errors_inside(server, sandbox)
                await _listens(sandbox, server.port, running)
            auth = self._auth or auth_for(server, self._tokens)
            return http(server, meter, sandbox, auth)
        from pullwright.tools.mcp.stdio import Said, stdio

        return stdio(self._start(sandbox), meter, Said(self._over))

    def _start(self, sandbox: Sandbox | None) -> Callable[[OnOutput], AbstractAsyncContextManager[Running]]:
        server = self.server
        if sandbox is not None:
            self._errors = lambda: errors_inside(server, sandbox)
            return lambda on_output: inside(server, sandbox, on_output)

        @contextlib.asynccontextmanager
        async def start(on_output: OnOutput) -> AsyncGenerator[Running]:
            async with on_host(server, on_output, os.environ) as running:
                self._errors = running_errors(running)
                yield running

        return start

    def _over(self, why: str) -> None:
        self.why = self.why or why
        self._news.set()

    async def _heard(self, message: Any) -> None:
        """What the server says unasked. Everything but a new list of tools is passed over."""
        from mcp_types import ToolListChangedNotification

        if isinstance(message, ToolListChangedNotification):
            self._listing_changed = True
            self._news.set()

    async def _list(self, client: Client) -> None:
        from pullwright.tools.mcp.listing import list_tools

        self._meter.call()
        self.tools, self.left_out = await list_tools(client)
        self._on_list()

    async def listed(self) -> dict[str, Definition]:
        """Its tools, once it has answered or failed. Raises `Broken`."""
        await self._settled.wait()
        if self.state != "ready":
            raise Broken(self.why or "it is closed")
        return self.tools

    async def refresh(self) -> dict[str, Definition]:
        """Its tools as they are now, listed anew. Raises `Broken`."""
        client = await self._ready()
        try:
            async with asyncio.timeout(self.server.start_timeout):
                await self._list(client)
        except Exception as error:
            raise Broken(reason(error)) from None
        return self.tools

    def again(self) -> None:
        """Connect anew, whatever happened before."""
        self._again = 0
        if self.state == "ready":
            self._over("the connection was ended, to be opened anew")
        if self.state in ("ready", "broken"):
            self._reopen()

    def _reopen(self) -> None:
        self.state = "connecting"
        self._settled.clear()
        self._wanted.set()

    async def _ready(self) -> Client:
        if self.state == "broken" and self._again < AGAIN:
            self._again += 1
            self._reopen()
        await self._settled.wait()
        if self._client is None:
            raise Broken(f"the MCP server {self.server.name} cannot be used: {self.why or 'it is closed'}")
        return self._client

    async def call(self, definition: Definition, arguments: dict[str, Any]) -> CallToolResult:
        """Call a tool as it was permitted. Raises `Broken`; nothing is sent when the server now describes it otherwise.

        Cancelling tells the server so and leaves the connection as it is.
        """
        try:
            return await self._call(definition, arguments)
        except _Forgotten:  # the server knew nothing of this session any more, so it did nothing
            self._over("it ended the session")
            self._reopen()
            return await self._call(definition, arguments)

    async def _call(self, definition: Definition, arguments: dict[str, Any]) -> CallToolResult:
        from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult

        client = await self._ready()
        now = self.tools.get(definition.name)
        if now is None or now.digest != definition.digest:
            what = "no longer has this tool" if now is None else "describes this tool otherwise than when it was permitted"
            raise Broken(
                f"the MCP server {self.server.name} {what}; nothing was sent. "
                f"A person can look at it and permit it: pullwright mcp permit {self.server.name}"
            )
        self._meter.call()
        request = CallToolRequest(params=CallToolRequestParams(name=definition.name, arguments=arguments))
        try:
            # Not `call_tool`: it would check the answer against the server's own output schema, whose patterns are code.
            async with asyncio.timeout(self.server.timeout):
                given = await client.session.send_request(
                    request, CallToolResult, request_read_timeout_seconds=self.server.timeout + 5
                )
        except TimeoutError:
            raise Broken(f"no answer within {self.server.timeout:g} s; the call was cancelled, it may have had effects") from None
        except Exception as error:
            if "Session terminated" in str(error):
                raise _Forgotten("it ended the session") from None
            raise Broken(await self._said_of(error)) from None
        self._again = 0
        return given

    async def _said_of(self, error: Exception) -> str:
        """Why a call failed; when the connection broke, that is the reason, and it is marked as broken."""
        from mcp_types import CONNECTION_CLOSED

        if getattr(error, "code", None) == CONNECTION_CLOSED or self._meter.flood:
            self._over(self._meter.flood)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._broke.wait()
            return f"the connection broke off during the call: {self.why or self._meter.flood or 'it was closed'}"
        return f"the server answered with an error: {reason(error)}"

    async def errors(self) -> str:
        """The end of what it wrote to stderr, empty where that is not known."""
        if self._errors is None:
            return ""
        try:
            return await self._errors()
        except (PullwrightError, OSError):
            return ""


def running_errors(running: OnHost) -> Callable[[], Awaitable[str]]:
    """What a process of the host wrote to stderr last."""

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
        await asyncio.wait((ended,))


def reason(error: BaseException) -> str:
    """What went wrong, in one line: the first cause of a group that says something."""
    if isinstance(error, BaseExceptionGroup):
        inner = [one for one in error.exceptions if not isinstance(one, asyncio.CancelledError)]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return reason(inner[0]) if inner else "it was closed"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(error, TimeoutError):
        return SILENT
    if isinstance(error, PullwrightError):
        return line(f"{error}: {error.fix}" if error.fix else str(error), 400)
    return line(str(error) or type(error).__name__, 400)


def _load() -> None:
    import importlib

    for name in ("mcp", "pullwright.tools.mcp.stdio", "pullwright.tools.mcp.http", "pullwright.tools.mcp.oauth"):
        importlib.import_module(name)


def _silence() -> None:
    """`mcp` logs what servers say; without a handler that would land, as it is, in the person's terminal."""
    import logging

    for name in ("mcp", "client", "httpx2", "httpcore2"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
