"""Reading an attempt's upper: from what the sandbox left there to a tree.

The upper is hostile: whoever wrote it may have put links, pipes, devices, a `.git` of its own or another
repository there. It is walked by folder descriptors, no link is followed, and only regular files and links count.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pullwright.workspace.glance import RACY_NS, Glance, Seen, seen
from pullwright.workspace.ignore import LARGEST, Rules
from pullwright.workspace.layers import is_marked_whiteout, is_opaque, is_whiteout, open_folder, read_below
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.objects import FOLDER, SUBMODULE, Entries, Entry, Objects, blob_mode
from pullwright.workspace.trees import is_git_name

DEEPEST = 200
"""Folders deeper than this are not read: nobody's project has them, and each costs a descriptor and stack."""

HOLES_FROM, HOLES_SHARE = 16 << 20, 16
"""A file of this size with less than one part in so many on disk is not read: terabytes of nothing cost no disk, but hours."""

Listing = list[tuple[bytes, os.stat_result]]
Signature = tuple[int, int, Entry | None, list[tuple[bytes, Seen]]]


class _Place(NamedTuple):
    """A folder being read: its descriptor and path, what lies below it, what is tracked in it, what is ignored."""

    fd: int
    path: bytes
    below: Entries
    tracked: Entries
    rules: Rules
    excluded: bool

    def full(self, name: bytes) -> bytes:
        return self.path + b"/" + name if self.path else name


class Known:
    """What was hashed before, by path: a file whose inode, size, mode and times are the same is not read again."""

    def __init__(self) -> None:
        self._entries: dict[bytes, tuple[Seen, Entry]] = {}

    def find(self, path: bytes, status: os.stat_result) -> Entry | None:
        """The entry from last time, if the file is surely the same."""
        found = self._entries.get(path)
        return found[1] if found is not None and found[0] == seen(status) else None

    def keep(self, path: bytes, status: os.stat_result, entry: Entry, read_at: int) -> None:
        """Remember a file that was read at `read_at` (nanoseconds since 1970)."""
        if max(status.st_mtime_ns, status.st_ctime_ns) < read_at - RACY_NS:
            self._entries[path] = (seen(status), entry)

    def forget(self) -> None:
        """Forget everything: the upper was rewritten."""
        self._entries.clear()


