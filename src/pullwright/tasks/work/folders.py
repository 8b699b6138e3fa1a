"""The folder of an attempt's session on this machine, held by one worker at a time.

    data/sessions/SESSION/           attempt, objects, git, workspace.json: as a session of the command line has them
        holder                       the log's generation of whoever worked here last
    data/sessions/SESSION@N/         the same, made anew beside it while a worker that was given up still holds the first
    data/sessions/SESSION.lock       held by whoever works there; the kernel lets it go with its process

A worker that was stopped for a while (and is thought dead) still has the overlay mounted: whoever takes over from it must not
touch those files. It gets a folder of its own, made from what was shipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.workspace.locks import Held, try_take

TRIES = 20
PAUSE = 0.05
"""A worker that was just killed lets go within moments."""


@asynccontextmanager
async def held_folder(data: Path, session: str) -> AsyncGenerator[Path]:
    """The session's folder, this process's alone until the block ends. It may be new and empty."""
    sessions = data / "sessions"
    sessions.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder, held = await _take(sessions, session)
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        yield folder
    finally:
        held.release()


async def _take(sessions: Path, session: str) -> tuple[Path, Held]:
    for _ in range(TRIES):
        if (held := _try(sessions, session)) is not None:
            return sessions / session, held
        await asyncio.sleep(PAUSE)
    number = 2
    while (held := _try(sessions, f"{session}@{number}")) is None:
        number += 1
    return sessions / f"{session}@{number}", held


def _try(sessions: Path, name: str) -> Held | None:
    return try_take(sessions / f"{name}.lock")


def is_current(folder: Path, generation: int) -> bool:
    """Whether the files in the folder are those of the log's newest writer, so that a turn may go on with them."""
    try:
        return int((folder / "holder").read_text()) == generation
    except (OSError, ValueError):
        return False


def mark(folder: Path, generation: int) -> None:
    """From here on the files are this writer's."""
    partial = folder / "holder.new"
    partial.write_text(f"{generation}\n")
    partial.replace(folder / "holder")
