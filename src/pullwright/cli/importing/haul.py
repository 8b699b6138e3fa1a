"""What a source holds, in our words.

Haul
├── Setting         a setting of ours that says the same as one of theirs
├── Server          an MCP server
├── Instructions    a text for the model
├── File            a command, an agent, or a file of a skill
└── Left            what is left out, and why
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

Kind = Literal["commands", "agents", "skills"]


class Place(msgspec.Struct, frozen=True):
    """Where a source looks: the person's home, or (`project`) the root of a project, which somebody else may have written."""

    root: Path
    home: Path
    env: dict[str, str]
    project: bool = False

    def shown(self, path: Path) -> str:
        """A path as people write it: `~/.codex/config.toml`, or below the project's root."""
        for root, prefix in ((self.root, ""),) if self.project else ((self.home, "~/"),):
            if path.is_relative_to(root):
                return f"{prefix}{path.relative_to(root)}"
        return str(path)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """`key = value`, which says what `theirs` says at `at`."""

    at: str
    theirs: str
    key: str
    value: Any


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """An MCP server. `keys` are the settings below `mcp.servers.NAME`; `secrets` what `${NAME}` in them stands for."""

    at: str
    name: str
    keys: dict[str, Any]
    secrets: dict[str, str] = {}

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Server({self.name}, {sorted(self.keys)}, {len(self.secrets)} secrets)"


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """A text for the model."""

    at: str
    text: str


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file for the folder `kind`, at `path` below it."""

    at: str
    kind: Kind
    path: str
    content: bytes


class Left(msgspec.Struct, frozen=True):
    """What is left out: where it stands, what it is, and why."""

    at: str
    what: str
    why: str


class Haul(msgspec.Struct):
    """Everything that one source holds. Filled by the source; `source` is its name."""

    source: str
    settings: list[Setting] = []
    servers: list[Server] = []
    instructions: list[Instructions] = []
    files: list[File] = []
    left: list[Left] = []

    def leave(self, at: str, what: str, why: str) -> None:
        """Note what is left out."""
        self.left.append(Left(at, what, why))

    @property
    def empty(self) -> bool:
        """True when there is nothing to say of this source."""
        return not (self.settings or self.servers or self.instructions or self.files or self.left)
