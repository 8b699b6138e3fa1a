"""One tool of one server, as the loop sees it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.protocol.items import Call, FunctionCall
from pullwright.protocol.policy import Effect
from pullwright.tools.mcp.broken import Broken
from pullwright.tools.mcp.connection import Connection
from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.result import tool_result
from pullwright.tools.mcp.untrusted import line
from pullwright.tools.tool import Bench, ToolResult

_NO_WRITING = (
    "Refused by the rule `access: read-only`: this server is not held to reading. Only tools that the person marked as reading "
    "(mcp.servers.NAME.reading) can be called now."
)


class McpTool:
    """`mcp__server__tool`. It counts as executing, unless the person said that it only reads: what a server claims of its tools
    (annotations) is not asked. Making one raises `Unusable`."""

    def __init__(self, connection: Connection, definition: Definition) -> None:
        self.connection = connection
        self.definition = definition
        self.spec = definition.spec(connection.server)

    def effect(self, call: Call) -> Effect:
        """`execute`, or `read` where the person vouches for that."""
        server, name = self.connection.server, self.definition.name
        return "read" if server.reads(name) and not server.asks(name) else "execute"

    def title(self, call: Call) -> str:
        """Server, tool and arguments, in one line."""
        text = call.arguments if isinstance(call, FunctionCall) else call.input
        return f"{self.connection.server.name}: {self.definition.name} {line(text, 200)}"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Call it. A server that is dead, floods, or does not answer is a result that says so."""
        if bench.access == "read-only" and self.effect(call) != "read" and not self._held(bench):
            return ToolResult(output=f"{self.spec.name}: {_NO_WRITING}", ok=False)
        try:
            arguments = arguments_of(call)
            if self.connection.server.inside:
                bench.served.add(self.connection.server.name)
            given = await self.connection.call(self.definition, arguments)
        except Broken as broken:
            return ToolResult(output=f"{self.spec.name}: {broken}", ok=False)
        return await tool_result(call, self.connection.server, given, bench)

    def _held(self, bench: Bench) -> bool:
        """Whether the sandbox itself keeps the server from changing anything: it runs in one that was opened read-only."""
        return self.connection.server.inside and bench.sandbox.spec.access == "read-only"


def arguments_of(call: Call) -> dict[str, Any]:
    """The call's arguments. Raises `Broken`."""
    text = call.arguments if isinstance(call, FunctionCall) else call.input
    try:
        given = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Broken(f"the arguments are not valid JSON ({error})") from None
    if not isinstance(given, dict):
        raise Broken("the arguments must be a JSON object")
    return cast(dict[str, Any], given)
