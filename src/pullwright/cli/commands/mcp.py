"""`pullwright mcp`: the servers whose tools the agent may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pullwright.cli.commands.options import as_json, directory

if TYPE_CHECKING:
    from pullwright.cli.settings.load import Loaded
    from pullwright.tools.mcp.servers import McpServer

HELP = """MCP servers: programs and addresses that offer tools to the agent.

A server's command runs inside the sandbox, under the same rules as any command of the agent's, unless you say --host. Its
tools are asked about one by one, like commands; a tool whose definition changes is left out until you permit it again.

\b
Examples:
  pullwright mcp add git -- mcp-server-git
  pullwright mcp add tracker https://mcp.example.org/mcp -H 'authorization: Bearer ${TRACKER_TOKEN}'
  pullwright mcp test git
  pullwright mcp permit git
"""


@click.group(help=HELP, short_help="MCP servers: list, add, test, sign in, permit changed tools.")
def command() -> None:
    """The servers whose tools the agent may use."""


@command.command("list")
@as_json
@directory
def list_(as_json: bool, directory: Path) -> None:
    """List the servers, where each is configured, and what of its tools is permitted here."""
    from pullwright.cli.render.servers import listing, show

    rows = listing(*_configured(directory))
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=1))
    else:
        show(rows)


@command.command()
@click.argument("name")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, required=True, metavar="URL | -- COMMAND…")
@click.option("-e", "--env", multiple=True, metavar="NAME=VALUE", help="A variable for the command; repeatable.")
@click.option("-H", "--header", multiple=True, metavar="'NAME: VALUE'", help="A header for the address; repeatable.")
@click.option("--host", is_flag=True, help="Run the command on this machine, outside of any sandbox.")
@click.option("--inside-url", default="", metavar="URL", help="The command listens there, on the sandbox's own loopback.")
@click.option("--cwd", default="", metavar="DIR", help="Where the command starts; else in the workspace.")
@click.option("--folder", multiple=True, metavar="DIR", help="A folder that is shown inside, read-only; repeatable.")
@click.option("--tool", multiple=True, metavar="NAME", help="Take only these tools, with *; repeatable.")
@click.option("--without", multiple=True, metavar="NAME", help="Leave these tools out, with *; repeatable.")
@click.option("--reading", multiple=True, metavar="NAME", help="Tools that you vouch for as only reading: they never ask.")
@click.option("--asking", multiple=True, metavar="NAME", help="Tools that ask in every approval mode.")
@click.option("--private", is_flag=True, help="The address may be a private one.")
def add(name: str, words: tuple[str, ...], **options: Any) -> None:
    """Add the server NAME to your settings: an address, or a command after `--`.

    A value may be a reference, such as ${TOKEN}: your variable of that name, or what `pullwright login secret:TOKEN` keeps.
    """
    from pullwright.cli.folders import folders
    from pullwright.cli.settings.change import remove_table, set_keys
    from pullwright.cli.settings.servers import is_secret
    from pullwright.tools.mcp.servers import McpServer

    keys = _keys(words, options)
    McpServer(name=name, **keys).check()
    path = folders().config_file
    replaced = remove_table(path, f"mcp.servers.{name}")
    set_keys(path, {f"mcp.servers.{name}.{key}": value for key, value in keys.items()})
    for name_, value in (*keys.get("env", {}).items(), *keys.get("headers", {}).items()):
        if is_secret(name_) and "${" not in value:
            said = f"{name_} lies in {path} as it is. To keep it apart: pullwright login secret:NAME, and ${{NAME}} in its place."
            click.echo(said, err=True)
    click.echo(f"{'Replaced' if replaced else 'Added'} {name} in {path}. See its tools: pullwright mcp test {name}", err=True)


def _keys(words: tuple[str, ...], options: dict[str, Any]) -> dict[str, Any]:
    """What is written of a server."""
    keys: dict[str, Any] = {}
    if len(words) == 1 and words[0].startswith(("http://", "https://")):
        keys |= {"url": words[0], "where": "host"}
    else:
        keys |= {"command": words[0], "args": words[1:], "where": "host" if options["host"] else "sandbox"}
        keys["url"] = options["inside_url"]
    keys["env"] = dict(_pair(text, "=", "--env") for text in options["env"])
    keys["headers"] = dict(_pair(text, ":", "--header") for text in options["header"])
    keys |= {"folders": options["folder"], "tools": options["tool"]}
    keys |= {key: options[key] for key in ("cwd", "without", "reading", "asking", "private")}
    return {key: value for key, value in keys.items() if value}


def _pair(text: str, between: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(between)
    if not found or not name.strip():
        raise click.UsageError(f"{option} {text!r} is not NAME{between}VALUE")
    return name.strip(), value.strip()


@command.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the server NAME from your settings, with its sign-in."""
    from pullwright.cli.folders import folders
    from pullwright.cli.run.servers import tokens
    from pullwright.cli.settings.change import remove_table
    from pullwright.protocol.errors import FixSettings

    loaded, servers, _ = _configured(Path())
    path = folders().config_file
    if not remove_table(path, f"mcp.servers.{name}"):
        raise FixSettings(f"{path} has no MCP server {name}", fix="pullwright mcp list")
    for server in servers:
        if server.name == name and tokens(loaded).get(server.identity):
            tokens(loaded).put(server.identity, "")
    click.echo(f"Removed {name}.", err=True)


