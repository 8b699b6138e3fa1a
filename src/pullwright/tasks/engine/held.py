"""The workflows that run in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any


class Held:
    """Turns and the tasks that run their workflows here: the part of `Engine` that no engine does in its own way."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    def running(self) -> frozenset[str]:
        """See `Engine`."""
        return frozenset(self._tasks)

    async def halt(self, turns: Iterable[str]) -> None:
        """See `Engine`."""
        tasks = [self._tasks[turn] for turn in turns if turn in self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def drained(self, seconds: float) -> None:
        """Wait so long for what runs, then halt the rest."""
        if self._tasks and seconds > 0:
            await asyncio.wait(list(self._tasks.values()), timeout=seconds)
        await self.halt(list(self._tasks))
