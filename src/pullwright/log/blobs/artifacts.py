"""Artifacts that every worker can reach: at once in a folder of this machine, and from there into the blobs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.blobs.blobs import Blobs

AT_ONCE = 4
"""Artifacts that go up side by side."""


class BlobArtifacts:
    """`Artifacts` in `folder`, and as blobs below `prefix`. `put` is as fast as a file; `flush` brings up what is new.

    Whatever an event names must have been flushed before the event is committed: `SqlLog` sees to that. What was put by
    an earlier process and not flushed was named by no event.
    """

    def __init__(self, blobs: Blobs, prefix: str, folder: Path) -> None:
        self.blobs = blobs
        self.prefix = prefix.strip("/")
        self.local = FolderArtifacts(folder)
        self._new: dict[str, None] = {}
        self._flushing = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """Where this machine keeps them."""
        return self.local.folder

    def put(self, name: str, data: bytes) -> str:
        """See `Artifacts.put`."""
        self.local.put(name, data)
        self._new[name] = None
        return name

    def get(self, name: str) -> bytes:
        """See `Artifacts.get`. What another machine put is fetched, and kept here from then on (blocking)."""
        try:
            return self.local.get(name)
        except KeyError:
            pass
        try:
            data = self.blobs.get(self._blob(name))
        except ValueError:
            raise KeyError(name) from None
        self.local.put(name, data)
        return data

    def names(self) -> Sequence[str]:
        """See `Artifacts.names` (blocking)."""
        there = self.blobs.names(f"{self.prefix}/")
        return sorted({*self.local.names(), *(name[len(self.prefix) + 1 :] for name in there)})

    def sync(self) -> None:
        """Make what lies here survive a power cut (blocking)."""
        self.local.sync()

    async def flush(self) -> None:
        """Bring up what was put since the last time. What fails is new again, and raised."""
        if not self._new:
            return
        async with self._flushing:
            while names := list(self._new)[:AT_ONCE]:
                await asyncio.gather(*(asyncio.to_thread(self._bring_up, name) for name in names))

    def _bring_up(self, name: str) -> None:
        del self._new[name]  # first: what is put meanwhile is new once more
        try:
            self.blobs.put_file(self._blob(name), self.local.path(name))
        except BaseException:
            self._new[name] = None
            raise

    def _blob(self, name: str) -> str:
        return f"{self.prefix}/{name}"
