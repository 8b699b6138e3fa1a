"""From what a setup run left to a layer: what the commit tracks is told and stays behind, the rest is moved.

The upper is hostile: it is walked by folder descriptors, no link is followed, and what is kept is scrubbed (scrubbing.py).
Nothing may have it mounted any more. Moving is renaming, so it costs names, not bytes.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import msgspec

from pullwright.workspace.blocking import current_job
from pullwright.workspace.layers import is_opaque, is_whiteout, open_folder
from pullwright.workspace.objects import FOLDER, SUBMODULE, Entries, Entry, Objects, blob_mode
from pullwright.workspace.reading import shown
from pullwright.workspace.setups.scrubbing import DEEPEST, Count, names, scrub
from pullwright.workspace.trees import is_git_name

MOST_TOLD = 100
"""Tracked paths that are named as dropped."""
_ALWAYS = frozenset({b"node_modules", b"__pycache__"})
_MARKS = (b"pyvenv.cfg", b"CACHEDIR.TAG")
_SPECIAL = rb"\*?[]!#"


class Sifted(msgspec.Struct, kw_only=True):
    """What became of a run's files; see `kept.Meta`."""

    count: Count = msgspec.field(default_factory=Count)
    frontier: list[bytes] = []
    excludes: list[bytes] = []
    dropped: list[str] = []

    def drop(self, path: bytes, what: str) -> None:
        """A tracked path that setup changed, and that stays as the commit has it."""
        if len(self.dropped) < MOST_TOLD:
            self.dropped.append(f"{shown(path)} ({what})")


def sift_tree(upper: Path, layer: Path, objects: Objects, tree: str, *, stacked: bool = False) -> Sifted:
    """Move all that `tree` does not have from the upper of its checkout to the new folder `layer`."""
    return _sift(upper, layer, objects, objects.read_tree(tree), stacked=stacked)


def sift_home(home: Path, layer: Path, *, stacked: bool = False) -> Sifted:
    """Move what was made in a home to the new folder `layer`."""
    return _sift(home, layer, None, {}, stacked=stacked)


def _sift(source: Path, layer: Path, objects: Objects | None, tracked: Entries, *, stacked: bool) -> Sifted:
    layer.mkdir(mode=0o755)
    sifted = Sifted()
    fd, to = open_folder(os.fsencode(source)), open_folder(os.fsencode(layer))
    try:
        _Sift(objects, sifted, stacked=stacked).folder(fd, to, b"", tracked, 0)
    finally:
        os.close(fd)
        os.close(to)
    return sifted


class _Sift:
    """One walk. `folder` goes through a folder that the commit has too."""

    def __init__(self, objects: Objects | None, sifted: Sifted, *, stacked: bool) -> None:
        self._objects = objects
        self._sifted = sifted
        self._stacked = stacked

    def folder(self, fd: int, to: int, path: bytes, tracked: Entries, depth: int) -> None:
        """Move what is not tracked in an open folder to the same place in the layer."""
        current_job().check()
        for name in names(fd):
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
            entry, full = tracked.get(name), path + name
            if self._objects is not None and is_git_name(name):
                continue
            if entry is None:
                self._move(fd, to, name, full, status)
            elif entry.mode == FOLDER and stat.S_ISDIR(status.st_mode) and depth < DEEPEST:
                self._inner(fd, to, name, full, entry, depth)
            else:
                self._tell(fd, name, full, entry, status)

    def _move(self, fd: int, to: int, name: bytes, full: bytes, status: os.stat_result) -> None:
        if is_whiteout(status) and not self._stacked:
            return
        if not scrub(name, fd, self._sifted.count, stacked=self._stacked):
            return
        os.rename(name, name, src_dir_fd=fd, dst_dir_fd=to)
        self._sifted.frontier.append(full)
        told = b"\n" not in full  # a name with a line break would be two patterns
        if self._objects is not None and told and stat.S_ISDIR(status.st_mode) and _is_installed(name, to):
            self._sifted.excludes.append(b"/%s/" % b"".join(b"\\%c" % c if c in _SPECIAL else b"%c" % c for c in full))

    def _inner(self, fd: int, to: int, name: bytes, full: bytes, entry: Entry, depth: int) -> None:
        assert self._objects is not None
        os.chmod(name, 0o700, dir_fd=fd)  # a folder: it may be closed to us
        child = open_folder(name, fd)
        os.mkdir(name, 0o755, dir_fd=to)
        target = open_folder(name, to)
        try:
            if is_opaque(child):
                self._sifted.drop(full + b"/", "was removed and made again")
            self.folder(child, target, full + b"/", self._objects.read_tree(entry.oid), depth + 1)
        finally:
            os.close(child)
            os.close(target)
        try:
            os.rmdir(name, dir_fd=to)
        except OSError:
            return  # something of it is kept

    def _tell(self, fd: int, name: bytes, full: bytes, entry: Entry, status: os.stat_result) -> None:
        if entry.mode == SUBMODULE:
            self._sifted.drop(full, "is a submodule: fetched, not kept")
        elif is_whiteout(status):
            self._sifted.drop(full, "was removed")
        elif not _is_same(fd, name, entry, status):
            self._sifted.drop(full, "was changed")


def _is_installed(name: bytes, parent: int) -> bool:
    """Whether a folder is one of packages or a cache, by its own mark."""
    if name in _ALWAYS:
        return True
    fd = open_folder(name, parent)
    try:
        return any(mark in _MARKS for mark in names(fd))
    finally:
        os.close(fd)


def _is_same(fd: int, name: bytes, entry: Entry, status: os.stat_result) -> bool:
    """Whether a file is what the commit has under its name: a `touch` is no change."""
    if stat.S_ISLNK(status.st_mode):
        data = os.readlink(name, dir_fd=fd)
        digest = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
        return entry == Entry(blob_mode(status), digest.hexdigest())
    if not stat.S_ISREG(status.st_mode) or blob_mode(status) != entry.mode or status.st_size > 64 << 20:
        return False
    digest = hashlib.sha1(b"blob %d\0" % status.st_size, usedforsecurity=False)
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
    with open(opened, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return entry.oid == digest.hexdigest()