class Upper:
    """An attempt's upper folder, read as `git add -A` would read the merged files.

    `excludes` are ignore patterns weaker than any .gitignore; what `lfs` keeps stays as it was. `under` are layers between the
    upper and the checkout that are no part of the tree, but whose ignore files count.
    """

    def __init__(self, folder: Path, objects: Objects, excludes: bytes, lfs: LfsPaths, under: Sequence[Path] = ()) -> None:
        self.folder = folder
        self._objects = objects
        self._rules = Rules.root(excludes)
        self._known = Known()
        self._lfs = lfs
        self._under = tuple(under)
        self._written: dict[bytes, tuple[Entries, str]] = {}
        self._quiet: dict[bytes, tuple[Signature, Entry]] = {}
        self._glance = Glance()
        self.skipped: set[bytes] = set()
        self.cut: set[bytes] = set()

    def tree(self, below: str, last: str) -> str:
        """The merged view's tree: this upper over a checkout of `below`, where `last` is the tree of the last time.

        What `last` holds is tracked, and counts even where an ignore pattern matches. `skipped` then names
        repositories, submodules, LFS files, files of holes and far too deep folders, which are not part of the tree,
        and `cut` the ignore files of which only the beginning counts.
        """
        self.skipped.clear()
        self.cut.clear()
        self._glance.begin()
        fd = open_folder(os.fsencode(self.folder))
        try:
            listing = _list(fd)
            self._glance.note(b"", fd, listing)
            place = _Place(fd, b"", self._objects.read_tree(below), self._objects.read_tree(last), self._rules, False)
            tree = self._write(b"", self._read(place, listing))
        finally:
            os.close(fd)
        if tree == last:
            self._glance.keep()
        return tree

    def is_same(self) -> bool:
        """Whether the last `tree` found nothing new and would not now either; quick, and False where that cannot be told."""
        return self._glance.is_same(self.folder)

    def forget(self) -> None:
        """The upper is rewritten by us: read everything again next time."""
        self._glance.begin()
        self._known.forget()
        self._written.clear()
        self._quiet.clear()

    def _read(self, place: _Place, listing: Listing) -> Entries:
        base = {} if place.path and is_opaque(place.fd) else place.below
        entries = dict(base)
        names = dict(listing)
        rules = place.rules.below(place.path.rpartition(b"/")[2], lambda: self._ignores(place, names, base))
        inside = place._replace(below=base, rules=rules)
        for name, status in listing:
            if is_git_name(name):
                continue
            if is_whiteout(status):
                entry = None
            elif stat.S_ISDIR(status.st_mode):
                entry = self._folder(inside, name)
            else:
                entry = self._file(inside, name, status)
            if entry is None:
                entries.pop(name, None)
            else:
                entries[name] = entry
        return entries

    def _ignores(self, place: _Place, names: dict[bytes, os.stat_result], base: Entries) -> bytes:
        text = self._ignore_file(place.fd, names, base) or self._ignored_under(place.path, names, base)
        if len(text) > LARGEST:
            self.cut.add(place.full(b".gitignore"))
        return text

    def _ignore_file(self, fd: int, names: dict[bytes, os.stat_result], base: Entries) -> bytes:
        name = b".gitignore"
        status = names.get(name)
        if status is None:
            entry = base.get(name)
            return self._objects.read_blob(entry.oid) if entry is not None and entry.mode.startswith(b"100") else b""
        if not stat.S_ISREG(status.st_mode):
            return b""
        opened = _open_file(name, fd)
        if opened is None:
            return b""
        with open(opened[0], "rb") as file:
            return file.read(LARGEST + 1)

    def _ignored_under(self, path: bytes, names: dict[bytes, os.stat_result], base: Entries) -> bytes:
        """The ignore file that a layer under the upper has in a folder, where the upper and the checkout have none."""
        if b".gitignore" in names or b".gitignore" in base:
            return b""
        return next((text for layer in self._under if (text := read_below(layer, path + b"/.gitignore", LARGEST + 1))), b"")

    def _folder(self, above: _Place, name: bytes) -> Entry | None:
        base, last = above.below.get(name), above.tracked.get(name)
        full = above.full(name)
        if base is not None and base.mode == SUBMODULE:
            self.skipped.add(full)
            return base
        if full.count(b"/") >= DEEPEST:
            self.skipped.add(full)
            return last
        is_tracked = last is not None and last.mode == FOLDER
        is_below = base is not None and base.mode == FOLDER
        excluded = above.excluded or (not is_tracked and above.rules.ignores(name, folder=True))
        if not is_tracked and not is_below and excluded:
            return None
        try:
            child = open_folder(name, above.fd)
        except PermissionError:  # closed to us by its owner: as it was, like git, which cannot see a change either
            return last
        try:
            if not is_tracked and _holds_repository(child):
                self.skipped.add(full)
                return None
            listing = _list(child)
            self._glance.note(full, child, listing)
            signature = _signature(child, base, listing)
            quiet = self._quiet.get(full)
            if quiet is not None and quiet[0] == signature and quiet[1] == last:
                return last
            inside = self._objects.read_tree(base.oid) if base is not None and is_below else {}
            tracked = self._objects.read_tree(last.oid) if last is not None and is_tracked else {}
            if is_tracked and not excluded:
                excluded = above.rules.ignores(name, folder=True)
            entries = self._read(_Place(child, full, inside, tracked, above.rules, excluded), listing)
        finally:
            os.close(child)
        if not entries:
            return None
        entry = base if base is not None and entries == inside else Entry(FOLDER, self._write(full, entries))
        if self._is_quiet(full, listing, entries):
            self._quiet[full] = (signature, entry)
        return entry

    def _is_quiet(self, path: bytes, listing: Listing, entries: Entries) -> bool:
        """Whether the folder holds files alone that all count and cannot have changed since they were read.

        Ignore patterns cannot matter to such a folder next time, so equal names and times mean an equal tree.
        """
        return all(
            is_whiteout(status) or (name in entries and self._known.find(path + b"/" + name, status) is not None)
            for name, status in listing
        )

    def _write(self, path: bytes, entries: Entries) -> str:
        """The folder's tree object; most folders of an upper are as they were at the last checkpoint."""
        found = self._written.get(path)
        if found is not None and found[0] == entries:
            return found[1]
        oid = self._objects.write_tree(entries)
        self._written[path] = (entries, oid)
        return oid

    def _file(self, place: _Place, name: bytes, status: os.stat_result) -> Entry | None:
        last, fd = place.tracked.get(name), place.fd
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISLNK(status.st_mode):
            return None
        if (last is None or last.mode == FOLDER) and (place.excluded or place.rules.ignores(name, folder=False)):
            return None
        full = place.full(name)
        entry = self._known.find(full, status)
        if entry is not None:
            return entry
        if (self._lfs and self._lfs.has(full)) or _is_holes(status):
            self.skipped.add(full)
            return last if last is not None and last.mode != FOLDER else None
        if is_marked_whiteout(name, fd, status):
            return None
        if stat.S_ISLNK(status.st_mode):
            return Entry(blob_mode(status), self._objects.write(b"blob", os.readlink(name, dir_fd=fd)))
        try:
            return self._hash(fd, full, name)
        except PermissionError:
            return last if last is not None and last.mode != FOLDER else None

    def _hash(self, fd: int, full: bytes, name: bytes) -> Entry | None:
        for _ in range(3):  # a background process may be writing to it
            opened = _open_file(name, fd)
            if opened is None:
                return None
            with open(opened[0], "rb", buffering=0) as file:
                read_at = time.time_ns()
                oid = self._objects.write_file(file, opened[1].st_size)
            if oid is not None:
                entry = Entry(blob_mode(opened[1]), oid)
                self._known.keep(full, opened[1], entry, read_at)
                return entry
        return self._truncated(fd, name)

    def _truncated(self, fd: int, name: bytes) -> Entry | None:
        opened = _open_file(name, fd)
        if opened is None:
            return None
        with open(opened[0], "rb") as file:
            data = file.read(opened[1].st_size)
        return Entry(blob_mode(opened[1]), self._objects.write(b"blob", data))


def _is_holes(status: os.stat_result) -> bool:
    return status.st_size > HOLES_FROM and status.st_blocks * 512 * HOLES_SHARE < status.st_size


def _list(fd: int) -> Listing:
    listing: Listing = []
    with os.scandir(fd) as found:
        for entry in found:
            try:
                listing.append((os.fsencode(entry.name), entry.stat(follow_symlinks=False)))
            except FileNotFoundError:
                continue
    return listing


def _signature(folder: int, base: Entry | None, listing: Listing) -> Signature:
    """What is equal as long as nothing in the folder itself changed: its own times also tell whether it became opaque."""
    own = os.fstat(folder)
    return (own.st_ino, own.st_ctime_ns, base, [(name, seen(status)) for name, status in listing])


def _holds_repository(folder: int) -> bool:
    try:
        os.stat(b".git", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _open_file(name: bytes, folder: int) -> tuple[int, os.stat_result] | None:
    """A regular file's descriptor and status, or None when it is something else by now.

    Raises `OSError` for what says nothing of the file (no descriptor left, a bad disk): it must not look removed.
    """
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            return None
        raise
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        return None
    return fd, status
