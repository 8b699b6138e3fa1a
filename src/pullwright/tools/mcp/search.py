"""Many tools behind two: the model looks for one, then calls it. The prefix stays small, and stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pullwright.protocol.items import Call, FunctionCall, ToolSpec
from pullwright.protocol.policy import Effect
from pullwright.tools.arguments import WrongCall, read_arguments
from pullwright.tools.mcp.names import MCP_CALL, MCP_SEARCH
from pullwright.tools.mcp.tool import McpTool
from pullwright.tools.mcp.untrusted import line
from pullwright.tools.tool import Bench, ToolResult

SHOWN = 6
ENOUGH = 6_000
"""Tools that an answer describes in full, and characters after which no further one is; more are named."""
NAMED = 60


class _Query(msgspec.Struct):
    query: str = ""


class _Call(msgspec.Struct):
    tool: str
    arguments: dict[str, Any] = {}


class McpSearch:
    """`mcp_search`: tools of the configured servers, by words of their names and descriptions."""

    def __init__(self, tools: Mapping[str, McpTool], servers: Sequence[str]) -> None:
        self._tools = tools
        self.spec = ToolSpec(
            name=MCP_SEARCH,
            description=f"Find tools of the MCP servers {', '.join(servers)} by words; without a query, list their names.",
            parameters={"type": "object", "properties": {"query": {"type": "string"}}},
        )

    def effect(self, call: Call) -> Effect:
        """It only looks."""
        return "read"

    def title(self, call: Call) -> str:
        """What is looked for."""
        try:
            return line(read_arguments(call, _Query, self.spec)[0].query, 100) or "all tools"
        except WrongCall:
            return "tools"

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """The best matches in full, the next ones by name."""
        try:
            arguments, note = read_arguments(call, _Query, self.spec)
        except WrongCall as wrong:
            return wrong.result
        words = [word for word in arguments.query.lower().replace("_", " ").split() if word]
        found = self._ranked(words) if words else []
        if not found:
            missing = f"No tool matches {line(arguments.query, 100)!r}. " if words else ""
            return ToolResult(output=f"{note}{missing}All of them: {_names(sorted(self._tools))}")
        parts: list[str] = []
        while len(parts) < min(SHOWN, len(found)) and sum(map(len, parts)) < ENOUGH:
            parts.append(_described(self._tools[found[len(parts)]]))
        if more := found[len(parts) :]:
            parts.append(f"Also: {_names(more)}")
        parts.append('Call one with mcp_call: {"tool": NAME, "arguments": {…}}')
        return ToolResult(output=note + "\n".join(parts))

    def _ranked(self, words: Sequence[str]) -> list[str]:
        scores: dict[str, int] = {}
        for name, tool in self._tools.items():
            lowered, described = name.lower(), tool.spec.description.lower()
            scores[name] = sum(4 * (word in lowered) + (word in described) for word in words)
        return sorted((name for name, score in scores.items() if score), key=lambda name: (-scores[name], name))


class McpCall:
    """`mcp_call`: calls one of the tools that `mcp_search` finds."""

    spec = ToolSpec(
        name=MCP_CALL,
        description="Call an MCP tool by the name that mcp_search gave.",
        parameters={
            "type": "object",
            "properties": {"tool": {"type": "string"}, "arguments": {"type": "object"}},
            "required": ["tool"],
        },
    )

    def __init__(self, tools: Mapping[str, McpTool]) -> None:
        self._tools = tools

    def _meant(self, call: Call) -> tuple[McpTool, Call]:
        """The tool, and the call as that tool gets it. Raises `WrongCall`."""
        arguments, _ = read_arguments(call, _Call, self.spec)
        tool = self._tools.get(arguments.tool)
        if tool is None:
            raise WrongCall(f"mcp_call: there is no tool {line(arguments.tool, 80)!r}; find its name with mcp_search")
        text = msgspec.json.encode(arguments.arguments).decode()
        return tool, FunctionCall(call_id=call.call_id, name=tool.spec.name, arguments=text)

    def effect(self, call: Call) -> Effect:
        """That of the tool which it calls."""
        try:
            tool, meant = self._meant(call)
        except WrongCall:
            return "read"
        return tool.effect(meant)

    def title(self, call: Call) -> str:
        """That of the tool which it calls."""
        try:
            tool, meant = self._meant(call)
        except WrongCall:
            return "an MCP tool"
        return tool.title(meant)

    async def run(self, call: Call, bench: Bench) -> ToolResult:
        """Call it."""
        try:
            tool, meant = self._meant(call)
        except WrongCall as wrong:
            return wrong.result
        return await tool.run(meant, bench)


def _described(tool: McpTool) -> str:
    schema = msgspec.json.encode(tool.spec.parameters).decode()
    return f"{tool.spec.name}\n  {tool.spec.description}\n  arguments: {schema}"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more; use words to find them" if len(names) > NAMED else shown
