"""One server: connected, its tools listed, called; and again, once it has broken off.

    keep()            holds the connection, in one task from its opening to its closing
    listed()          its tools, once they are known
    call(…)           one call; a broken connection is opened anew first, at most `AGAIN` times

What goes wrong is a `Broken` with words for model and person. Nothing that a server does raises anything else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal

from pullwright.protocol.errors import PullwrightError
from pullwright.sandbox.sandbox import Sandbox
from pullwright.tools.mcp.broken import CLOSED, SILENT, Broken, Forgotten, reason
from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.flood import Meter
from pullwright.tools.mcp.opening import INSTEAD, UNFETCHED, Opening, load, silence
from pullwright.tools.mcp.process import ENDED
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import NoTokens, Tokens
from pullwright.tools.mcp.untrusted import line

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult

AGAIN = 3
"""How often a broken connection is opened anew, when one of its tools is called."""

State = Literal["waiting", "connecting", "ready", "broken", "closed"]


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
        self._opening: Opening | None = None

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
        self.state, self._client, self._meter, self._opening = "connecting", None, Meter(), None
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
        patience = self.server.start_timeout
        return min(patience, UNFETCHED) if self._opening is not None and self._opening.cannot_fetch else patience

    async def _explained(self, why: str) -> str:
        """`why`, with what the server itself said last, or what is known to help."""
        if self._meter.status == 401 and "sign-in" not in why:
            return f"it wants a sign-in: pullwright mcp login {self.server.name}"
        if not self.title and self._opening is not None and self._opening.cannot_fetch:
            return f"{why}; {self.server.command} fetches programs, and the sandbox's network is off: {INSTEAD}"
        if why.startswith(ENDED) and (said := (await self.errors()).strip().splitlines()):
            return f"{why}: {line(said[-1], 160)}"
        return why

    async def _connected(self) -> str:
        await asyncio.to_thread(load)  # half a second, in which a session would not answer to keys

        from mcp import Client
        from mcp_types import Implementation

        from pullwright import __version__

        silence()
        self.why = ""
        # The sandbox may take its time to open; the server's own time begins with its start.
        sandbox = await self._opened() if self.server.inside else None
        self._opening = opening = Opening(self.server, sandbox, self._meter, self._over)
        async with contextlib.AsyncExitStack() as stack:
            async with asyncio.timeout(self._patience):
                client = await stack.enter_async_context(
                    Client(
                        await opening.transport(stack, self._tokens, self._auth),
                        cache=None,
                        client_info=Implementation(name="pullwright", version=__version__),
                        message_handler=self._heard,
                        read_timeout_seconds=self._patience,
                    )
                )
                await self._list(client)
            info = client.server_info
            self.title = line(f"{info.name} {info.version}", 80) if info else ""
            self._client, self.state = client, "ready"
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
        except Forgotten:  # the server knew nothing of this session any more, so it did nothing
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
                raise Forgotten("it ended the session") from None
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
            return f"the connection broke off during the call: {self.why or self._meter.flood or CLOSED}"
        return f"the server answered with an error: {reason(error)}"

    async def errors(self) -> str:
        """The end of what it wrote to stderr, empty where that is not known."""
        if self._opening is None or self._opening.errors is None:
            return ""
        try:
            return await self._opening.errors()
        except (PullwrightError, OSError):
            return ""
