"""Writes a plan down, and says what was written and where. The marker tells later starts that setup was run."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pullwright.cli.completing.seen import remember
from pullwright.cli.folders import Folders
from pullwright.cli.settings.change import set_keys
from pullwright.cli.settings.environment import variable
from pullwright.cli.setup.plan import Keep, Plan
from pullwright.cli.setup.scene import Scene
from pullwright.models.catalog import providers
from pullwright.protocol.errors import FixSettings


class Marker(msgspec.Struct, frozen=True):
    """When setup was run to its end, and what was answered then."""

    time: float
    answered: tuple[str, ...]


def require_room(folders: Folders) -> None:
    """Look before anybody is asked whether the answers can be written down. Raises `FixSettings`."""
    for folder in (folders.config, folders.state):
        there = next(path for path in (folder, *folder.parents) if path.exists() or path.is_symlink())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise FixSettings(
                f"{folder} cannot be made or written", fix="set HOME or PULLWRIGHT_HOME to a folder that you may write to"
            )


def record(plan: Plan, scene: Scene, keep: Keep | None = None) -> list[str]:
    """Keep the key, write the settings, set the marker; returns what to tell. Raises `FixSettings`, `OSError`."""
    told: list[str] = []
    if plan.sign_in and plan.sign_in.key:
        place = scene.credentials.put(plan.sign_in.provider, plan.sign_in.key, keep)
        file = short(scene.credentials.path, scene.env)
        where = "in the OS keyring" if place == "keyring" else f"in {file}, which only you can read"
        told.append(f"Kept the key for {plan.sign_in.provider} {where}.")
        told += _stronger(plan.sign_in.provider, scene)
    changes = plan.changes(scene.settings)
    path = scene.folders.config_file
    if changes:
        set_keys(path, changes)
        told += [f"Written to {short(path, scene.env)}:", *(f"  {key} = {_shown(value)}" for key, value in changes.items())]
        told += _overruled(changes, scene)
    if plan.sign_in and plan.sign_in.names:
        remember(scene.folders, plan.sign_in.provider, plan.sign_in.names)
    mark(scene.folders, plan)
    if not told:
        return ["Nothing was changed."]
    return [*told, "Change it later with pullwright setup, or pullwright config set KEY VALUE."]


def mark(folders: Folders, plan: Plan) -> None:
    """Remember that setup was run, so that it does not begin by itself again."""
    answered = [name for name in ("sign_in", "models", "approval") if getattr(plan, name) is not None]
    path = marker_path(folders)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(Marker(time.time(), tuple(answered))))
    fresh.replace(path)


def marker(folders: Folders) -> Marker | None:
    """The marker; a damaged one counts as none."""
    try:
        return msgspec.json.decode(marker_path(folders).read_bytes(), type=Marker)
    except (OSError, msgspec.DecodeError):
        return None


def marker_path(folders: Folders) -> Path:
    """Where the marker lies."""
    return folders.state / "setup.json"


def short(path: Path, env: Mapping[str, str]) -> str:
    """A path as people write it: `~/.config/…` below their home."""
    home = env.get("HOME", "")
    return f"~/{path.relative_to(home)}" if home and path.is_relative_to(home) else str(path)


def _stronger(provider: str, scene: Scene) -> list[str]:
    """A notice for each variable of this shell that holds another key for the same provider."""
    variables = providers()[provider].key_env if provider in providers() else ()
    return [f"notice: {name} is set in this shell and goes over the kept key" for name in variables if scene.env.get(name)]


def _overruled(changes: dict[str, Any], scene: Scene) -> list[str]:
    """A notice for each value that a variable of this shell goes over."""
    return [
        f"notice: {variable(key)} is set in this shell and goes over {key}"
        for key in changes
        if (origin := scene.loaded.origins.get(key)) and origin.source == "environment"
    ]


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
