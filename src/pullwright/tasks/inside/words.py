"""What is said at an attempt's socket. A frame is four bytes of length, then one record in MessagePack.

asked       OpenTerminal | ListFolder | ReadFile | ListPorts | OpenPort       the first frame, and the only one but for a terminal
answered    Folder | Content | Ports | Opened | Refused
then        a terminal: Typed, Resized, Took inwards; Printed, Ended outwards
            a port: plain bytes both ways
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec

LARGEST = 20 << 20
"""Bytes of a frame; whoever sends a longer one is not of ours."""


class _Word(msgspec.Struct, frozen=True, kw_only=True, tag_field="word"):
    pass


class OpenTerminal(_Word, frozen=True, tag="terminal"):
    """A shell in the workspace, for `by`, of so many columns and rows."""

    by: str
    columns: int
    rows: int


class ListFolder(_Word, frozen=True, tag="folder"):
    """What lies in a folder of the workspace."""

    path: str


class ReadFile(_Word, frozen=True, tag="file"):
    """A file of the workspace, up to `most` bytes."""

    path: str
    most: int


class ListPorts(_Word, frozen=True, tag="ports"):
    """Which ports something inside listens on."""


class OpenPort(_Word, frozen=True, tag="port"):
    """A connection to a port. With `by` the log tells who opened it."""

    port: int
    by: str = ""


Asked = OpenTerminal | ListFolder | ReadFile | ListPorts | OpenPort


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a folder; `changed` is in seconds since 1970."""

    name: str
    kind: Literal["file", "folder", "link", "other"]
    size: int
    changed: float


class Folder(_Word, frozen=True, tag="listed"):
    """A folder: folders first, by name; `left_out` says that there are more."""

    entries: tuple[Entry, ...]
    left_out: bool


class Content(_Word, frozen=True, tag="content"):
    """A file's beginning, and how large the whole is."""

    data: bytes
    size: int


class Ports(_Word, frozen=True, tag="listening"):
    """Where the workspace lies inside, and the ports."""

    at: str
    ports: tuple[int, ...]


class Opened(_Word, frozen=True, tag="opened"):
    """The terminal, or the connection, is there."""


class Refused(_Word, frozen=True, tag="refused"):
    """It is not done. `missing`: there is no such thing."""

    why: str
    fix: str = ""
    missing: bool = False


Answered = Folder | Content | Ports | Opened | Refused


class Typed(_Word, frozen=True, tag="typed"):
    """What the person typed."""

    data: bytes


class Resized(_Word, frozen=True, tag="resized"):
    """The terminal's new size."""

    columns: int
    rows: int


class Took(_Word, frozen=True, tag="took"):
    """So many bytes of output were shown: as many more may come."""

    count: int


class Printed(_Word, frozen=True, tag="printed"):
    """What the terminal printed."""

    data: bytes


class Ended(_Word, frozen=True, tag="ended"):
    """The shell has ended: with a code, or (None) with the sandbox or by a signal."""

    exit_code: int | None


Said = Typed | Resized | Took
Shown = Printed | Ended

_ASKED, _ANSWERED, _SAID, _SHOWN = (msgspec.msgpack.Decoder[Any](kind) for kind in (Asked, Answered, Said, Shown))


async def read_asked(reader: asyncio.StreamReader) -> Asked | None:
    """What is asked for; None when the other side has ended. Raises `ValueError` for what is none of these, as the others do."""
    return await _read(reader, _ASKED)


async def read_answered(reader: asyncio.StreamReader) -> Answered | None:
    """What is answered."""
    return await _read(reader, _ANSWERED)


async def read_said(reader: asyncio.StreamReader) -> Said | None:
    """What the person does at a terminal."""
    return await _read(reader, _SAID)


async def read_shown(reader: asyncio.StreamReader) -> Shown | None:
    """What the terminal shows."""
    return await _read(reader, _SHOWN)


async def _read(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[Any]) -> Any:
    try:
        size = int.from_bytes(await reader.readexactly(4), "big")
        if size > LARGEST:
            raise ValueError(f"a frame of {size} bytes")
        return decoder.decode(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def frame(record: _Word) -> bytes:
    """The frame of a record."""
    data = msgspec.msgpack.encode(record)
    return len(data).to_bytes(4, "big") + data
