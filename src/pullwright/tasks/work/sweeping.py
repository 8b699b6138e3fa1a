"""The session folders of a worker's machine, removed when nobody needs them here any more.

A folder goes when no attempt has its session any more, or when it rested for `REST` seconds: all that its attempt needs lies
where every worker reaches it, and a further turn makes the folder anew. What somebody works in is locked, and stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.backup.retention import gone_sessions
from pullwright.tasks.service.service import Service
from pullwright.workspace.locks import try_take
from pullwright.workspace.removal import remove_tree

REST = 3 * 86_400.0
EVERY = 1_800.0
_LOG = logging.getLogger("pullwright.worker")


@contextlib.asynccontextmanager
async def sweeping(service: Service, *, every: float = EVERY, rest: float = REST) -> AsyncGenerator[None]:
    """Sweep now and then, for as long as the block lasts."""
    task = asyncio.create_task(_go_on(service, every, rest))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _go_on(service: Service, every: float, rest: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await sweep(service, rest=rest)
        except (PullwrightError, OSError) as error:
            _LOG.warning("no session folder was removed: %s", error)


async def sweep(service: Service, *, rest: float = REST) -> list[Path]:
    """Remove what is not needed; the folders that went."""
    sessions = service.config.data / "sessions"
    folders = [path for path in sessions.glob("*") if path.is_dir()] if sessions.is_dir() else []
    names = sorted({path.name.partition("@")[0] for path in folders})
    gone = set(await service.database.read(gone_sessions, names)) if names else set[str]()
    removed: list[Path] = []
    for folder in folders:
        old = time.time() - folder.stat().st_mtime > rest
        if (old or folder.name.partition("@")[0] in gone) and await asyncio.to_thread(_remove, folder):
            removed.append(folder)
    return removed


def _remove(folder: Path) -> bool:
    """Remove a folder that nobody holds; False when somebody does."""
    lock = folder.with_name(f"{folder.name}.lock")
    held = try_take(lock)
    if held is None:
        return False
    try:
        remove_tree(folder)
        lock.unlink(missing_ok=True)
    finally:
        held.release()
    return True
