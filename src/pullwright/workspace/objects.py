"""Git objects without a process for each step.

New blobs and trees are written here as loose objects in the session's own objects folder, which borrows the rest
from the mirror through `info/alternates`; they are read back here too. What lies in the mirror's packs is
read through one `git cat-file --batch`, started when it is first needed.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.git import Git

FILE, PROGRAM, LINK, FOLDER, SUBMODULE = b"100644", b"100755", b"120000", b"40000", b"160000"

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PIECE = 1 << 20
REMEMBERED_TREES = 20_000


class Entry(NamedTuple):
    """What a tree has under a name: git's mode in octal digits, and the object's name in hex."""

    mode: bytes
    oid: str


Entries = dict[bytes, Entry]


class Objects:
    """An objects folder that this process writes. Not for two threads at once; `close` ends the reader."""

    def __init__(self, folder: Path, git: Git) -> None:
        self.folder = folder
        self._git = git
        self._reader: subprocess.Popen[bytes] | None = None
        self._trees: dict[str, Entries] = {}
        self._remembered = 0
        self._unsynced: list[Path] = []
        self._numbers = itertools.count()

    # --- writing ---------------------------------------------------------------------------------

    def write(self, kind: bytes, data: bytes) -> str:
        """Keep one object and return its name. Not yet durable: `sync` makes it so."""
        header = b"%s %d\0" % (kind, len(data))
        oid = hashlib.sha1(header + data, usedforsecurity=False).hexdigest()
        if not self.has_own(oid):
            squeeze = zlib.compressobj(1)
            self._place(oid, iter((squeeze.compress(header + data), squeeze.flush())))
        return oid

    def write_file(self, file: BinaryIO, size: int) -> str | None:
        """Keep an open file's content as a blob; None when its size changed while it was read."""
        if size <= PIECE:
            data = file.read(size + 1)
            return self.write(b"blob", data) if len(data) == size else None
        return self._write_large(file, size)

    def _write_large(self, file: BinaryIO, size: int) -> str | None:
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        squeeze = zlib.compressobj(1)
        total = 0
        path = self._temporary()
        with path.open("wb") as out:
            out.write(squeeze.compress(b"blob %d\0" % size))
            while piece := file.read(PIECE):
                total += len(piece)
                digest.update(piece)
                out.write(squeeze.compress(piece))
                if total > size:
                    break
            out.write(squeeze.flush())
        if total != size:
            path.unlink()
            return None
        self._rename(path, digest.hexdigest())
        return digest.hexdigest()

    def write_tree(self, entries: Entries) -> str:
        """Keep a folder's entries as a tree object."""
        if not entries:
            return self.write(b"tree", b"")
        ordered = sorted(entries.items(), key=lambda item: item[0] + b"/" if item[1].mode == FOLDER else item[0])
        data = b"".join(b"%s %s\0%s" % (entry.mode, name, bytes.fromhex(entry.oid)) for name, entry in ordered)
        oid = self.write(b"tree", data)
        self._remember(oid, dict(entries))
        return oid

    def sync(self) -> None:
        """Bring everything that was written onto the disk."""
        folders: set[Path] = set()
        for path in self._unsynced:
            _fsync(path)
            folders.add(path.parent)
        for folder in folders:
            _fsync(folder)
        self._unsynced.clear()

    def _temporary(self) -> Path:
        return self.folder / f"tmp_{os.getpid()}_{next(self._numbers)}"

    def _place(self, oid: str, pieces: Iterator[bytes]) -> None:
        path = self._temporary()
        with path.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        self._rename(path, oid)

    def _rename(self, path: Path, oid: str) -> None:
        path.chmod(0o444)
        target = self._path(oid)
        try:
            path.rename(target)
        except FileNotFoundError:
            target.parent.mkdir(exist_ok=True)
            path.rename(target)
        self._unsynced.append(target)

    # --- reading ---------------------------------------------------------------------------------

    def has_own(self, oid: str) -> bool:
        """Whether the object lies in this folder itself, not in what it borrows from."""
        return os.path.lexists(self._path(oid))

    def own_path(self, oid: str) -> Path | None:
        """The loose object's file in this folder, None when it is borrowed."""
        return self._path(oid) if self.has_own(oid) else None

    def read(self, oid: str) -> tuple[bytes, bytes]:
        """An object's kind and content. Raises `FixRepository` when it is nowhere."""
        try:
            raw = zlib.decompress(self._path(oid).read_bytes())
        except FileNotFoundError:
            return self._borrow(oid)
        header, _, data = raw.partition(b"\0")
        return header.partition(b" ")[0], data

    def read_blob(self, oid: str) -> bytes:
        """A blob's content."""
        kind, data = self.read(oid)
        if kind != b"blob":
            raise FixRepository(f"object {oid} is a {kind.decode()} where a file's content was expected")
        return data

    def read_tree(self, oid: str) -> Entries:
        """A tree's entries; not to be changed by the caller. Raises `FixRepository` for one that is not sound."""
        found = self._trees.get(oid)
        if found is None:
            kind, data = self.read(oid)
            if kind != b"tree":
                raise FixRepository(f"object {oid} is a {kind.decode()} where a folder was expected")
            found = _parse_tree(oid, data)
            self._remember(oid, found)
        return found

    def commit_tree(self, commit: str) -> str:
        """The tree of a commit."""
        kind, data = self.read(commit)
        if kind != b"commit" or not data.startswith(b"tree "):
            raise FixRepository(f"object {commit} is not a commit")
        return data[5:45].decode("ascii")

    def _remember(self, oid: str, entries: Entries) -> None:
        self._remembered += len(entries) + 1
        if self._remembered > REMEMBERED_TREES:
            self._trees.clear()
            self._remembered = len(entries) + 1
        self._trees[oid] = entries

    def _path(self, oid: str) -> Path:
        return self.folder / oid[:2] / oid[2:]

    def _borrow(self, oid: str) -> tuple[bytes, bytes]:
        reader = self._reader
        if reader is None or reader.poll() is not None:
            self.close()
            reader = self._reader = self._git.start("cat-file", "--batch", env={"GIT_OBJECT_DIRECTORY": str(self.folder)})
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write(oid.encode() + b"\n")
        reader.stdin.flush()
        header = reader.stdout.readline().split()
        if len(header) != 3:
            raise FixRepository(
                f"git object {oid} is missing",
                fix="The repository may be a partial clone: run `git fetch --refetch --no-filter`, or clone it again.",
            )
        data = reader.stdout.read(int(header[2]) + 1)
        return header[1], data[:-1]

    def close(self) -> None:
        """End the reader process, if there is one."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.kill()
            reader.communicate()


def _parse_tree(oid: str, data: bytes) -> Entries:
    entries: Entries = {}
    at = 0
    try:
        while at < len(data):
            space = data.index(b" ", at)
            end = data.index(b"\0", space)
            entries[data[space + 1 : end]] = Entry(data[at:space], data[end + 1 : end + 21].hex())
            at = end + 21
    except ValueError:
        raise FixRepository(f"tree {oid} is damaged", fix="Run `git fsck` in the repository.") from None
    return entries


def blob_mode(status: os.stat_result) -> bytes:
    """Git's mode for a regular file or link."""
    if stat.S_ISLNK(status.st_mode):
        return LINK
    return PROGRAM if status.st_mode & 0o100 else FILE


def _fsync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
