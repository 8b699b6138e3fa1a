"""What is configured of one MCP server."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from pullwright.protocol.errors import FixSettings

Where = Literal["sandbox", "host"]

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]|_(?!_)){0,31}")
"""A name becomes part of tool names, in which two underscores separate."""


class McpServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One server: a `command` that speaks over its pipes, or a `url` that speaks streamable HTTP.

    `where` is where the command runs; of a `url` it says on which side the address lies: `sandbox` is a port on the sandbox's own
    loopback (then `command` may be what listens there). `start_timeout` and `timeout` (of one call) are in seconds.

    Tools, with `*`: `tools` and `without` say which are taken and which of them are not, `reading` those that a person vouches
    for as only reading, `asking` those that ask each time, whatever the approval mode.

    `folders` of the host are shown inside, read-only, for a command that lies there. `private` lets the url's name lead to a
    private address. `client_id` and `client_secret` are an application's that was registered where Pullwright cannot register
    itself. `own` says that the person configured it, not the project; `unusable` why it cannot even be tried. `written` is how it
    is reached in the words of the settings, where references stand in place of secrets; `secrets` are what they stand for.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    where: Where = "sandbox"
    start_timeout: float = 30.0
    timeout: float = 120.0
    tools: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    client_id: str = ""
    client_secret: str = ""
    private: bool = False
    own: bool = True
    unusable: str = ""
    written: str = ""
    secrets: tuple[str, ...] = ()

    def check(self) -> McpServer:
        """Itself. Raises `FixSettings` for what cannot be meant."""
        fix = f"see docs/mcp.md; remove it with: pullwright mcp remove {self.name}"
        if not NAME.fullmatch(self.name):
            raise FixSettings(
                f"{self.name!r} is no name for an MCP server",
                fix="use up to 32 letters, digits, hyphens and single underscores",
            )
        if not self.command and not self.url:
            raise FixSettings(f"the MCP server {self.name} has neither a command nor a url", fix=fix)
        if not self.url:
            return self
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise FixSettings(f"the url of the MCP server {self.name} is not http:// or https://", fix=fix)
        if self.command and self.where == "host":
            raise FixSettings(
                f"the MCP server {self.name} has a command and a url",
                fix='leave one out, or set where = "sandbox" for both inside',
            )
        if self.where == "sandbox" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise FixSettings(
                f"the url of the MCP server {self.name} is not on the sandbox's loopback",
                fix='write http://127.0.0.1:PORT/…, or set where = "host" for an address outside',
            )
        return self

    @property
    def port(self) -> int:
        """The port of `url`."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def inside(self) -> bool:
        """Whether speaking to it needs the open sandbox."""
        return self.where == "sandbox"

    @property
    def identity(self) -> str:
        """What makes it this server: name and how it is reached, as it is written; another token makes no other server."""
        import hashlib

        told = msgspec.json.encode([self.name, self.where, self.cwd, self.shown])
        return hashlib.sha256(told).hexdigest()

    def takes(self, tool: str) -> bool:
        """Whether a tool of that name is wanted."""
        wanted = not self.tools or any(fnmatchcase(tool, pattern) for pattern in self.tools)
        return wanted and not any(fnmatchcase(tool, pattern) for pattern in self.without)

    def reads(self, tool: str) -> bool:
        """Whether the person says that the tool only reads."""
        return any(fnmatchcase(tool, pattern) for pattern in self.reading)

    def asks(self, tool: str) -> bool:
        """Whether each call of the tool is to be asked about, also where everything else goes."""
        return any(fnmatchcase(tool, pattern) for pattern in self.asking)

    @property
    def shown(self) -> str:
        """How it is reached, in one line."""
        return self.written or " ".join(part for part in (self.command, *self.args, self.url) if part)


def folders_of(server: McpServer) -> tuple[Path, ...]:
    """Host folders that are to be shown inside for the server, those that are there."""
    return tuple(path for folder in server.folders if (path := Path(folder).expanduser()).is_dir())
