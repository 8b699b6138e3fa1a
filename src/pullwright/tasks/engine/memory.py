"""An engine that forgets: the workflow as plain tasks, for unit tests. Another process's turns begin from their start."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from pullwright.protocol.errors import Bug, LogConflict, PullwrightError
from pullwright.tasks.engine.engine import PHASES, Phases
from pullwright.tasks.engine.held import Held


class MemoryEngine(Held):
    """An `Engine` in memory. It remembers the turns that ended, so that they do not run twice."""

    def __init__(self) -> None:
        super().__init__()
        self._ended: set[str] = set()
        self._phases: Phases | None = None

    async def start(self, phases: Phases) -> None:
        """See `Engine`."""
        self._phases = phases

    async def enqueue(self, turn: str) -> None:
        """See `Engine`."""
        if turn not in self._tasks and turn not in self._ended:
            self._tasks[turn] = asyncio.create_task(self._run(turn))

    async def left_behind(self, workers: Collection[str]) -> list[str]:
        """See `Engine`: what another process left behind is not known here."""
        return []

    async def tidy(self, workers: Collection[str]) -> None:
        """See `Engine`: there is nothing to tidy."""

    async def stop(self, *, drain: float) -> None:
        """See `Engine`."""
        await self.drained(drain)

    async def _run(self, turn: str) -> None:
        assert self._phases
        try:
            for name in PHASES:
                await getattr(self._phases, name)(turn)
            self._ended.add(turn)
        except LogConflict:
            return
        except Exception as error:
            await self._phases.fail(turn, error if isinstance(error, PullwrightError) else Bug(repr(error)))
            self._ended.add(turn)
        finally:
            del self._tasks[turn]
