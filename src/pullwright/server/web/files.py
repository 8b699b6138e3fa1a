"""The built files, read once. A name that carries its content's digest may be kept by a browser for ever."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path

import msgspec

BUILT = Path(__file__).parent / "built"
SMALL = 1000
"""Bytes below which compressing gains nothing."""


class BuiltFile(msgspec.Struct, frozen=True):
    """One file. `small` is the same, gzipped; empty where that is no smaller."""

    data: bytes
    small: bytes
    media: str
    lasting: bool


@cache
def built_files(folder: Path = BUILT) -> dict[str, BuiltFile]:
    """All of them by path; none where the web app was not built."""
    if not (folder / "index.html").is_file():
        return {}
    found = [path for path in folder.rglob("*") if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")]
    return {path.relative_to(folder).as_posix(): _read(path, folder) for path in found}


def _read(path: Path, folder: Path) -> BuiltFile:
    data = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    small = gzip.compress(data, 9, mtime=0) if len(data) > SMALL else b""
    lasting = path.relative_to(folder).parts[0] == "assets"
    return BuiltFile(data, small if len(small) < len(data) else b"", media, lasting)
