"""What a server says of its tools: taken as data, told apart by digest, offered in our own form."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from pullwright.protocol.items import ToolSpec
from pullwright.tools.mcp.names import PREFIX
from pullwright.tools.mcp.schemas import Unusable, bounded_schema
from pullwright.tools.mcp.servers import McpServer
from pullwright.tools.mcp.untrusted import is_plain, line

DESCRIPTION = 600
"""Characters of a description that are offered."""

LARGEST = 64 << 10
"""Bytes of one definition as it came; a larger one is left out."""

LONGEST_NAME = 64
_NAME = re.compile(r"[^A-Za-z0-9_-]")


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as its server describes it, raw. `digest` covers all of it, the parts that nobody sees as well."""

    name: str
    description: str = ""
    schema: dict[str, Any] = {}

    @property
    def raw(self) -> bytes:
        """The definition in one form: the same bytes for the same definition."""
        return msgspec.json.encode([self.name, self.description, self.schema], order="deterministic")

    @property
    def digest(self) -> str:
        """SHA-256 over name, description and schema."""
        return hashlib.sha256(self.raw).hexdigest()

    def offered_as(self, server: McpServer) -> str:
        """The name that the model calls it by; one that had to be changed ends in a digest, so that no two are the same."""
        plain = _NAME.sub("_", self.name)
        name = f"{PREFIX}{server.name}__{plain}"
        if plain == self.name and len(name) <= LONGEST_NAME:
            return name
        mark = hashlib.sha256(self.name.encode("utf-8", "replace")).hexdigest()[:6]
        return f"{name[: LONGEST_NAME - 7]}_{mark}"

    def spec(self, server: McpServer) -> ToolSpec:
        """As the model is told of it. Raises `Unusable`."""
        if not is_plain(self.name):
            raise Unusable(f"a tool's name cannot be shown: {self.name[:40]!r}")
        schema, cut = bounded_schema(self.schema)
        said = line(self.description, DESCRIPTION)
        note = " [its parameters were too large and are not all shown]" if cut else ""
        return ToolSpec(
            name=self.offered_as(server), description=f"[from MCP server {server.name}] {said}{note}".strip(), parameters=schema
        )

    def pretty(self) -> list[str]:
        """For a person who compares two of them: lines."""
        schema = msgspec.json.format(msgspec.json.encode(self.schema, order="deterministic"), indent=1).decode()
        return [f"name: {self.name}", *self.description.splitlines(), *schema.splitlines()]
