"""MCP servers, from the forms that agents write them in to the settings below `mcp.servers`.

Most share the table `mcpServers` (name -> command, args, env, or url, headers), each with extras of its own: each source reads
its form into a `Raw`.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pullwright.cli.importing.haul import Haul, Server, Setting
from pullwright.cli.importing.reading import table, texts
from pullwright.cli.importing.secrets import Secrets, has_secret
from pullwright.cli.settings.references import names_in

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]|_(?!_)){0,31}")
_THEIRS = re.compile(r"\$\{env:([A-Za-z_]\w*)\}|(?<!\$)\{env:([A-Za-z_]\w*)\}")
_ELSEWHERE = re.compile(r"\{file:|\$\{(?:input|workspaceFolder|userHome|CLAUDE_PLUGIN_ROOT|command)\b[^}]*\}")


class Raw(msgspec.Struct, kw_only=True):
    """A server as a source has it; times in seconds."""

    command: str = ""
    args: list[str] = []
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    start_timeout: float = 0.0
    timeout: float = 0.0
    tools: list[str] = []
    without: list[str] = []
    off: bool = False
    sse: bool = False


def take_servers(found: Any, at: str, haul: Haul) -> None:
    """Add the servers of a table `mcpServers`, as Claude Code, Cline and Roo write it."""
    for name, value in table(found).items():
        entry = table(value)
        kind = str(entry.get("type") or entry.get("transportType") or "").lower()
        raw = Raw(
            command=text(entry.get("command")),
            args=texts(entry.get("args")),
            env=strings(entry.get("env")),
            cwd=text(entry.get("cwd")),
            url=text(entry.get("url") or entry.get("serverUrl")),
            headers=strings(entry.get("headers")),
            timeout=number(entry.get("timeout")),
            without=texts(entry.get("disabledTools")),
            off=entry.get("disabled") is True,
            sse=kind == "sse",
        )
        if kind not in ("", "stdio", "sse", "http", "streamablehttp", "streamable-http"):
            haul.leave(at, f"MCP server {name}", f"{kind!r} is no way of speaking that is known here")
        else:
            take_server(name, raw, at, haul)


def take_address(haul: Haul, setting: Setting) -> None:
    """Add a setting that is an address, unless it has a secret in it: a settings file is no place for one."""
    if has_secret(str(setting.value)):
        haul.leave(setting.at, setting.theirs, "there is a password or key in this address; keep it apart: pullwright login")
    else:
        haul.settings.append(setting)


def take_server(name: str, raw: Raw, at: str, haul: Haul) -> None:
    """Add one server, with references in place of its secrets, or note why it is left out."""
    what = f"MCP server {name}"
    everything = " ".join([raw.command, *raw.args, *raw.env.values(), raw.url, *raw.headers.values(), raw.cwd])
    if raw.sse:
        haul.leave(at, what, "it speaks the old SSE transport; give its streamable HTTP address, if it has one")
    elif not raw.command and not raw.url:
        haul.leave(at, what, "it has neither a command nor an address")
    elif found := _ELSEWHERE.search(everything):
        haul.leave(at, what, f"it has {found[0]!r}, which only its own agent can fill; write a value or ${{NAME}} in its place")
    else:
        haul.servers.append(_server(name, raw, at))


def _server(name: str, raw: Raw, at: str) -> Server:
    secrets = Secrets(name)
    keys: dict[str, Any] = {}
    if raw.url:
        url = secrets.inside(_ours(raw.url), "URL")
        keys |= {"url": url, "private": _private(raw.url)}
        keys["headers"] = {header: secrets.header(header, _ours(value)) for header, value in raw.headers.items()}
    else:
        keys |= {"command": _ours(raw.command), "args": secrets.arguments([_ours(part) for part in raw.args])}
        keys["env"] = {variable: secrets.variable(variable, _ours(value)) for variable, value in raw.env.items()}
        keys["cwd"] = _ours(raw.cwd)
    keys |= {"start_timeout": raw.start_timeout, "timeout": raw.timeout, "tools": raw.tools, "without": raw.without}
    keys["off"] = raw.off
    return Server(at=at, name=name_of(name), keys={key: value for key, value in keys.items() if value}, secrets=secrets.found)


def name_of(theirs: str) -> str:
    """A name that we take: letters, digits, hyphens, single underscores, 32 at most."""
    if NAME.fullmatch(theirs):
        return theirs
    return re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]+", "-", theirs)).strip("-_")[:32].rstrip("-_") or "server"


def _ours(value: str) -> str:
    """Their references as ours; a `${` that is none stands for itself."""
    value = _THEIRS.sub(lambda match: f"${{{match[1] or match[2]}}}", value)
    return value if names_in(value) else value.replace("${", "$${")


def _private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def text(value: Any) -> str:
    """`value`, when it is a text; else nothing."""
    return value if isinstance(value, str) else ""


def strings(value: Any) -> dict[str, str]:
    """`value` as a table of texts: numbers and truth values as JSON writes them."""
    return {
        key: str(part).lower() if isinstance(part, bool) else str(part)
        for key, part in table(value).items()
        if isinstance(part, str | int | float)
    }


def number(value: Any, unit: float = 1.0) -> float:
    """`value`, given in `unit` seconds, when it is a sensible time; else 0."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value * unit < 86_400
    return value * unit if good else 0.0
