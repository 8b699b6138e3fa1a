"""The workspace's tree after each step that changed files, taken while the model thinks.

step n   … edit, exec ─▶ begin ───────────┐ (a task)        the next model request is already on its way
step n+1 … before the first call that can change files ─▶ settled
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from pullwright.log.recorder import Recorder
from pullwright.protocol.events import Checkpointed, Event, FilesChanged
from pullwright.protocol.live import Live


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


Checkpoint = Callable[[Collection[str] | None], Awaitable[Taken | None]]
"""Take a checkpoint now; None when nothing changed since the last one. Given are the paths that the agent surely wrote, where
nothing else of its doing can have changed files; None where a command ran, which may have changed any."""


class Checkpoints:
    """Takes checkpoints, one at a time. `dirty` says that files may have changed since the last one began; `beside` gathers
    paths that changed while commands ran, and that no edit named.

    The next change waits until the tree is taken, not until the log lies on the disk for good.
    """

    def __init__(self, take: Checkpoint, recorder: Recorder, group: asyncio.TaskGroup) -> None:
        self._take = take
        self._recorder = recorder
        self._group = group
        self._tasks: set[asyncio.Task[None]] = set()
        self._free = asyncio.Event()
        self._free.set()
        self._syncing = asyncio.Lock()
        self._count = self._synced = 0
        self._failure: Exception | None = None
        self._any = False
        self._wrote: set[str] | None = set()
        self._edited: set[str] = set()
        self.beside: list[str] = []
        self.dirty = False

    def see(self, event: Event | Live) -> None:
        """Take note of what an edit changed. A watcher of the recorder."""
        if isinstance(event, FilesChanged):
            self._edited.update(event.paths)
            if self._wrote is not None:
                self._wrote.update(event.paths)

    def ran(self) -> None:
        """A command ran: any file may have changed."""
        self._wrote = None

    def begin(self) -> None:
        """Take one in the background, if files may have changed."""
        if self.dirty and self._free.is_set():
            self.dirty, self._any = False, True
            self._free.clear()
            wrote, self._wrote = self._wrote, set()
            edited, self._edited = self._edited, set()
            task = self._group.create_task(self._run(self._recorder.step, wrote, edited))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until no tree is being taken: files may be changed. Raises what made one fail."""
        await self._free.wait()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    async def finish(self) -> None:
        """Leave with everything that changed kept, and on the disk: the turn's end. Raises what made it fail."""
        await self._free.wait()
        self.dirty |= self._any  # what a command left running may have written since
        self.begin()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.settled()

    async def _run(self, step: int, wrote: Collection[str] | None, edited: Collection[str]) -> None:
        """Failures wait for `settled`: raised here they would tear down the turn in the middle of a call."""
        try:
            taken = await self._take(wrote)
            self._failure = None  # whatever failed before is kept now
            if taken is not None:
                beside = tuple(path for path in taken.paths if path not in edited) if wrote is None else ()
                self.beside += beside
                self._recorder.post(Checkpointed(tree=taken.tree, paths=tuple(taken.paths), step=step, beside=beside))
                self._count += 1
                self._free.set()
                await self._sync(self._count)
        except Exception as failure:
            self.dirty, self._wrote = True, None
            self._failure = failure
        finally:
            self._free.set()

    async def _sync(self, count: int) -> None:
        """Have checkpoint `count` on the disk; one sync does for all that wait."""
        async with self._syncing:
            if self._synced < count:
                newest = self._count
                await self._recorder.sync()
                self._synced = newest
