"""Objects of a parcel are what their names say: each is hashed before anything of it comes near a project's clone."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from pathlib import Path

from pullwright.protocol.errors import FixSettings
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.journal import records

LARGEST = 1 << 30
"""Bytes of one object, unpacked."""
_PIECE = 1 << 20


def check_objects(files: Path, git_dir: Path) -> None:
    """Hash every object below `files` (blocking); packs are verified by git, in the empty git folder `git_dir`.

    Raises `FixSettings` for one that is not what it is called, or too large.
    """
    for kind in ("loose", "journal"):
        for path in sorted((files / kind).glob("*")):
            data = path.read_bytes()
            end = 0
            for record in records(data):
                end = record.end
                for oid, (start, length) in record.places.items():
                    _check(oid, [data[start : start + length]])
            if end != len(data):
                raise _wrong(path.name)
    for path in sorted((files / "objects").glob("*")):
        with path.open("rb") as file:
            _check(path.name, iter(lambda file=file: file.read(_PIECE), b""))
    for path in sorted((files / "packs").glob("*.idx")):
        try:
            Git.own(git_dir).call("verify-pack", str(path))
        except GitFailed:
            raise _wrong(path.name) from None


def _check(oid: str, pieces: Iterable[bytes]) -> None:
    digest, unpack, total = hashlib.sha1(usedforsecurity=False), zlib.decompressobj(), 0
    try:
        for piece in pieces:
            left = piece
            while left:
                plain = unpack.decompress(left, _PIECE)
                total += len(plain)
                if total > LARGEST:
                    raise FixSettings("an object of the session is too large to be handed over", fix="Hand over a smaller one.")
                digest.update(plain)
                left = unpack.unconsumed_tail
        digest.update(unpack.flush())
    except zlib.error:
        raise _wrong(oid) from None
    if not unpack.eof or digest.hexdigest() != oid:
        raise _wrong(oid)


def _wrong(name: str) -> FixSettings:
    return FixSettings(f"{name} is not what its name says", fix="Hand the session over again.")
