"""A glance at an upper: whether it is as it was at the last full look, told from names and times alone.

A full look needs a thread, for it may read much. Most steps change nothing, and a small upper is seen in less time than
the thread takes to begin. So a full look that found nothing new leaves what it listed here, if that is little and
nothing in it is so young that it could change without its times telling; a glance lists the same folders again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from pullwright.workspace.layers import open_folder
from pullwright.workspace.trees import is_git_name

RACY_NS = 20_000_000
"""A file that changed within this time before it was read may change again without its times telling."""

MOST = 64
"""Entries of an upper that are looked at in the event loop: about 0.2 ms."""

Seen = tuple[int, int, int, int, int]


def seen(status: os.stat_result) -> Seen:
    """What is equal as long as a file is the same."""
    return (status.st_ino, status.st_size, status.st_mode, status.st_mtime_ns, status.st_ctime_ns)


class _Folder(NamedTuple):
    path: bytes
    own: Seen
    entries: dict[bytes, Seen]


class Glance:
    """The folders that a full look listed: `begin`, then `note` each; after `keep`, `is_same` tells whether they still hold."""

    def __init__(self) -> None:
        self._noted: list[_Folder] = []
        self._left = MOST
        self._began = 0
        self._is_kept = False

    def begin(self) -> None:
        """A full look begins; what an earlier one left is forgotten."""
        self._noted.clear()
        self._left = MOST
        self._began = time.time_ns()
        self._is_kept = False

    def note(self, path: bytes, fd: int, listing: Iterable[tuple[bytes, os.stat_result]]) -> None:
        """A folder as it was listed, before anything in it was read; folders above it come first."""
        if self._left < 0:
            return
        entries = {name: seen(status) for name, status in listing if not is_git_name(name)}
        self._left -= len(entries) + 1
        self._noted.append(_Folder(path, seen(os.fstat(fd)), entries))

    def keep(self) -> None:
        """The look found nothing new: as long as the folders stay so, no later one would."""
        young = self._began - RACY_NS
        times = (when for folder in self._noted for one in (folder.own, *folder.entries.values()) for when in one[3:])
        self._is_kept = self._left >= 0 and all(when < young for when in times)

    def is_same(self, root: Path) -> bool:
        """Whether the folders are certainly as they were kept. Never waits: bounded, no link followed, no file opened."""
        if not self._is_kept:
            return False
        with ExitStack() as stack:
            opened: dict[bytes, int] = {}
            try:
                for folder in self._noted:
                    above, _, name = folder.path.rpartition(b"/")
                    fd = open_folder(name, opened[above]) if name else open_folder(os.fsencode(root))
                    stack.callback(os.close, fd)
                    opened[folder.path] = fd
                    if not _is_as(folder, fd):
                        return False
            except OSError:
                return False
        return True


def _is_as(folder: _Folder, fd: int) -> bool:
    if seen(os.fstat(fd)) != folder.own:
        return False
    count = 0
    with os.scandir(fd) as found:
        for entry in found:
            name = os.fsencode(entry.name)
            if is_git_name(name):
                continue
            if folder.entries.get(name) != seen(entry.stat(follow_symlinks=False)):
                return False
            count += 1
    return count == len(folder.entries)
