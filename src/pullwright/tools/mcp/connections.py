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
from pullwright.tools.mcp.connection import Broken, Connection
from pullwright.tools.mcp.definitions import Definition
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
        self._notice = notice
        self.all = {
            server.name: Connection(server, opened, tokens=tokens, told=self._say, relisted=partial(self._look, server.name))
            for server in sorted(servers, key=lambda server: server.name)
        }
        self._group = asyncio.TaskGroup()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    async def __aenter__(self) -> Connections:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)  # what was raised in the block goes on as it is

    def begin(self) -> None:
        """Connect to all, side by side. A second call does nothing."""
        if not self._tasks:
            self._tasks = tuple(self._group.create_task(self._keep(connection)) for connection in self.all.values())

    async def _keep(self, connection: Connection) -> None:
        looking = self._group.create_task(self._first(connection))
        try:
            await connection.keep()
        finally:
            looking.cancel()

    async def _first(self, connection: Connection) -> None:
        """Compare the first list of a server with what was permitted."""
        with contextlib.suppress(Broken):
            await connection.listed()
            self._look(connection.server.name)

    def _look(self, name: str) -> None:
        try:
            self._compare(name)
        except OSError as error:
            self._say(f"MCP server {name}: what it lists cannot be kept: {error}")

    def _compare(self, name: str) -> Record:
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
        return record

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._notice(text)

    async def tools(self) -> tuple[Tool, ...]:
        """What is offered, sorted by name: each tool itself, or two that stand for all when there are many."""
        self.begin()
        found = await asyncio.gather(*(self._permitted(connection) for connection in self.all.values()))
        tools: dict[str, McpTool] = {}
        for connection, definitions in zip(self.all.values(), found, strict=True):
            for definition in definitions:
                try:
                    tool = McpTool(connection, definition)
                except Unusable as error:
                    self._say(f"MCP server {connection.server.name}: left out: {definition.name}, {error}")
                    continue
                tools[tool.spec.name] = tool
        tools = dict(sorted(tools.items()))
        if not tools:
            return ()
        size = sum(len(msgspec.json.encode(tool.spec)) for tool in tools.values())
        if len(tools) <= DIRECT and size <= DIRECT_BYTES:
            return tuple(tools.values())
        servers = sorted({tool.connection.server.name for tool in tools.values()})
        return McpCall(tools), McpSearch(tools, servers)

    async def _permitted(self, connection: Connection) -> list[Definition]:
        """The tools of a server that may be offered. One that was never seen is waited for; it has its own deadline."""
        server = connection.server
        record = self.pins.get(server)
        if record is None:
            try:
                await connection.listed()
            except Broken:
                return []
            record = self._compare(server.name)
        return [one for name, one in record.tools.items() if server.takes(name) and name not in record.waiting]
