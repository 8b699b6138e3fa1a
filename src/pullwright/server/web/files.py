"""The built files, read once. A name that carries its content's digest may be kept by a browser for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

import msgspec

BUILT = Path(__file__).parent / "built"
BROTLI = ".br"
"""How the name of a file's Brotli form ends. The build leaves it beside those that it makes smaller."""
SMALL = 1000
"""Bytes below which compressing gains nothing."""


class BuiltFile(msgspec.Struct, frozen=True):
    """One file. `brotli` is the same, compressed; empty where there is none. `tag` changes with the content."""

    data: bytes
    brotli: bytes
    media: str
    lasting: bool
    tag: str

    def told(self, accepted: str) -> tuple[bytes, str]:
        """What is sent to who accepts these encodings, and the name of its encoding."""
        wanted = {one.partition(";")[0].strip() for one in accepted.split(",")}
        if self.brotli and "br" in wanted:
            return self.brotli, "br"
        if len(self.data) > SMALL and "gzip" in wanted and len(small := _gzipped(self.data)) < len(self.data):
            return small, "gzip"
        return self.data, ""


@cache
def built_files(folder: Path = BUILT) -> dict[str, BuiltFile]:
    """All of them by path; none where the web app was not built."""
    if not (folder / "index.html").is_file():
        return {}
    found = [path for path in folder.rglob("*") if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")]
    return {path.relative_to(folder).as_posix(): _read(path, folder) for path in found if path.suffix != BROTLI}


def _read(path: Path, folder: Path) -> BuiltFile:
    data = path.read_bytes()
    beside = path.with_name(path.name + BROTLI)
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    lasting = path.relative_to(folder).parts[0] == "assets"
    tag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    return BuiltFile(data, beside.read_bytes() if beside.is_file() else b"", media, lasting, tag)


@cache
def _gzipped(data: bytes) -> bytes:
    """Made when somebody asks for it: most browsers take Brotli."""
    return gzip.compress(data, 9, mtime=0)
