"""A backup's file: a gzipped tar, read and written from front to back.

manifest.json        what it is, and of which schema
key, or key.locked   the vault's keys, only when they were asked for
tables/NAME.jsonl    a table's rows, tables in the order in which they can be filled
blobs/NAME           the blobs
end.json             how much of each there is: an archive without its end is not whole
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import time
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from pullwright import __version__
from pullwright.protocol.errors import FixSettings

FORMAT = 1


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive is. `tables` maps a table to its columns, in the order in which they can be filled."""

    format: int = FORMAT
    pullwright: str = __version__
    revision: str
    database: str
    made: float
    tables: dict[str, tuple[str, ...]]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """How much an archive holds: rows by table, blobs and their bytes."""

    rows: dict[str, int]
    blobs: int
    blob_bytes: int


class Drain:
    """An archive that is being written."""

    def __init__(self, tar: tarfile.TarFile, scratch: Path) -> None:
        self._tar = tar
        self.scratch = scratch

    def put(self, name: str, data: bytes) -> None:
        """Add a small member."""
        self._add(name, len(data), io.BytesIO(data))

    def put_lines(self, name: str, lines: Iterable[bytes]) -> int:
        """Add a member of lines, however many, and say how many."""
        count = 0
        path = self.scratch / "lines"
        with path.open("w+b") as file:
            for line in lines:
                file.write(line + b"\n")
                count += 1
            size = file.tell()
            file.seek(0)
            self._add(name, size, file)
        path.unlink()
        return count

    def put_file(self, name: str, path: Path) -> int:
        """Add a file's content, and say its size."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._add(name, size, file)
        return size

    def _add(self, name: str, size: int, file: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(time.time())
        self._tar.addfile(member, file)


@contextmanager
def write_archive(path: Path, scratch: Path) -> Iterator[Drain]:
    """Write an archive to `path`, for its owner alone: it is there when it is whole, or not at all."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with (
            open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, filename="") as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            yield Drain(tar, scratch)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_archive(path: Path) -> Generator[tuple[str, IO[bytes]]]:
    """The members of an archive, in order; each is to be read before the next one is asked for (`readable` around it all)."""
    with tarfile.open(path, mode="r|gz") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                yield member.name, file


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Around reading an archive: what is wrong with its bytes becomes a `FixSettings`."""
    try:
        yield
    except FileNotFoundError:
        raise FixSettings(f"there is no file {path}", fix="Name a file that `pullwright admin backup` has made.") from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, msgspec.DecodeError) as error:
        raise FixSettings(f"{path} cannot be read as a backup: {error}", fix="Is the file whole? Copy it again.") from error


def manifest_of(name: str, data: bytes) -> Manifest:
    """The first member, understood. Raises `FixSettings` for what is no backup, or one of a newer Pullwright."""
    if name != "manifest.json":
        raise FixSettings("this is no backup of Pullwright's", fix="Name a file that `pullwright admin backup` has made.")
    kind = msgspec.json.decode(data, type=dict[str, object])
    if kind.get("format") != FORMAT:
        raise FixSettings(
            f"this backup has the format {kind.get('format')}", fix="Use the Pullwright that made it, or a newer one."
        )
    return msgspec.json.decode(data, type=Manifest)
