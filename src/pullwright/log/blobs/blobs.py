"""What every store of blobs does. All of it blocks: call it in threads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pullwright.protocol.errors import FixSettings


class Blobs(Protocol):
    """Bytes by name. A name is a relative path of plain parts: no `..`, no empty part, none that begins with a dot.

    Raised are `ValueError` for a name that is not, `FixSettings` where the store itself is wrong (no such bucket, a key that
    is refused) and `TryAgainLater` when it does not answer.
    """

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` under `name`, replacing atomically."""
        ...

    def put_file(self, name: str, path: Path) -> None:
        """Keep a file's content, of any size. The file must not be written to any more: it may be linked, not copied."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes under `name`. Raises `KeyError` when there are none."""
        ...

    def fetch_file(self, name: str, path: Path) -> None:
        """Write the bytes under `name` to `path`, which appears whole or not. Raises `KeyError` when there are none."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is something under `name`."""
        ...

    def names(self, prefix: str = "") -> Sequence[str]:
        """All names that begin with `prefix`, sorted."""
        ...

    def remove(self, name: str) -> None:
        """Let `name` go; nothing happens where there is none."""
        ...

    def remove_all(self, prefix: str) -> None:
        """Let all names go that begin with `prefix`, which must not be empty."""
        ...


def open_blobs(where: str | Path) -> Blobs:
    """`s3://BUCKET/PREFIX?endpoint=URL&region=NAME`, or a folder. Raises `FixSettings` for another scheme."""
    url = str(where)
    if url.startswith("s3://"):
        from pullwright.log.blobs.s3 import S3Blobs

        return S3Blobs(url)
    if "://" in url:
        raise FixSettings(f"blobs cannot be kept at {url.partition('://')[0]}://…", fix="Use s3://BUCKET/PREFIX or a folder.")
    from pullwright.log.blobs.folder import FolderBlobs

    return FolderBlobs(Path(url))


def check_name(name: str) -> str:
    """The name; raises `ValueError` when it is not safe as one."""
    parts = name.split("/")
    if not all(parts) or any(part.startswith(".") or "\0" in part or len(part.encode()) > 200 for part in parts):
        raise ValueError(f"not a blob's name: {name!r}")
    return name
