"""The MCP servers that are configured: the person's, below `mcp.servers`, and a trusted project's, there or in `.mcp.json`.

`${NAME}` in a person's own server stands for what they have under that name (references.py); a project's server gets nothing of
the person's: one that asks for it is left out. A project's command always runs in the sandbox, with no folders of the host and
nobody vouching for its tools. Where both name a server, the person's counts alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from pullwright.cli.credentials import Credentials
from pullwright.cli.settings.layer import Origin
from pullwright.cli.settings.load import Loaded
from pullwright.cli.settings.references import filled, names_in
from pullwright.cli.settings.tree import McpServerSettings
from pullwright.protocol.errors import FixSettings
from pullwright.tools.mcp.servers import McpServer

OTHERS = ".mcp.json"
TABLE = "mcp.servers."

_SECRET = re.compile(r"(?i)key|token|secret|passw|auth|credential|cookie|session")


class _Others(msgspec.Struct):
    """An entry of `.mcp.json`, as Claude Code and others write it; what it has beside these is passed over."""

    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    type: str = ""


def servers(loaded: Loaded, env: Mapping[str, str], credentials: Credentials) -> tuple[McpServer, ...]:
    """All that are switched on, by name; one that cannot be used says why (`unusable`). Raises nothing for a wrong server."""
    found = {name: _own(name, given, loaded, env, credentials) for name, given in loaded.settings.mcp.servers.items()}
    for server in others(loaded.extensions.get(OTHERS, b"")):
        found.setdefault(server.name, server)
    off = {name for name, given in loaded.settings.mcp.servers.items() if given.off}
    return tuple(_checked(found[name]) for name in sorted(found) if name not in off)


def secrets_of(servers: tuple[McpServer, ...]) -> tuple[str, ...]:
    """Values that must never be seen in a log: what references stand for, and headers and variables whose names say so."""
    values = [value for server in servers for value in (*server.secrets, server.client_secret)]
    for server in servers:
        values += [value for name, value in (*server.headers.items(), *server.env.items()) if is_secret(name)]
    values += [word for value in values for word in value.split() if len(word) >= 12]  # of `Bearer TOKEN` the token alone
    return tuple(dict.fromkeys(value for value in values if len(value) >= 8))


def is_secret(name: str) -> bool:
    """Whether a header or variable of that name holds a secret, as far as the name says."""
    return _SECRET.search(name) is not None


def _own(name: str, given: McpServerSettings, loaded: Loaded, env: Mapping[str, str], credentials: Credentials) -> McpServer:
    origins = [origin for key, origin in loaded.origins.items() if key.startswith(f"{TABLE}{name}.")]
    if any(origin.source == "project file" for origin in origins):
        return _theirs(name, given)
    fields: dict[str, Any] = {key: getattr(given, key) for key in given.__struct_fields__ if key != "off"}
    where = f"{TABLE}{name}"
    try:
        for key in ("env", "headers"):
            table = cast(dict[str, str], fields[key])
            fields[key] = {one: filled(text, f"{where}.{key}.{one}", env, credentials) for one, text in table.items()}
        for key in ("url", "command", "cwd", "client_secret"):
            fields[key] = filled(fields[key], f"{where}.{key}", env, credentials)
        fields["args"] = tuple(filled(text, f"{where}.args", env, credentials) for text in given.args)
        secrets = tuple(filled(f"${{{one}:-}}", where, env, credentials) for one in _names(given))
    except FixSettings as error:
        return McpServer(name=name, command=given.command, url=given.url, unusable=f"{error}; {error.fix}")
    fields["where"] = given.where or ("host" if given.url and not given.command else "sandbox")
    written = " ".join(part for part in (given.command, *given.args, given.url) if part)
    return McpServer(name=name, written=written, secrets=secrets, **fields)


def _names(given: McpServerSettings | _Others) -> list[str]:
    """What an entry refers to."""
    secret = given.client_secret if isinstance(given, McpServerSettings) else ""
    texts = [secret, given.command, given.url, given.cwd, *given.args, *given.env.values(), *given.headers.values()]
    return list(dict.fromkeys(one for text in texts for one in names_in(text)))


def _theirs(name: str, given: McpServerSettings | _Others) -> McpServer:
    """A server of the project."""
    server = McpServer(
        name=name,
        command=given.command,
        args=given.args,
        env=given.env,
        cwd=given.cwd,
        url=given.url,
        headers=given.headers,
        where="host" if given.url and not given.command else "sandbox",
        own=False,
    )
    if asked := _names(given):
        why = f"the project's configuration wants your {', '.join(asked)}; configure it yourself to give it that"
        return msgspec.structs.replace(server, env={}, headers={}, unusable=f"{why}: pullwright mcp add {name}")
    if isinstance(given, _Others) and given.type == "sse":
        return msgspec.structs.replace(server, unusable="it speaks the old SSE transport, which is not supported")
    if isinstance(given, McpServerSettings) and given.where == "host" and given.command:
        why = f"the project's configuration wants it on your host; configure it yourself to allow that: pullwright mcp add {name}"
        return msgspec.structs.replace(server, unusable=why)
    return server


def others(content: bytes) -> list[McpServer]:
    """The servers of an `.mcp.json`; an entry that cannot be read is passed over."""
    return [_theirs(name, given) for name, given in _entries(content).items()]


def _entries(content: bytes) -> dict[str, _Others]:
    try:
        table: Any = msgspec.json.decode(content or b"{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    entries: Any = cast(dict[str, Any], table).get("mcpServers") if isinstance(table, dict) else None
    found: dict[str, _Others] = {}
    for name, entry in cast(dict[str, Any], entries).items() if isinstance(entries, dict) else ():
        try:
            found[name] = msgspec.convert(entry, _Others)
        except msgspec.ValidationError:
            continue
    return found


def _checked(server: McpServer) -> McpServer:
    if server.unusable:
        return server
    try:
        return server.check()
    except FixSettings as error:
        return msgspec.structs.replace(server, unusable=str(error))


def origin_of(name: str, loaded: Loaded) -> Origin:
    """Where a server is configured."""
    found = (origin for key, origin in loaded.origins.items() if key.startswith(f"{TABLE}{name}."))
    return next(found, Origin("project file", OTHERS))