@command.command()
@click.argument("name")
@directory
def test(name: str, directory: Path) -> None:
    """Connect to the server NAME, as a session would, and show its tools."""
    import asyncio

    from pullwright.cli.render.servers import show_tools
    from pullwright.cli.run.servers import reached

    loaded, servers, _ = _configured(directory)

    async def main() -> None:
        async with reached(_named(name, servers), loaded, directory) as connection:
            show_tools(connection)

    asyncio.run(main())


@command.command()
@click.argument("name")
@click.option("--tool", multiple=True, metavar="NAME", help="Permit only these; repeatable.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@directory
def permit(name: str, tool: tuple[str, ...], yes: bool, directory: Path) -> None:
    """Show what the server NAME says of its tools otherwise than when you permitted them, and permit it.

    Until then a tool that is new or changed is not offered to the agent in this project.
    """
    import asyncio

    from pullwright.cli.project import project_at
    from pullwright.cli.render.servers import show_differences
    from pullwright.cli.run.servers import pins, reached

    kept = pins(_configured(directory)[0], project_at(directory))
    loaded, servers, _ = _configured(directory)
    server = _named(name, servers)

    async def main() -> None:
        async with reached(server, loaded, directory) as connection:
            waiting = show_differences(kept, server, connection.tools, set(tool))
            if waiting and (yes or click.confirm("Permit this?", err=True)):
                kept.permit(server, connection.tools, set(waiting))
                click.echo(f"Permitted: {', '.join(waiting)}. Offered from the next turn on.", err=True)

    asyncio.run(main())


@command.command()
@click.argument("name")
@click.option("--port", default=0, metavar="PORT", help="The port of this machine that the browser comes back to.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@directory
def login(name: str, port: int, no_browser: bool, directory: Path) -> None:
    """Sign in at the server NAME with your browser (OAuth).

    Over SSH: open the printed address at home, and paste the address that your browser ends at. Or choose a --port, and connect
    with `ssh -L PORT:127.0.0.1:PORT …`.
    """
    import asyncio

    from pullwright.cli.render.servers import show_address
    from pullwright.cli.run.servers import sign_in

    loaded, servers, _ = _configured(directory)
    found = _named(name, servers)
    tools = asyncio.run(sign_in(found, loaded, directory, lambda address: show_address(address, browser=not no_browser), port))
    click.echo(f"Signed in at {name}; it has {tools} tools.", err=True)


@command.command()
@click.argument("name")
def logout(name: str) -> None:
    """Forget the sign-in at the server NAME."""
    from pullwright.cli.run.servers import tokens

    loaded, servers, _ = _configured(Path())
    kept, server = tokens(loaded), _named(name, servers)
    known = bool(kept.get(server.identity))
    if known:
        kept.put(server.identity, "")
    click.echo(f"Forgot the sign-in at {name}." if known else f"Nobody was signed in at {name}.", err=True)


def _configured(directory: Path) -> tuple[Loaded, tuple[McpServer, ...], Path | None]:
    """Settings, servers, and the project around `directory`."""
    import os

    from pullwright.cli.credentials import Credentials
    from pullwright.cli.project import find_project
    from pullwright.cli.settings.load import load
    from pullwright.cli.settings.servers import servers

    project = find_project(directory)
    loaded = load(project)
    return loaded, servers(loaded, os.environ, Credentials(loaded.folders)), project


def _named(name: str, servers: tuple[McpServer, ...]) -> McpServer:
    from pullwright.cli.settings.nearest import did_you_mean
    from pullwright.protocol.errors import FixSettings

    for server in servers:
        if server.name == name:
            return server
    known = [server.name for server in servers]
    raise FixSettings(
        f"there is no MCP server {name!r} here.{did_you_mean(name, known)}",
        fix="pullwright mcp list; a project's own servers count after `pullwright trust`",
    )
