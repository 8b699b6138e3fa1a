"""What a server process has heard of its open calls, in a file that outlives kill -9: FOLDER/ID, mapped into memory.

The file is locked (`flock`) while the process lives, and goes with it. Each open call has a slot of fixed size; to note what came
is to write 8 bytes into memory. Whoever can lock another process's file knows that it has ended, and reads what it left.

    slot    id 48 · bytes heard 8 · seconds to the first 8 · dollars a token of output 8
            · status 16 · input, cached, cache written, output, reasoning 5 x 8 · dollars 8 · seconds 8 · 1 once these hold
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixMachine
from pullwright.protocol.usage import Usage

SLOT = 160
SLOTS = 256
"""Slots of a new journal; it doubles when they are taken."""
_OPENED = struct.Struct("<qdd")
_HEARD = struct.Struct("<q")
_FIRST = struct.Struct("<d")
_ENDED = struct.Struct("<16s5qdd")
_ID, _AT, _END, _WHOLE = 48, 48, 72, 152
_NONE = math.nan


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What a slot says. `usage`, `cost_usd`, `seconds`: of a call whose provider had counted it, but whose row was not closed."""

    heard: int
    first_seconds: float | None
    token_usd: float | None
    status: str = ""
    usage: Usage | None = None
    cost_usd: float | None = None
    seconds: float = 0.0


class Journal:
    """A process's own journal. Raises `FixMachine` where there is no room for it."""

    def __init__(self, path: Path, fd: int, slots: int = SLOTS) -> None:
        self.path = path
        self._fd = fd
        os.posix_fallocate(fd, 0, slots * SLOT)  # a page without a place on disk would end the process when it is written
        self._map = mmap.mmap(fd, slots * SLOT)
        self._free = list(range(slots - 1, -1, -1))

    @classmethod
    def open(cls, folder: Path, server_id: str) -> Journal:
        """A new, locked one (blocking)."""
        path = folder / server_id
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            while True:
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(fd, fcntl.LOCK_EX)
                if _is_at(fd, path):
                    return cls(path, fd)
                os.close(fd)  # somebody took it for one that was left, in the moment before it was locked
        except OSError as error:
            raise FixMachine(f"{path} cannot be made: {error.strerror}", fix="Make room in the data folder.") from error

    def begin(self, call_id: str, token_usd: float | None) -> int:
        """A slot for a call; -1 when the disk has no room for more: then nothing is kept of it here."""
        if not self._free and not self._grow():
            return -1
        slot = self._free.pop()
        at = slot * SLOT
        _OPENED.pack_into(self._map, at + _AT, 0, _NONE, _NONE if token_usd is None else token_usd)
        self._map[at + _WHOLE] = 0
        self._map[at : at + _ID] = call_id.encode()[:_ID].ljust(_ID, b"\0")
        return slot

    def heard(self, slot: int, total: int) -> None:
        """So many bytes came by now."""
        if slot >= 0:
            _HEARD.pack_into(self._map, slot * SLOT + _AT, total)

    def first(self, slot: int, seconds: float) -> None:
        """The first of them came after so many seconds."""
        if slot >= 0:
            _FIRST.pack_into(self._map, slot * SLOT + _AT + 8, seconds)

    def ended(self, slot: int, status: str, usage: Usage, cost_usd: float | None, seconds: float) -> None:
        """The provider counted it. This holds until the row says so."""
        if slot < 0:
            return
        counts = (usage.input, usage.cached, usage.cache_written, usage.output, usage.reasoning)
        cost = _NONE if cost_usd is None else cost_usd
        _ENDED.pack_into(self._map, slot * SLOT + _END, status.encode()[:16], *counts, cost, seconds)
        self._map[slot * SLOT + _WHOLE] = 1

    def free(self, slot: int) -> None:
        """The call's row is closed."""
        if slot >= 0:
            self._map[slot * SLOT : slot * SLOT + _ID] = bytes(_ID)
            self._free.append(slot)

    def close(self) -> None:
        """Let go of it (blocking). It goes, unless calls are open whose rows could not be closed: somebody else will."""
        taken = len(self._map) // SLOT - len(self._free)
        self._map.close()
        if not taken:
            self.path.unlink(missing_ok=True)
        os.close(self._fd)

    def _grow(self) -> bool:
        size = len(self._map)
        try:
            os.posix_fallocate(self._fd, size, size)
            self._map.resize(2 * size)
        except OSError:
            return False
        self._free = list(range(2 * size // SLOT - 1, size // SLOT - 1, -1))
        return True


class LeftBehind:
    """The journal of a process that has ended, held so that nobody else sees to it."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self._fd = fd

    @property
    def server_id(self) -> str:
        """Whose it was."""
        return self.path.name

    def read(self) -> dict[str, Left]:
        """What it says, by call (blocking)."""
        with self.path.open("rb") as file:
            data = file.read()
        found: dict[str, Left] = {}
        for at in range(0, len(data) - SLOT + 1, SLOT):
            if call_id := data[at : at + _ID].rstrip(b"\0").decode(errors="replace"):
                found[call_id] = _left(data, at)
        return found

    def remove(self) -> None:
        """It was seen to (blocking)."""
        self.path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let go of it; safe to call twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def take_left(folder: Path) -> list[LeftBehind]:
    """The journals of processes that have ended, each held by the one who takes it (blocking)."""
    found: list[LeftBehind] = []
    for path in sorted(folder.glob("server_*")):
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        if _lock(fd) and _is_at(fd, path):
            found.append(LeftBehind(path, fd))
        else:
            os.close(fd)
    return found


def journals_in(folder: Path) -> set[str]:
    """Whose journals there are (blocking)."""
    return {path.name for path in folder.glob("server_*")}


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def _left(data: bytes, at: int) -> Left:
    heard, first, token = _OPENED.unpack_from(data, at + _AT)
    left = Left(heard=heard, first_seconds=_number(first), token_usd=_number(token))
    if not data[at + _WHOLE]:
        return left
    status, given, cached, written, output, reasoning, cost, seconds = _ENDED.unpack_from(data, at + _END)
    usage = Usage(input=given, cached=cached, cache_written=written, output=output, reasoning=reasoning)
    return msgspec.structs.replace(
        left,
        status=status.rstrip(b"\0").decode(errors="replace"),
        usage=usage,
        cost_usd=_number(cost),
        seconds=seconds,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
