"""One MCP server, reached outside of any turn: to test it, to look at its tools, to sign in."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pullwright.cli.render.clean import clean
from pullwright.cli.settings.load import Loaded
from pullwright.protocol.errors import FixSettings
from pullwright.sandbox.sandbox import Check, Mount, Sandbox
from pullwright.tools.mcp.broken import Broken
from pullwright.tools.mcp.connection import Connection
from pullwright.tools.mcp.pins import Pins
from pullwright.tools.mcp.servers import McpServer, folders_of
from pullwright.tools.mcp.tokens import TokenFile

_SEE = "see docs/mcp.md"
SIGN_IN = 600.0
"""Seconds that a person gets to sign in."""


def pins(loaded: Loaded, project: Path) -> Pins:
    """What is permitted in a project."""
    return Pins(loaded.folders.state / "mcp", project)


def tokens(loaded: Loaded) -> TokenFile:
    """The person's sign-ins."""
    return TokenFile(loaded.folders.state / "mcp/sign-ins.json")


@asynccontextmanager
async def reached(server: McpServer, loaded: Loaded, directory: Path, *, auth: Any = None) -> AsyncGenerator[Connection]:
    """The server, connected, with its tools listed; one inside gets a sandbox that is thrown away afterwards.

    Raises `FixSettings` when it cannot be used, with the end of what it wrote to stderr.
    """
    if server.unusable:
        raise FixSettings(f"the MCP server {server.name} cannot be used: {server.unusable}", fix=_SEE)
    async with contextlib.AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(_inside(server, loaded, directory)) if server.inside else None

        async def opened() -> Sandbox:
            assert sandbox is not None
            return sandbox

        connection = Connection(server, opened, tokens=tokens(loaded), auth=auth)
        keeping = asyncio.create_task(connection.keep())
        try:
            await _listed(connection)
            yield connection
        finally:
            keeping.cancel()
            await asyncio.wait((keeping,))


@asynccontextmanager
async def _inside(server: McpServer, loaded: Loaded, directory: Path) -> AsyncGenerator[Sandbox]:
    from pullwright.cli.run.inside import thrown_away

    mounts = tuple(Mount(path=folder) for folder in folders_of(server))
    async with thrown_away(loaded, directory, mounts=mounts) as (sandbox, _):
        yield sandbox


async def _listed(connection: Connection) -> None:
    try:
        await connection.listed()
    except Broken as broken:
        name = connection.server.name
        errors = clean(await connection.errors()).strip()
        said = f"\nIt wrote to stderr:\n{errors}" if errors and errors not in str(broken) else ""
        fix = _unseen(connection.server) or f"look at its settings: pullwright config | grep mcp.servers.{name}"
        raise FixSettings(f"the MCP server {name} cannot be used: {broken}{said}", fix=fix) from None


def _unseen(server: McpServer) -> str:
    """What helps a command inside that names files of this machine which it may not see there; empty where it names none."""
    if server.where != "sandbox" or not server.command:
        return ""
    words = (Path(word) for word in (server.command, *server.args) if word.startswith("/"))
    lost = [path for path in words if path.exists() and not any(path.is_relative_to(shown) for shown in _shown(server))]
    folders = dict.fromkeys(path.parent.parent if path.parent.name == "bin" else path.parent for path in lost)
    shown = " ".join(f"--folder {folder}" for folder in folders)
    return f"inside only the project and toolchains are seen: add it anew with {shown}, or with --host" if folders else ""


def _shown(server: McpServer) -> tuple[Path, ...]:
    return (*(Path(path) for path in ("/usr", "/bin", "/lib", "/lib64")), *folders_of(server))


async def sign_in(server: McpServer, loaded: Loaded, directory: Path, show: Callable[[str], None], port: int) -> int:
    """Sign in, and how many tools are there then. At a terminal the address that the browser ended at may be pasted.

    Raises `FixSettings`.
    """
    import msgspec

    from pullwright.tools.mcp.oauth import signing_in

    if not server.url or server.inside:
        raise FixSettings(f"{server.name} is not spoken to at an address outside", fix="only such servers have sign-ins")
    patient = msgspec.structs.replace(server, start_timeout=SIGN_IN, timeout=SIGN_IN)
    async with (
        signing_in(server, tokens(loaded), show, port=port, hear=_typed) as auth,
        reached(patient, loaded, directory, auth=auth) as connection,
    ):
        return len(connection.tools)


def _typed(take: Callable[[str], object]) -> None:
    """Give lines of the terminal to `take`, if there is one."""
    if not sys.stdin.isatty():
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: so has the sign-in
            for line in sys.stdin:
                loop.call_soon_threadsafe(take, line)

    threading.Thread(target=read, daemon=True).start()


def server_checks(servers: tuple[McpServer, ...], loaded: Loaded, project: Path | None) -> list[Check]:
    """What `pullwright doctor` says of the servers, without starting any."""
    return [_check(server, loaded, project) for server in servers]


def _check(server: McpServer, loaded: Loaded, project: Path | None) -> Check:
    if server.unusable:
        return Check(server.name, ok=False, found=server.unusable, fix=_SEE, required=False)
    found = f"{'inside' if server.inside else 'on the host'}: {server.shown[:100]}"
    record = pins(loaded, project).get(server) if project else None
    if record is None:
        return Check(server.name, ok=True, found=f"{found}; not seen here yet: pullwright mcp test {server.name}")
    if record.waiting:
        found = f"{found}; {len(record.waiting)} tools are changed or new, and left out"
        return Check(server.name, ok=False, found=found, fix=f"look: pullwright mcp permit {server.name}", required=False)
    return Check(server.name, ok=True, found=f"{found}; {len(record.tools)} tools permitted")
