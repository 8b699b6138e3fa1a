"""Artifacts that every worker can reach: in memory until the event that names them is to be committed, then in the blobs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.blobs.blobs import Blobs
from pullwright.log.blobs.folder import FolderBlobs

AT_ONCE = 4
"""Artifacts that go up side by side, to a store behind a network."""


class BlobArtifacts:
    """`Artifacts` as blobs below `prefix`. `put` costs nothing but memory, `flush` brings up what is new.

    Whatever an event names must have been flushed before the event is committed: `SqlLog` sees to that. What a process put
    and did not come to flush was named by no event. From a store behind a network, what is read is kept in `folder`.
    """

    def __init__(self, blobs: Blobs, prefix: str, folder: Path) -> None:
        self.blobs = blobs
        self.prefix = prefix.strip("/")
        self.local = FolderArtifacts(folder)
        self._is_near = isinstance(blobs, FolderBlobs)
        self._new: dict[str, bytes] = {}
        self._rising: dict[str, bytes] = {}
        self._flushing = asyncio.Lock()
        self._fresh: set[str] = set()

    def put(self, name: str, data: bytes) -> str:
        """See `Artifacts.put`."""
        self.local.check(name, data)
        self._new[name] = data
        return name

    def get(self, name: str) -> bytes:
        """See `Artifacts.get` (blocking)."""
        waiting = self._new.get(name, self._rising.get(name))
        if waiting is not None:
            return waiting
        if self._is_near:
            return self._fetched(name)
        try:
            return self.local.get(name)
        except KeyError:
            data = self._fetched(name)
        self.local.put(name, data)
        return data

    def _fetched(self, name: str) -> bytes:
        try:
            return self.blobs.get(self._blob(name))
        except ValueError:
            raise KeyError(name) from None

    def names(self) -> Sequence[str]:
        """See `Artifacts.names` (blocking)."""
        there = self.blobs.names(f"{self.prefix}/")
        return sorted({*self._new, *self._rising, *(name[len(self.prefix) + 1 :] for name in there)})

    def sync(self) -> None:
        """Make what was brought up survive a power cut (blocking); a store behind a network has done so."""
        fresh, self._fresh = self._fresh, set()
        if isinstance(self.blobs, FolderBlobs):
            for name in fresh:
                _sync(self.blobs.folder / self._blob(name))
            for parent in {(self.blobs.folder / self._blob(name)).parent for name in fresh}:
                _sync(parent)

    async def flush(self) -> None:
        """Bring up what was put since the last time. What fails is new again, and raised."""
        if not self._new:
            return
        async with self._flushing:
            self._rising, self._new = self._new, {}
            try:
                await asyncio.to_thread(self._bring_up, self._rising)
            except BaseException:
                self._new = {**self._rising, **self._new}
                raise
            finally:
                self._rising = {}

    def _bring_up(self, rising: dict[str, bytes]) -> None:
        if self._is_near or len(rising) == 1:
            for name, data in rising.items():
                self._keep(name, data)
        else:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._keep, rising, rising.values()))
        self._fresh.update(rising)

    def _keep(self, name: str, data: bytes) -> None:
        self.blobs.put(self._blob(name), data)
        if not self._is_near:
            self.local.put(name, data)

    def _blob(self, name: str) -> str:
        return f"{self.prefix}/{name}"


def _sync(path: Path) -> None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
