"""The models that providers listed lately, kept in the cache so that Tab needs no network."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

import msgspec

from pullwright.cli.folders import Folders

MOST = 500
"""Names kept of one provider."""


def recall(folders: Folders) -> dict[str, list[str]]:
    """Provider -> names; what cannot be read counts as nothing."""
    try:
        return msgspec.json.decode((folders.cache / "models.json").read_bytes(), type=dict[str, list[str]])
    except (OSError, msgspec.DecodeError):
        return {}


def remember(folders: Folders, provider: str, names: Iterable[str]) -> None:
    """Keep the names that a provider listed. A cache that cannot be written is no failure."""
    path = folders.cache / "models.json"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(recall(folders) | {provider: list(names)[:MOST]}))
        fresh.replace(path)
