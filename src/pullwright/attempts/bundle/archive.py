"""The archive of a bundle: gzip around POSIX ustar, of which only plain files with short names are written or read.

    write(stream, files)       the same bytes for the same files: no times, owners or names of this machine
    read(stream)               each file's name, size and pieces, in order; anything else is refused

Python's `tarfile` is not used to read: it follows long names, links, sparse maps and headers of any size.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from pullwright.attempts.bundle.contents import BundleRefused, largest

BLOCK = 512
PIECE = 1 << 20
MOST_FILES = 100


def write(target: BinaryIO, files: Mapping[str, bytes | Path]) -> None:
    """Write the files, the manifest first and then by name."""
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=target, compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name in sorted(files, key=lambda name: (name != "manifest.json", name)):
            data = files[name]
            entry = tarfile.TarInfo(name)
            entry.mode = 0o644
            entry.size = len(data) if isinstance(data, bytes) else data.stat().st_size
            with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as stream:
                tar.addfile(entry, stream)


class Member:
    """One file of an archive; `pieces` is to be read to its end before the next."""

    def __init__(self, name: str, size: int, stream: gzip.GzipFile) -> None:
        self.name = name
        self.size = size
        self._stream = stream

    def pieces(self) -> Iterator[bytes]:
        """Its content."""
        left = self.size
        while left:
            piece = _exactly(self._stream, min(left, PIECE))
            left -= len(piece)
            yield piece
        _exactly(self._stream, -self.size % BLOCK)


def read(stream: BinaryIO) -> Iterator[Member]:
    """The files. Raises `BundleRefused` for what `write` would not have written."""
    seen: set[str] = set()
    with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
        while (header := _exactly(unpacked, BLOCK)) != bytes(BLOCK):
            name, size = _header(header)
            if name in seen or len(seen) >= MOST_FILES:
                raise BundleRefused(f"{name} is in it twice" if name in seen else "there are too many files in it")
            seen.add(name)
            yield Member(name, size, unpacked)
        if any(_some(unpacked, tarfile.RECORDSIZE)) or _some(unpacked, 1):
            raise BundleRefused("something follows its end")


def _header(header: bytes) -> tuple[str, int]:
    """Name and size of a plain file. Refused: links, folders, devices, long names, sizes beyond the name's bound."""
    told = header[148:156].strip(b"\0 ")
    whole = sum(header[:148]) + 8 * 32 + sum(header[156:])
    try:
        if int(told, 8) != whole:
            raise BundleRefused("a header's sum is wrong")
        name = header[:100].rstrip(b"\0").decode("ascii")
        size = int(header[124:136].strip(b"\0 "), 8)
    except ValueError:
        raise BundleRefused("a header cannot be read") from None
    if header[156:157] not in (b"0", b"\0") or header[157:257].strip(b"\0") or header[345:500].strip(b"\0"):
        raise BundleRefused(f"{name[:100]!r} is not a plain file")
    most = largest(name)
    if most is None:
        raise BundleRefused(f"{name[:100]!r} has no place in a bundle")
    if not 0 <= size <= most:
        raise BundleRefused(f"{name} has {size} bytes, and {most} are allowed")
    return name, size


def _exactly(stream: gzip.GzipFile, count: int) -> bytes:
    data = _some(stream, count)
    if len(data) != count:
        raise BundleRefused("it ends too early")
    return data


def _some(stream: gzip.GzipFile, most: int) -> bytes:
    try:
        return stream.read(most) if most else b""
    except (OSError, EOFError, zlib.error) as error:
        raise BundleRefused(f"it is not a whole gzip archive ({error})") from None
