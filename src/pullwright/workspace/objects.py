"""Git objects without a process for each step.

New blobs and trees are made here and go into the session's journal; they are read back here too. They become loose
objects in the session's objects folder, which borrows the rest from the mirror, when a git process is to see
them. What lies in the mirror's packs is read through one `git cat-file --batch`, started when first needed.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
import subprocess
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.git import Git
from pullwright.workspace.journal import Journal

FILE, PROGRAM, LINK, FOLDER, SUBMODULE = b"100644", b"100755", b"120000", b"40000", b"160000"

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PIECE = 1 << 20
_SAMPLE = 1 << 16
REMEMBERED = 60_000
"""Entries of parsed trees kept in memory, least recently read first out: about 10 MB."""


class Entry(NamedTuple):
    """What a tree has under a name: git's mode in octal digits, and the object's name in hex."""

    mode: bytes
    oid: str


Entries = dict[bytes, Entry]


class Objects:
    """A session's objects. Not for two threads at once; `close` ends the reader.

    What is written waits in memory for `keep`, which puts it into the journal with the checkpoint that it is for.
    """

    def __init__(self, folder: Path, git: Git, journal: Journal | None = None) -> None:
        self.folder = folder
        self._git = git
        self._journal = journal
        self._reader: subprocess.Popen[bytes] | None = None
        self._trees: dict[str, Entries] = {}
        self._remembered = 0
        self._waiting: dict[str, bytes] = {}
        self._large: list[Path] = []
        self._settled: set[str] = set()
        self._numbers = itertools.count()

    # --- writing ---------------------------------------------------------------------------------

    def write(self, kind: bytes, data: bytes) -> str:
        """Take one object and return its name. Not yet durable: `keep` makes it so."""
        whole = b"%s %d\0%s" % (kind, len(data), data)
        oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        if not self.has_own(oid):
            self._waiting[oid] = zlib.compress(whole, 1)
        return oid

    def adopt(self, oid: str) -> None:
        """Let the next `keep` keep an object, too, that git wrote here, or that is borrowed and might not stay where it is."""
        if oid in self._waiting or (self._journal is not None and oid in self._journal):
            return
        path = self._path(oid)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            self.write(*self._borrow(oid))
            return
        if size > PIECE:
            self._large.append(path)
        else:
            self._waiting[oid] = path.read_bytes()

    def keep(self, tree: str) -> None:
        """Make a checkpoint and everything that was written so far durable."""
        for path in self._large:
            _sync(path)
            _sync(path.parent)
        self._large.clear()
        if self._journal is not None:
            self._journal.append(tree, self._waiting)
            self._waiting.clear()

    def settle(self) -> None:
        """Make every object of this session a loose one, so that git processes see them."""
        names = {*(self._journal.names() if self._journal is not None else ()), *self._waiting}
        for oid in names - self._settled:
            data = self.loose(oid) or b""
            if not self._is_whole(oid, len(data)):
                path = self._temporary()
                path.write_bytes(data)
                self._rename(path, oid)
            self._settled.add(oid)

    def _is_whole(self, oid: str, size: int) -> bool:
        """Whether the loose file is there and was not cut short by a power failure."""
        try:
            return self._path(oid).stat().st_size == size
        except FileNotFoundError:
            return False

    def write_file(self, file: BinaryIO, size: int) -> str | None:
        """Take an open file's content as a blob; None when its size changed while it was read."""
        if size <= PIECE:
            data = file.read(size + 1)
            return self.write(b"blob", data) if len(data) == size else None
        return self._write_large(file, size)

    def _write_large(self, file: BinaryIO, size: int) -> str | None:
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        first = file.read(PIECE)
        # What does not get smaller (media, archives, models) is kept as it is: squeezing it costs a minute a gigabyte.
        sample = first[:_SAMPLE]
        squeeze = zlib.compressobj(1 if len(zlib.compress(sample, 1)) < 0.9 * len(sample) else 0)
        total = 0
        path = self._temporary()
        with path.open("wb") as out:
            out.write(squeeze.compress(b"blob %d\0" % size))
            piece = first
            while piece:
                total += len(piece)
                digest.update(piece)
                out.write(squeeze.compress(piece))
                if total > size:
                    break
                piece = file.read(PIECE)
            out.write(squeeze.flush())
        if total != size:
            path.unlink()
            return None
        oid = digest.hexdigest()
        self._rename(path, oid)
        self._large.append(self._path(oid))
        return oid

    def write_tree(self, entries: Entries) -> str:
        """Keep a folder's entries as a tree object."""
        if not entries:
            return self.write(b"tree", b"")
        ordered = sorted(entries.items(), key=lambda item: item[0] + b"/" if item[1].mode == FOLDER else item[0])
        data = b"".join(b"%s %s\0%s" % (entry.mode, name, bytes.fromhex(entry.oid)) for name, entry in ordered)
        oid = self.write(b"tree", data)
        if oid not in self._trees:
            self._remember(oid, dict(entries))
        return oid

    def _temporary(self) -> Path:
        return self.folder / f"tmp_{os.getpid()}_{next(self._numbers)}"

    def _rename(self, path: Path, oid: str) -> None:
        path.chmod(0o444)
        target = self._path(oid)
        try:
            path.rename(target)
        except FileNotFoundError:
            target.parent.mkdir(exist_ok=True)
            path.rename(target)

    # --- reading ---------------------------------------------------------------------------------

    def has_own(self, oid: str) -> bool:
        """Whether the object was made in this session, and is not borrowed."""
        return oid in self._waiting or (self._journal is not None and oid in self._journal) or self._path(oid).exists()

    def loose(self, oid: str) -> bytes | None:
        """An object of this session as a loose object's file holds it; None when it is borrowed."""
        found = self._waiting.get(oid)
        if found is None and self._journal is not None:
            found = self._journal.get(oid)
        if found is not None:
            return found
        try:
            return self._path(oid).read_bytes()
        except FileNotFoundError:
            return None

    def read(self, oid: str) -> tuple[bytes, bytes]:
        """An object's kind and content. Raises `FixRepository` when it is nowhere."""
        packed = self.loose(oid)
        if packed is None:
            return self._borrow(oid)
        raw = zlib.decompress(packed)
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
        found = self._trees.pop(oid, None)
        if found is not None:
            self._trees[oid] = found
        else:
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
        self._trees[oid] = entries
        while self._remembered > REMEMBERED and len(self._trees) > 1:
            self._remembered -= len(self._trees.pop(next(iter(self._trees)))) + 1

    def _path(self, oid: str) -> Path:
        return self.folder / oid[:2] / oid[2:]

    def _borrow(self, oid: str) -> tuple[bytes, bytes]:
        reader = self._reader
        if reader is None or reader.poll() is not None:
            self._end_reader()
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
        """End the reader process, if there is one, and close the journal."""
        self._end_reader()
        if self._journal is not None:
            self._journal.close()

    def _end_reader(self) -> None:
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
            name = data[space + 1 : end]
            if b"/" in name or not name:
                raise ValueError(name)
            entries[name] = Entry(data[at:space], data[end + 1 : end + 21].hex())
            at = end + 21
    except ValueError:
        raise FixRepository(f"tree {oid} is damaged", fix="Run `git fsck` in the repository.") from None
    return entries


def blob_mode(status: os.stat_result) -> bytes:
    """Git's mode for a regular file or link."""
    if stat.S_ISLNK(status.st_mode):
        return LINK
    return PROGRAM if status.st_mode & 0o100 else FILE


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
