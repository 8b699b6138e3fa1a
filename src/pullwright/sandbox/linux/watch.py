"""Looks, while commands run, at what the kernel does not hold: disk, and memory where there is no cgroup."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pullwright.protocol.policy import Limits
from pullwright.sandbox.linux.disk import Space, below

_EVERY = 0.25
_WALK_SHARE = 10
"""A walk may take one part in this many of the time."""
_WALK_AT_LEAST_EVERY = 10.0
_RESERVE = 0.9
"""Killed at this share of the disk limit, since more is written until the next look."""


class Watch:
    """Polls from the first command on, and only while one runs. `over(what)` is awaited when a limit is passed.

    `launch` is what the sandbox descends from; `memory` says that nobody else holds the limit of memory.
    """

    def __init__(
        self, limits: Limits, folders: Sequence[Path], launch: int, over: Callable[[str], Awaitable[None]], *, memory: bool
    ) -> None:
        self._limits = limits
        self._folders = [folder for folder in folders if folder.exists()]
        self._systems = list({folder.stat().st_dev: folder for folder in self._folders}.values())
        self._launch = launch
        self._memory = memory
        self._over = over
        self._busy = asyncio.Event()
        self._walked = 0.0
        self._walk_seconds = 0.0
        self._used = 0
        self._free = self._free_first = self._free_now()

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
            if self._memory and memory is not None and memory_below(self._launch) > memory:
                await self._over("memory")
            if self._limits.disk_bytes is not None and await self._disk() > self._limits.disk_bytes * _RESERVE:
                await self._over("disk")

    async def _disk(self) -> int:
        """Bytes used, walked anew only when the file system has filled up meanwhile, or after a while.

        Where not all can be seen, what the file system has lost since the beginning counts, whoever else writes there.
        """
        free = self._free_now()
        self._free = max(self._free, free)  # what was removed since may be written again
        now = time.monotonic()
        grown = self._free - free
        worth = self._walked == 0 or grown > max(1 << 20, ((self._limits.disk_bytes or 0) - self._used) // 8)
        due = now - self._walked > max(_WALK_AT_LEAST_EVERY, self._walk_seconds * _WALK_SHARE)
        if (worth and now - self._walked > self._walk_seconds * _WALK_SHARE) or due:
            used, whole = await asyncio.to_thread(Space.of, self._folders, self._launch)
            self._used = used if whole else max(used, self._free_first - free)
            self._walked, self._walk_seconds, self._free = time.monotonic(), time.monotonic() - now, free
        return self._used

    def _free_now(self) -> int:
        found = [os.statvfs(folder) for folder in self._systems]
        return sum(one.f_bfree * one.f_frsize for one in found)


def memory_below(pid: int) -> int:
    """Resident bytes of everything that descends from a process."""
    total = 0
    for process in (pid, *below(pid)):
        with contextlib.suppress(OSError, IndexError):
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    return total
