"""The servers of a session, side by side, and which of their tools the model is offered.

    async with Connections(servers, …) as connections:
        connections.begin()              they connect; those that need the sandbox wait for it
        await connections.tools()        what is offered; waits only for servers that were never seen in this project

What is offered is what was permitted (pins.py), so that it is known before a server has answered and stays the same while one is
slow or dead; a call waits for its server, and does not reach one that now describes the tool otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import TracebackType

import msgspec

from pullwright.sandbox.sandbox import Sandbox
from pullwright.tools.mcp.broken import Broken
from pullwright.tools.mcp.connection import Connection
from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.names import PREFIX
from pullwright.tools.mcp.pins import Pins, Record
from pullwright.tools.mcp.schemas import Unusable
from pullwright.tools.mcp.search import McpCall, McpSearch
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.tokens import Tokens
from pullwright.tools.mcp.tool import McpTool
from pullwright.tools.tool import Tool

DIRECT = 12
DIRECT_BYTES = 24_000
"""Tools, and bytes of their definitions, that are offered directly; beyond either all of them stay behind the search."""

PATIENCE = 3.0
"""Seconds of waiting after which it is said."""


class Connections:
    """Connections to `servers`, open as long as the block. `opened` gives the sandbox; `notice` tells the person something."""

    def __init__(
        self,
        servers: Sequence[McpServer],
        opened: Callable[[], Awaitable[Sandbox]],
        pins: Pins,
        *,
        tokens: Tokens | None = None,
        notice: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.pins = pins
        self._told: set[str] = set()
        self._offered: dict[str, McpTool] = {}
        self._notice = notice
        self._tasks: set[asyncio.Task[None]] = set()
        self.unusable = [server for server in servers if server.unusable]
        self.all = {
            server.name: Connection(server, opened, tokens=tokens, told=self._say, on_list=partial(self._look, server.name))
            for server in sorted(servers, key=lambda server: server.name)
            if not server.unusable
        }

    async def __aenter__(self) -> Connections:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End all servers. Waits until they have ended, also when cancelled meanwhile."""
        cancelled = False
        for task in self._tasks:
            task.cancel()
        while left := {task for task in self._tasks if not task.done()}:
            try:
                await asyncio.wait(left)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    def begin(self) -> None:
        """Connect to all, side by side. Later calls ask those that are connected for their tools anew: what they list may be
        other than at the last turn."""
        begun = bool(self._tasks)
        self._tasks = {task for task in self._tasks if not task.done()}
        for server in self.unusable:
            self._say(f"MCP server {server.name}: {server.unusable}")
        for connection in self.all.values():
            if not begun:
                self._tasks.add(asyncio.create_task(connection.keep()))
            elif connection.state == "ready":
                self._tasks.add(asyncio.create_task(self._refresh(connection)))

    async def _refresh(self, connection: Connection) -> None:
        with contextlib.suppress(Broken):
            await connection.refresh()

    def _look(self, name: str) -> None:
        try:
            self._compare(name)
        except OSError as error:
            self._say(f"MCP server {name}: what it lists cannot be kept: {error}")

    def _compare(self, name: str) -> None:
        """Keep what a server lists now, and tell what of it is not offered."""
        connection = self.all[name]
        record = self.pins.compare(connection.server, connection.tools)
        if waiting := [tool for tool in record.waiting if connection.server.takes(tool)]:
            changed = [tool for tool in waiting if tool in record.tools]
            what = "changed since they were permitted" if changed else "are new"
            shown = ", ".join(waiting[:5]) + (f" and {len(waiting) - 5} more" if len(waiting) > 5 else "")
            self._say(f"MCP server {name}: tools that {what} are left out: {shown}. Look at them: pullwright mcp permit {name}")
        if connection.left_out:
            self._say(f"MCP server {name}: left out: {'; '.join(connection.left_out)}")

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._notice(text)

    def _still_waiting(self) -> None:
        names = [name for name, connection in self.all.items() if connection.state in ("waiting", "connecting")]
        self._say(f"waiting for MCP servers: {', '.join(names)}")

    async def tools(self) -> tuple[Tool, ...]:
        """What is offered, sorted by name: each tool itself, or two that stand for all when there are many."""
        self.begin()
        telling = asyncio.get_running_loop().call_later(PATIENCE, self._still_waiting)
        try:
            found = await asyncio.gather(*(self._permitted(connection) for connection in self.all.values()))
        finally:
            telling.cancel()
        tools: dict[str, McpTool] = {}
        for connection, definitions in zip(self.all.values(), found, strict=True):
            for definition in definitions:
                try:
                    tool = McpTool(connection, definition)
                except Unusable as error:
                    self._say(f"MCP server {connection.server.name}: left out: {definition.name}, {error}")
                    continue
                tools[tool.spec.name] = tool
        self._offered = tools = dict(sorted(tools.items()))
        if not tools:
            return ()
        size = sum(len(msgspec.json.encode(tool.spec)) for tool in tools.values())
        if len(tools) <= DIRECT and size <= DIRECT_BYTES:
            return tuple(tools.values())
        servers = sorted({tool.connection.server.name for tool in tools.values()})
        return McpCall(tools), McpSearch(tools, servers)

    def asks(self, server: str, tool: str) -> bool:
        """Whether each call of the tool, in the words of its offered name, is to be asked about."""
        offered = self._offered.get(f"{PREFIX}{server}__{tool}")
        return offered is not None and offered.connection.server.asks(offered.definition.name)

    async def _permitted(self, connection: Connection) -> list[Definition]:
        """The tools of a server that may be offered. One that was never seen is waited for; it has its own deadline."""
        server = connection.server
        record = self.pins.get(server)
        if record is None:
            try:
                await connection.listed()
            except Broken:
                return []
            record = self.pins.get(server) or Record(project="", server=server.name)
        return [one for one in record.offered if server.takes(one.name)]
