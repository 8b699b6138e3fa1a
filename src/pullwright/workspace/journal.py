"""The journal: where a checkpoint's objects go, with one durable write for all of them.

A file for each object would cost a file creation and a sync for each; a checkpoint of one edit has three to six. So the
objects are appended to `checkpoints.journal`, and become loose objects only when a git process is to see them
(`Objects.settle`). A record that was cut short by a crash is dropped, with all after it. Opening a journal changes nothing in
it, so that a session's can be read while it runs.

    record   length (4 bytes) · crc32 of the body (4 bytes) · body
    body     tree name (20 bytes) · for each object: name (20 bytes) · length (4 bytes) · the bytes of its loose file
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

NAME = "checkpoints.journal"

_HEAD = struct.Struct(">II")
_OBJECT = struct.Struct(">20sI")


class Record(NamedTuple):
    """A whole record within some bytes: its tree, the names of its objects with where their bytes lie, and where it ends."""

    tree: str
    places: dict[str, tuple[int, int]]
    end: int

    @property
    def names(self) -> Iterator[str]:
        """The names of its objects."""
        return iter(self.places)


def pack(tree: str, objects: Mapping[str, bytes]) -> bytes:
    """A record of a tree and objects, each as its loose file would be."""
    body = bytearray(bytes.fromhex(tree))
    for oid, data in objects.items():
        body += _OBJECT.pack(bytes.fromhex(oid), len(data))
        body += data
    return _HEAD.pack(len(body), zlib.crc32(body)) + bytes(body)


def records(data: bytes) -> Iterator[Record]:
    """The whole records at the beginning of `data`, which begins with one; ends where one is cut short or damaged."""
    at = 0
    while at + _HEAD.size <= len(data):
        length, crc = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if length < 20 or len(body) != length or zlib.crc32(body) != crc:
            return
        yield _record(body, at + _HEAD.size)
        at += _HEAD.size + length


def _record(body: bytes, start: int) -> Record:
    places: dict[str, tuple[int, int]] = {}
    at = 20
    while at < len(body):
        name, length = _OBJECT.unpack_from(body, at)
        at += _OBJECT.size
        places[name.hex()] = (start + at, length)
        at += length
    return Record(body[:20].hex(), places, start + len(body))


class Journal:
    """The journal of one session; `tree` is the last checkpoint's, empty before the first. `close` it."""

    def __init__(self, folder: Path) -> None:
        self.tree = ""
        self._is_torn = False
        self._index: dict[str, tuple[int, int]] = {}
        self._fd = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._end = self._load()
        except BaseException:
            os.close(self._fd)
            raise

    def append(self, tree: str, objects: Mapping[str, bytes]) -> None:
        """Keep a checkpoint durably: its tree and the objects that are new, each as its loose file would be."""
        data = pack(tree, objects)
        record = memoryview(data)
        at = self._end
        if self._is_torn:
            os.ftruncate(self._fd, at)
            self._is_torn = False
        while record:
            written = os.pwrite(self._fd, record, at)
            at += written
            record = record[written:]
        os.fdatasync(self._fd)
        self._end = at
        self._index.update(_record(data[_HEAD.size :], self._end - len(data) + _HEAD.size).places)
        self.tree = tree

    def get(self, oid: str) -> bytes | None:
        """An object as its loose file would be, None when it is not in the journal."""
        place = self._index.get(oid)
        return None if place is None else os.pread(self._fd, place[1], place[0])

    def __contains__(self, oid: str) -> bool:
        return oid in self._index

    def names(self) -> Iterator[str]:
        """The names of all objects in the journal."""
        return iter(self._index)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _load(self) -> int:
        at, size = 0, os.fstat(self._fd).st_size
        while at + _HEAD.size <= size:
            length, crc = _HEAD.unpack(os.pread(self._fd, _HEAD.size, at))
            if length < 20 or at + _HEAD.size + length > size:
                break
            body = os.pread(self._fd, length, at + _HEAD.size)
            if len(body) != length or zlib.crc32(body) != crc:
                break
            record = _record(body, at + _HEAD.size)
            self.tree = record.tree
            self._index.update(record.places)
            at += _HEAD.size + length
        self._is_torn = at < size
        return at
