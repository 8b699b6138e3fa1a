"""MCP servers of the session: how each is, what it offers, what waits to be permitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.cli.settings.nearest import did_you_mean
from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face
    from pullwright.tools.mcp.connection import Connection
    from pullwright.tools.mcp.connections import Connections

_NONE = "no MCP servers are configured; add one: pullwright mcp add NAME -- COMMAND…"
_STATES = {"waiting": "not connected yet", "connecting": "connecting", "ready": "connected", "closed": "closed"}


async def mcp(face: Face, arguments: str) -> None:
    """List them, or look at the one that is named."""
    servers = await face.pairing.standing.servers()
    servers.begin()
    if not servers.all and not servers.unusable:
        face.say(_NONE)
        return
    for server in servers.unusable:
        face.say(f"{server.name}: {server.unusable}", "warning")
    names = list(servers.all)
    if arguments:
        if arguments not in names:
            raise FixSettings(f"there is no MCP server {arguments!r}.{did_you_mean(arguments, names)}", fix="/mcp")
        await _one(face, servers, servers.all[arguments])
    elif names:
        chosen = await face.choose("MCP servers:", [Option(name, _hint(servers, servers.all[name])) for name in names])
        if chosen is not None:
            await _one(face, servers, servers.all[names[chosen]])


def mcp_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The configured servers."""
    return [(name, "an MCP server") for name in face.pairing.rules.settings.mcp.servers]


def _hint(servers: Connections, connection: Connection) -> str:
    record = servers.pins.get(connection.server)
    state = connection.why if connection.state == "broken" else _STATES[connection.state]
    waiting = f", {len(record.waiting)} changed or new" if record and record.waiting else ""
    return f"{state}, {len(record.tools) if record else 0} tools permitted{waiting}"


async def _one(face: Face, servers: Connections, connection: Connection) -> None:
    server = connection.server
    record = servers.pins.get(server)
    waiting = len(record.waiting) if record else 0
    options = [Option("its tools", key="t"), Option("what it wrote to stderr", key="e"), Option("connect anew", key="c")]
    if waiting:
        options.append(Option("look at what changed, and permit it", f"{waiting} tools", key="p"))
    title = f"{server.name}: {server.shown[:100]} ({'inside' if server.inside else 'outside'}; {_hint(servers, connection)})"
    what = await face.choose(title, options)
    if what == 0:
        await face.view(server.name, _tools(servers, connection))
    elif what == 1:
        await face.view(f"stderr of {server.name}", (await connection.errors()).splitlines() or ["(nothing)"])
    elif what == 2:
        connection.again()
        face.say(f"{server.name} is connected to anew")
    elif what == 3:
        await _permit(face, servers, connection)


def _tools(servers: Connections, connection: Connection) -> list[str]:
    from pullwright.tools.mcp.untrusted import line

    server = connection.server
    record = servers.pins.get(server)
    lines: list[str] = []
    for name, definition in (record.tools if record else {}).items():
        marks = [
            *([] if server.takes(name) else ["not taken"]),
            *(["asks"] if server.asks(name) else []),
            *(["reads"] if server.reads(name) else []),
            *(["changed"] if record and name in record.waiting else []),
        ]
        marked = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"{name}{marked}: {line(definition.description, 200)}")
    return lines or ["(none known yet)"]


async def _permit(face: Face, servers: Connections, connection: Connection) -> None:
    """Each tool that is new or changed, with its difference."""
    from pullwright.tools.mcp.pins import difference

    server = connection.server
    record = servers.pins.get(server)
    permitted: set[str] = set()
    for name, definition in list(record.waiting.items()) if record else ():
        before = record.tools.get(name) if record else None
        face.say(difference(before, definition), "code")
        title = f"Permit {name} of {server.name}, which {'changed' if before else 'is new'}?"
        if await face.choose(title, [Option("leave it out"), Option("permit it", "from the next turn on", key="y")]) == 1:
            permitted.add(name)
    if permitted and record:
        known = {**record.tools, **record.waiting}
        servers.pins.permit(server, connection.tools or known, permitted)
        face.say(f"permitted: {', '.join(sorted(permitted))}")
