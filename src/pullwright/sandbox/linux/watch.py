"""Looks, while commands run, at what the kernel does not hold: disk, and memory where there is no cgroup."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pullwright.protocol.policy import Limits

_EVERY = 0.25
_WALK_SHARE = 10
"""A walk may take one part in this many of the time."""
_WALK_AT_LEAST_EVERY = 10.0
_RESERVE = 0.9
"""Killed at this share of the disk limit, since more is written until the next look."""


class Watch:
    """Polls from the first command on, and only while one runs. `over(what)` is awaited when a limit is passed."""

    def __init__(
        self, limits: Limits, folders: Sequence[Path], memory_of: int | None, over: Callable[[str], Awaitable[None]]
    ) -> None:
        self._limits = limits
        self._folders = [folder for folder in folders if folder.exists()]
        self._memory_of = memory_of
        self._over = over
        self._busy = asyncio.Event()
        self._walked = 0.0
        self._walk_seconds = 0.0
        self._used = 0
        self._free = 0

    def busy(self, is_busy: bool) -> None:
        """Tell whether anything runs."""
        if is_busy:
            self._busy.set()
        else:
            self._busy.clear()

    async def run(self) -> None:
        """Look for ever; to be cancelled."""
        while True:
            await self._busy.wait()
            await asyncio.sleep(_EVERY)
            if not self._busy.is_set():
                continue
            memory = self._limits.memory_bytes
            if self._memory_of is not None and memory is not None and memory_below(self._memory_of) > memory:
                await self._over("memory")
            if self._limits.disk_bytes is not None and await self._disk() > self._limits.disk_bytes * _RESERVE:
                await self._over("disk")

    async def _disk(self) -> int:
        """Bytes used, walked anew only when the file system has filled up meanwhile, or after a while."""
        free = sum(_free(folder) for folder in self._folders[:1])
        self._free = max(self._free, free)  # what was removed since may be written again
        now = time.monotonic()
        grown = self._free - free
        worth = self._walked == 0 or grown > max(1 << 20, ((self._limits.disk_bytes or 0) - self._used) // 8)
        due = now - self._walked > max(_WALK_AT_LEAST_EVERY, self._walk_seconds * _WALK_SHARE)
        if (worth and now - self._walked > self._walk_seconds * _WALK_SHARE) or due:
            self._used = await asyncio.to_thread(disk_used, self._folders)
            self._walked, self._walk_seconds, self._free = time.monotonic(), time.monotonic() - now, free
        return self._used


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


def disk_used(folders: Sequence[Path]) -> int:
    """Bytes that the files below these folders take on disk. No link is followed; what vanishes meanwhile is left out."""
    used = 0
    waiting = [str(folder) for folder in folders]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return used


def memory_below(pid: int) -> int:
    """Resident bytes of everything that descends from a process."""
    total, waiting = 0, [pid]
    while waiting:
        parent = waiting.pop()
        with contextlib.suppress(OSError, ValueError):
            waiting += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
            total += int(Path(f"/proc/{parent}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    return total
