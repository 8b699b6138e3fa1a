"""Does what a plan says: settings all at once, each file all at once."""

from __future__ import annotations

import os
from pathlib import Path

from pullwright.cli.credentials import Credentials
from pullwright.cli.importing.plan import Plan
from pullwright.cli.settings.change import set_keys
from pullwright.cli.settings.references import KEPT
from pullwright.protocol.errors import FixSettings


def apply(plan: Plan, credentials: Credentials | None) -> list[str]:
    """Write it; returns what was written. With `credentials` the secrets are kept there.

    Raises `FixSettings` before anything is written when the settings would not read back, or when a link leads elsewhere.
    """
    for path in plan.files:
        _inside(path, plan.target.folder)
    told: list[str] = []
    if plan.changes:
        set_keys(plan.target.config, plan.changes)
        told.append(f"{plan.target.config}: {len(plan.changes)} settings")
    if plan.text != plan.target.text:
        _write(plan.target.instructions, plan.text.encode())
        told.append(f"{plan.target.instructions}")
    for path, content in plan.files.items():
        _write(path, content)
    if plan.files:
        told.append(f"{plan.target.folder}: {len(plan.files)} files")
    if credentials is not None:
        for name, secret in plan.secrets.items():
            place = credentials.put(KEPT + name, secret)
            told.append(f"{name}: kept in {'the OS keyring' if place == 'keyring' else credentials.path}")
    return told


def _inside(path: Path, folder: Path) -> None:
    """Refuse to write through a link that leads out of the folder."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FixSettings(f"{path} lies elsewhere: a link leads out of {folder}", fix="remove the link")


def _write(path: Path, content: bytes) -> None:
    path = path.resolve()  # a link of the person's own stays one
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)
