"""What is shown of MCP servers. All that a server says is cleaned first."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from pullwright.cli.render.clean import clean, one_line
from pullwright.cli.render.table import table
from pullwright.cli.run.servers import pins, tokens
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.servers import origin_of
from pullwright.tools.mcp.connection import Connection
from pullwright.tools.mcp.definitions import Definition
from pullwright.tools.mcp.pins import Pins, difference
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.untrusted import line


def listing(loaded: Loaded, servers: tuple[McpServer, ...], project: Path | None) -> list[dict[str, Any]]:
    """A row for each server, for programs and for `show`."""
    kept = tokens(loaded)
    rows: list[dict[str, Any]] = []
    for server in servers:
        record = pins(loaded, project).get(server) if project else None
        rows.append(
            {
                "name": server.name,
                "where": server.where,
                "reached": server.shown,
                "from": str(origin_of(server.name, loaded)),
                "permitted": sorted(record.tools) if record else None,
                "waiting": sorted(record.waiting) if record else [],
                "signed_in": bool(server.url and kept.get(server.identity)),
                "unusable": server.unusable,
            }
        )
    return rows


def show(rows: list[dict[str, Any]]) -> None:
    """The rows as a table."""
    if not rows:
        click.echo("No MCP servers are configured. Add one: pullwright mcp add NAME -- COMMAND…", err=True)
        return
    cells = [[row["name"], row["where"], one_line(row["reached"], 60), row["from"], _state(row)] for row in rows]
    click.echo(table(cells, ("NAME", "WHERE", "REACHED BY", "FROM", "TOOLS HERE")), nl=False)


def _state(row: dict[str, Any]) -> str:
    if row["unusable"]:
        return f"cannot be used: {row['unusable']}"
    tools = "not seen yet" if row["permitted"] is None else f"{len(row['permitted'])} permitted"
    waiting = f", {len(row['waiting'])} changed or new: pullwright mcp permit {row['name']}" if row["waiting"] else ""
    return tools + waiting + (", signed in" if row["signed_in"] else "")


def show_tools(connection: Connection) -> None:
    """What a connected server has."""
    server = connection.server
    click.echo(f"{server.name}: {connection.title or 'connected'}, {len(connection.tools)} tools", err=True)
    rows: list[list[str]] = []
    for name, definition in connection.tools.items():
        mark = "not taken" if not server.takes(name) else "asks" if server.asks(name) else "reads" if server.reads(name) else ""
        rows.append([name, mark, line(definition.description, 90)])
    click.echo(table(rows), nl=False)
    for left in connection.left_out:
        click.echo(clean(f"left out: {left}"), err=True)


def show_differences(kept: Pins, server: McpServer, found: dict[str, Definition], names: set[str]) -> list[str]:
    """Show what a server says otherwise than what was permitted, of all tools or of `names`; the names of what waits."""
    fresh = kept.get(server) is None
    record = kept.compare(server, found)
    waiting = {name: one for name, one in record.waiting.items() if not names or name in names}
    if not waiting:
        click.echo("Its tools were permitted just now, for the first time here." if fresh else "Nothing waits.", err=True)
    for name, definition in waiting.items():
        before = record.tools.get(name)
        click.echo(f"{name}: {'changed' if before else 'new'}")
        click.echo("".join(f"  {shown}\n" for shown in difference(before, definition).splitlines()), nl=False)
    return list(waiting)


def show_address(address: str, *, browser: bool) -> None:
    """Print where to sign in, and open it where there is a browser to be seen."""
    click.echo(f"Open this to sign in:\n\n  {clean(address)}\n", err=True)
    if sys.stdin.isatty():
        click.echo("If your browser cannot reach this machine afterwards: paste the address that it ended at here.", err=True)
    remote = any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    seen = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if browser and seen and not remote:
        import webbrowser

        webbrowser.open(address)
