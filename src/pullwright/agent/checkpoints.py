"""The workspace's tree after each step that changed files, taken while the model thinks.

step n   … edit, exec ─▶ begin ───────────┐ (a task)        the next model request is already on its way
step n+1 … before the first call that can change files ─▶ settled
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from pullwright.log.recorder import Recorder
from pullwright.protocol.events import Checkpointed


class Taken(Protocol):
    """A checkpoint: the git object of the whole tree, and the paths that changed since the last one."""

    @property
    def tree(self) -> str:
        """The tree's object name."""
        ...

    @property
    def paths(self) -> tuple[str, ...]:
        """What changed."""
        ...


Checkpoint = Callable[[], Awaitable[Taken | None]]
"""Take a checkpoint now; None when nothing changed since the last one."""


class Checkpoints:
    """At most one checkpoint is being taken at a time. `dirty` says that files may have changed since the last one began."""

    def __init__(self, take: Checkpoint, recorder: Recorder, group: asyncio.TaskGroup) -> None:
        self._take = take
        self._recorder = recorder
        self._group = group
        self._task: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self.dirty = False

    def begin(self) -> None:
        """Take one in the background, if files may have changed."""
        if self.dirty and self._task is None:
            self.dirty = False
            self._task = self._group.create_task(self._run(self._recorder.step))

    async def settled(self) -> None:
        """Wait for the one that is being taken. Raises what made it fail."""
        if self._task is not None:
            await asyncio.wait((self._task,))
            self._task = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    async def finish(self) -> None:
        """Leave with everything that changed kept: the turn's end."""
        await self.settled()
        self.begin()
        await self.settled()

    async def _run(self, step: int) -> None:
        """Failures wait for `settled`: raised here they would tear down the turn in the middle of a call."""
        try:
            taken = await self._take()
            if taken is not None:
                await self._recorder.record(Checkpointed(tree=taken.tree, paths=tuple(taken.paths), step=step))
                await self._recorder.sync()
        except Exception as failure:
            self.dirty = True
            self._failure = failure
