"""What an edit would do, shown before it is allowed: kept as an artifact beside the question."""

from __future__ import annotations

import msgspec


class FilePreview(msgspec.Struct, frozen=True):
    """One file's text before and after; None: no such file. `binary` files have neither."""

    path: str
    before: str | None
    after: str | None
    binary: bool = False


class Preview(msgspec.Struct, frozen=True):
    """The files that an edit call would change, in the order in which it names them."""

    files: tuple[FilePreview, ...]


def encode(preview: Preview) -> bytes:
    """The preview as JSON."""
    return msgspec.json.encode(preview)


def decode(data: bytes) -> Preview:
    """The preview of such JSON. Raises `msgspec.DecodeError`."""
    return msgspec.json.decode(data, type=Preview)
