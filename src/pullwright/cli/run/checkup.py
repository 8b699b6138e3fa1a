"""The checks of `pullwright doctor`, in groups."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pullwright.cli.credentials import Credentials
from pullwright.cli.folders import Folders, folders
from pullwright.cli.project import find_project
from pullwright.cli.run.served import settle_model
from pullwright.cli.settings.load import Loaded, load
from pullwright.cli.settings.model import choose_model
from pullwright.cli.settings.sizes import size_text
from pullwright.cli.settings.tree import Terminal
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import AskAdministrator, PullwrightError
from pullwright.sandbox.sandbox import Check

PATIENCE = 15.0
ROOM = 1 << 30
"""Bytes that the cache's disk should have free."""

GIT = (2, 30)


async def checkup(directory: Path, *, offline: bool) -> dict[str, Sequence[Check]]:
    """Everything that was looked at. Raises nothing: what breaks is a failed check."""
    where = folders()
    loaded, settings = _settings(directory)
    return {
        "settings": settings,
        "model": await _model(loaded, offline=offline) if loaded else [],
        "sandbox": await _sandbox(loaded.settings.sandbox if loaded else ""),
        "machine": [*_folders(where), _disk(where), await _git(), _python()],
        "project": [_project(directory)],
        **_servers(loaded, directory),
        **_person(loaded),
    }


def _person(loaded: Loaded | None) -> dict[str, Sequence[Check]]:
    """What a person at a terminal meets."""
    from pullwright.cli.checks.around import around_checks
    from pullwright.cli.checks.extensions import extension_checks
    from pullwright.cli.checks.prepared import prepared_checks
    from pullwright.cli.checks.shells import shell_checks
    from pullwright.cli.checks.terminal import terminal_checks

    settings = loaded.settings.terminal if loaded else Terminal()
    added = extension_checks(loaded) if loaded else []
    return {
        **({"extensions": added} if added else {}),
        "set-up": prepared_checks(loaded) if loaded else [],
        "terminal": [*terminal_checks(settings, os.environ), *around_checks(settings, os.environ)],
        "shell": shell_checks(os.environ),
    }


def _settings(directory: Path) -> tuple[Loaded | None, list[Check]]:
    try:
        loaded = load(find_project(directory))
    except PullwrightError as error:
        return None, [Check("settings", ok=False, found=str(error), fix=error.fix)]
    own = loaded.folders.config_file
    found = f"{own}" if own.exists() else f"defaults (no {own})"
    notices = [Check("notice", ok=False, found=notice, fix="", required=False) for notice in loaded.notices]
    return loaded, [Check("settings", ok=True, found=found), *notices]


async def _model(loaded: Loaded, *, offline: bool) -> list[Check]:
    try:
        if not offline:
            loaded = await asyncio.to_thread(settle_model, loaded)
        choice = choose_model(loaded.settings, os.environ, Credentials(loaded.folders))
    except PullwrightError as error:
        return [Check("model", ok=False, found=str(error), fix=error.fix)]
    key = "a key" if choice.key else "Entra ID" if choice.entra else "no key"
    known = Check("model", ok=True, found=f"{choice.provider}/{choice.model}, with {key}")
    return [known] if offline else [known, await _answers(choice)]


async def _answers(choice: ModelChoice) -> Check:
    from pullwright.models.open import list_models

    try:
        async with asyncio.timeout(PATIENCE):
            names = await list_models(choice)
    except TimeoutError:
        return Check(
            "provider", ok=False, found=f"no answer for {PATIENCE:.0f} s", fix="check the address and the proxy settings"
        )
    except PullwrightError as error:
        # A server without a list of models may still serve one: only a refused key or no answer at all is a failure.
        refused = isinstance(error, AskAdministrator) or "connect" in str(error).lower()
        return Check("provider", ok=False, found=str(error), fix=error.fix, required=refused)
    if names and choice.model not in names:
        return Check(
            "provider",
            ok=False,
            found=f"answers, but does not list {choice.model}",
            fix="see `pullwright models`, then --model or `pullwright config set model …`",
            required=False,
        )
    return Check("provider", ok=True, found=f"answers, with {len(names)} models")


async def _sandbox(name: str) -> Sequence[Check]:
    from pullwright.sandbox.backends import backend, default_backend

    name = name or default_backend()
    try:
        return await backend(name).checks()
    except PullwrightError as error:
        return [Check(f"{name} sandbox", ok=False, found=str(error), fix=error.fix)]


def _folders(where: Folders) -> list[Check]:
    return [_writable(name, path) for name, path in (("state", where.state), ("cache", where.cache))]


def _writable(name: str, path: Path) -> Check:
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    ok = os.access(there, os.W_OK | os.X_OK)
    return Check(f"{name} folder", ok=ok, found=str(path), fix=f"make {there} writable, or set PULLWRIGHT_HOME")


def _disk(where: Folders) -> Check:
    from pullwright.workspace.eviction import MOST_BYTES, held_bytes

    there = next(folder for folder in (where.cache, *where.cache.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    found = f"{size_text(free)} free; checkouts and mirrors hold {size_text(held_bytes(where.cache))} of {size_text(MOST_BYTES)}"
    return Check("disk", ok=free >= ROOM, found=found, fix=f"free at least {size_text(ROOM)} at {there}")


async def _git() -> Check:
    fix = "install git 2.30 or newer"
    try:
        process = await asyncio.create_subprocess_exec("git", "version", stdout=-1, stderr=-3)
    except FileNotFoundError:
        return Check("git", ok=False, found="not installed", fix=fix)
    text = (await process.communicate())[0].decode().removeprefix("git version").strip()
    numbers = tuple(int(part) for part in text.split()[0].split(".")[:2] if part.isdecimal()) if text else ()
    return Check("git", ok=numbers >= GIT, found=text or "does not say its version", fix=fix)


def _python() -> Check:
    return Check("python", ok=sys.version_info >= (3, 11), found=sys.version.split()[0], fix="use Python 3.11 or newer")


def _servers(loaded: Loaded | None, directory: Path) -> dict[str, Sequence[Check]]:
    """The MCP servers, where there are any."""
    from pullwright.cli.settings.servers import servers

    found = servers(loaded, os.environ, Credentials(loaded.folders)) if loaded else ()
    if loaded is None or not found:
        return {}
    from pullwright.cli.run.servers import server_checks

    return {"MCP servers": server_checks(found, loaded, find_project(directory))}


def _project(directory: Path) -> Check:
    from pullwright.workspace.repository import Repository

    if find_project(directory) is None:
        return Check(
            "project", ok=False, found=f"{directory.resolve()} is in no git repository", fix="go into one", required=False
        )
    try:
        repository = Repository.find(directory)
    except PullwrightError as error:
        return Check("project", ok=False, found=str(error), fix=error.fix, required=False)
    return Check("project", ok=True, found=f"{repository.root} at {repository.head[:10]} ({repository.branch or 'detached'})")
