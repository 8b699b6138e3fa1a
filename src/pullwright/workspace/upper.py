"""Reading an attempt's upper: from what the sandbox left there to a tree.

The upper is hostile: whoever wrote it may have put links, pipes, devices, a `.git` of its own or another
repository there. It is walked by folder descriptors, no link is followed, and only regular files and links count.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from pullwright.workspace.ignore import Rules
from pullwright.workspace.layers import is_marked_whiteout, is_opaque, is_whiteout, open_folder
from pullwright.workspace.objects import FOLDER, SUBMODULE, Entries, Entry, Objects, blob_mode
from pullwright.workspace.trees import is_git_name

RACY_NS = 20_000_000
"""A file that changed within this time before it was read may change again without its times telling."""

IGNORE_BYTES = 1 << 20

Seen = tuple[int, int, int, int, int]


class Known:
    """What was hashed before, by path: a file whose inode, size, mode and times are the same is not read again."""

    def __init__(self) -> None:
        self._entries: dict[bytes, tuple[Seen, Entry]] = {}

    def find(self, path: bytes, status: os.stat_result) -> Entry | None:
        """The entry from last time, if the file is surely the same."""
        found = self._entries.get(path)
        return found[1] if found is not None and found[0] == _seen(status) else None

    def keep(self, path: bytes, status: os.stat_result, entry: Entry, read_at: int) -> None:
        """Remember a file that was read at `read_at` (nanoseconds since 1970)."""
        if max(status.st_mtime_ns, status.st_ctime_ns) < read_at - RACY_NS:
            self._entries[path] = (_seen(status), entry)

    def forget(self) -> None:
        """Forget everything: the upper was rewritten."""
        self._entries.clear()


def _seen(status: os.stat_result) -> Seen:
    return (status.st_ino, status.st_size, status.st_mode, status.st_mtime_ns, status.st_ctime_ns)


class Upper:
    """An attempt's upper folder, read as `git add -A` would read the merged files.

    `excludes` are ignore patterns weaker than any .gitignore.
    """

    def __init__(self, folder: Path, objects: Objects, excludes: bytes = b"") -> None:
        self.folder = folder
        self._objects = objects
        self._rules = Rules.root(excludes)
        self._known = Known()
        self.skipped: set[bytes] = set()

    def tree(self, below: str, last: str) -> str:
        """The merged view's tree: this upper over a checkout of `below`, where `last` is the tree of the last time.

        What `last` holds is tracked, and counts even where an ignore pattern matches. `skipped` then names
        repositories and submodules whose content is not part of the tree.
        """
        self.skipped.clear()
        fd = open_folder(os.fsencode(self.folder))
        try:
            entries = self._read(
                fd, b"", self._objects.read_tree(below), self._objects.read_tree(last), self._rules, excluded=False
            )
        finally:
            os.close(fd)
        return self._objects.write_tree(entries)

    def forget(self) -> None:
        """The upper was rewritten by us: read everything again next time."""
        self._known.forget()

    def _read(self, fd: int, path: bytes, below: Entries, tracked: Entries, rules: Rules, *, excluded: bool) -> Entries:
        names, listing = self._list(fd)
        base = {} if path and is_opaque(fd) else below
        entries = dict(base)
        rules = rules.below(path.rpartition(b"/")[2], lambda: self._ignore_file(fd, names, base))
        for name, status in listing:
            if is_git_name(name):
                continue
            if is_whiteout(status):
                entries.pop(name, None)
            elif stat.S_ISDIR(status.st_mode):
                entry = self._folder(fd, path, name, base.get(name), tracked.get(name), rules, excluded=excluded)
                _set(entries, name, entry)
            else:
                entry = self._file(fd, path, name, status, tracked.get(name), rules, excluded=excluded)
                _set(entries, name, entry)
        return entries

    def _list(self, fd: int) -> tuple[dict[bytes, os.stat_result], list[tuple[bytes, os.stat_result]]]:
        listing: list[tuple[bytes, os.stat_result]] = []
        with os.scandir(fd) as found:
            for entry in found:
                try:
                    listing.append((os.fsencode(entry.name), entry.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue
        return dict(listing), listing

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
            return file.read(IGNORE_BYTES)

    def _folder(
        self, fd: int, path: bytes, name: bytes, base: Entry | None, last: Entry | None, rules: Rules, *, excluded: bool
    ) -> Entry | None:
        full = path + b"/" + name if path else name
        if base is not None and base.mode == SUBMODULE:
            self.skipped.add(full)
            return base
        is_tracked = last is not None and last.mode == FOLDER
        excluded = excluded or rules.ignores(name, folder=True)
        inside = self._objects.read_tree(base.oid) if base is not None and base.mode == FOLDER else {}
        if not is_tracked and not inside and excluded:
            return None
        try:
            child = open_folder(name, fd)
        except PermissionError:  # closed to us by its owner: as it was, like git, which cannot see a change either
            return last
        try:
            if not is_tracked and _holds_repository(child):
                self.skipped.add(full)
                return None
            tracked = self._objects.read_tree(last.oid) if last is not None and is_tracked else {}
            entries = self._read(child, full, inside, tracked, rules, excluded=excluded)
        finally:
            os.close(child)
        if base is not None and entries == inside:
            return base if inside else None
        return Entry(FOLDER, self._objects.write_tree(entries)) if entries else None

    def _file(
        self,
        fd: int,
        path: bytes,
        name: bytes,
        status: os.stat_result,
        last: Entry | None,
        rules: Rules,
        *,
        excluded: bool,
    ) -> Entry | None:
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISLNK(status.st_mode):
            return None
        if (last is None or last.mode == FOLDER) and (excluded or rules.ignores(name, folder=False)):
            return None
        full = path + b"/" + name if path else name
        entry = self._known.find(full, status)
        if entry is not None:
            return entry
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


def _set(entries: Entries, name: bytes, entry: Entry | None) -> None:
    if entry is None:
        entries.pop(name, None)
    else:
        entries[name] = entry


def _holds_repository(folder: int) -> bool:
    try:
        os.stat(b".git", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _open_file(name: bytes, folder: int) -> tuple[int, os.stat_result] | None:
    """A regular file's descriptor and status, or None when it is something else by now. Raises `PermissionError`."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except PermissionError:
        raise
    except OSError:
        return None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        return None
    return fd, status
