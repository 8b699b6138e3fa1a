"""What the model calls servers' tools by, and the two that stand for many."""

from __future__ import annotations

PREFIX = "mcp__"
MCP_CALL, MCP_SEARCH = "mcp_call", "mcp_search"


def of_a_server(name: str) -> bool:
    """Whether a tool of this name calls a server: directly, or as the one that stands for many."""
    return name == MCP_CALL or name.startswith(PREFIX)


def parted(offered: str) -> tuple[str, str] | None:
    """Server and tool of an offered name; None when it is no tool of a server."""
    server, separator, tool = offered.removeprefix(PREFIX).partition("__")
    return (server, tool) if offered.startswith(PREFIX) and separator and server and tool else None
