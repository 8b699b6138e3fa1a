"""The project's files and folders by name, as ripgrep lists them: ignore files respected, `.git` left out.

    Files.refresh()     list again, in the background, when the last list is old
    Files.top           what lies at the top, for an @ with nothing behind it
    Files.names         files, then folders (with a slash at the end); `masks` beside them

Nothing here blocks: ripgrep runs beside us, its list is taken in by pieces.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pullwright.tools.ripgrep import ripgrep
from pullwright.workspace.fuzzy import mask
from pullwright.workspace.names import folders_of

MOST = 300_000
TOP = 200
OLD = 3.0
"""Seconds after which a list is made again when somebody asks for it; a large project's list lasts longer."""

_PIECE = 1_000


class Files:
    """What can be named with `@`. `changed` is called when there is a new list."""

    def __init__(self, project: Path, changed: Callable[[], None]) -> None:
        self._project, self._changed = project, changed
        self.names: list[str] = []
        self.masks: list[int] = []
        self.top: list[str] = []
        self.version = 0
        self._last: list[str] = []
        self._fresh_until = 0.0
        self._listing = False

    async def refresh(self, *, force: bool = False) -> None:
        """Make the list anew, unless it is fresh or being made."""
        if self._listing or (not force and time.monotonic() < self._fresh_until):
            return
        self._listing = True
        began = time.monotonic()
        try:
            names = await self._listed()
            if names is not None and names != self._last:
                self._last = names
                await self._take(names)
        finally:
            self._listing = False
            self._fresh_until = time.monotonic() + max(OLD, 10 * (time.monotonic() - began))

    async def _listed(self) -> list[str] | None:
        program = ripgrep()
        if program is None:
            return None
        with suppress(OSError):
            process = await asyncio.create_subprocess_exec(
                str(program),
                *("--files", "--hidden", "--no-messages", "--no-require-git", "--null", "--glob", "!.git"),
                cwd=self._project,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=1 << 20,
            )
            try:
                assert process.stdout is not None
                return await _names(process.stdout)
            finally:
                await _end(process)
        return None

    async def _take(self, files: list[str]) -> None:
        known = dict(zip(self.names, self.masks, strict=True))
        names = files + await asyncio.to_thread(folders_of, files)
        masks: list[int] = []
        for at in range(0, len(names), _PIECE):
            masks += [known.get(name) or mask(name.lower()) for name in names[at : at + _PIECE]]
            await asyncio.sleep(0)
        self.names, self.masks = names, masks
        self.top = [name for name in names if "/" not in name.rstrip("/")][:TOP]
        self.top.sort(key=lambda name: (not name.endswith("/"), name.startswith("."), name))
        self.version += 1
        self._changed()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a process; one that still writes is killed.

    By its number: asyncio's own `kill` looks at the process first, and where it has just ended takes its end from asyncio, which
    then complains in the middle of the screen.
    """
    if process.returncode is None and process.stdout is not None and not process.stdout.at_eof():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    await process.wait()


async def _names(stream: asyncio.StreamReader) -> list[str]:
    """The names of a list with a null byte behind each; at most `MOST`."""
    found: list[str] = []
    rest = b""
    while len(found) < MOST:
        data = await stream.read(1 << 16)
        if not data:
            break
        *whole, rest = (rest + data).split(b"\0")
        found += [name.decode(errors="replace") for name in whole]
        await asyncio.sleep(0)
    found.sort()
    return found
