"""A session's turn kept without its secrets, so that the session can be gone on with.

`turn.json` in the session's folder. Keys, headers, secrets and MCP servers are left out; whoever goes on resolves them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pullwright.attempts.spec import TurnSpec
from pullwright.protocol.errors import FixSettings

NAME = "turn.json"


def save(spec: TurnSpec) -> None:
    """Write the record of the session's newest turn, replacing the last one's."""
    model = msgspec.structs.replace(spec.model, key="", headers={})
    # Servers, hooks, skills and sub-agents are those of the next turn's settings, and of what is trusted then.
    bare = msgspec.structs.replace(spec, model=model, secrets=(), env={}, mcp=(), hooks=(), skills=(), subagents=None)
    fresh = spec.folder / f".{NAME}.{os.getpid()}"
    fresh.write_bytes(msgspec.json.encode(bare, enc_hook=str))
    fresh.replace(spec.folder / NAME)


def saved(folder: Path) -> TurnSpec:
    """The record of the session in `folder`. Raises `FixSettings` when there is none."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=TurnSpec, dec_hook=_path)
    except (OSError, msgspec.DecodeError) as error:
        raise FixSettings(f"how session {folder.name} was run is not known any more: {error}", fix="start a new one") from None


def _path(kind: type, value: str) -> Path:
    """msgspec knows no paths; the record's are plain text."""
    assert kind is Path
    return Path(value)
