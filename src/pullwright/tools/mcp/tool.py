"""One tool of one server, as the loop sees it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.protocol.items import Call, FunctionCall
from pullwright.protocol.policy import Effect
from pullwright.tools.mcp.connection import Broken, Connection
from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.result import tool_result
from pullwright.tools.mcp.untrusted import line
from pullwright.tools.tool import Bench, ToolResult


class McpTool:
    """`mcp__server__tool`. It counts as executing, unless the person said that it only reads: what a server claims of its tools
    (annotations) is not asked. Making one raises `Unusable`."""

    def __init__(self, connection: Connection, definition: Definition) -> None:
        self.connection = connection
        self.definition = definition
        self.spec = definition.spec(connection.server)

    def effect(self, call: Call) -> Effect:
        """`execute`, or `read` where the person vouches for that."""
        return "read" if self.connection.server.reads(self.definition.name) else "execute"

    def title(self, call: Call) -> str:
        """Server, tool and arguments, in one line."""
        text = call.arguments if isinstance(call, FunctionCall) else call.input
        return f"{self.connection.server.name}: {self.definition.name} {line(text, 200)}"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Call it. A server that is dead, floods, or does not answer is a result that says so."""
        try:
            arguments = arguments_of(call)
            given = await self.connection.call(self.definition, arguments)
        except Broken as broken:
            return ToolResult(output=f"{self.spec.name}: {broken}", ok=False)
        return tool_result(call, self.connection.server, given, bench)


def arguments_of(call: Call) -> dict[str, Any]:
    """The call's arguments. Raises `Broken`."""
    text = call.arguments if isinstance(call, FunctionCall) else call.input
    try:
        given = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Broken(f"the arguments are not valid JSON ({error})") from None
    if not isinstance(given, dict):
        raise Broken("the arguments must be a JSON object")
    return cast(dict[str, Any], given)
