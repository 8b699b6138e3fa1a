"""A command's output, bounded in memory however much there is: head, tail, count, digest; the whole of it in a file."""

from __future__ import annotations

import hashlib
from io import BufferedWriter, FileIO
from pathlib import Path

HEAD_BYTES = 64 << 10
TAIL_BYTES = 64 << 10
UNSEEN_BYTES = 256 << 10


class Output:
    """Takes output piece by piece. `close()` closes the file that keeps it; more may still be fed, to the tail only."""

    def __init__(self, keep: Path | None = None, keep_bytes: int = 0) -> None:
        self.count = 0
        self._head = bytearray()
        self._tail = bytearray()
        self._unseen = bytearray()
        self._unseen_left_out = 0
        self._digest = hashlib.sha256()
        self._left_to_keep = keep_bytes
        self._keep: FileIO | BufferedWriter | None = None
        if keep is not None:
            keep.parent.mkdir(parents=True, exist_ok=True)
            self._keep = keep.open("wb", buffering=0)

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        self.count += len(data)
        self._digest.update(data)
        if self._keep is not None and self._left_to_keep > 0:
            try:
                self._left_to_keep -= self._keep.write(data[: self._left_to_keep])
            except OSError:  # a full disk: the command runs on, and its head and tail are known all the same
                self._left_to_keep = 0
        room = HEAD_BYTES - len(self._head)
        if room > 0:
            self._head += data[:room]
        _append(self._tail, data[room:] if room > 0 else data, TAIL_BYTES)
        self._unseen_left_out += _append(self._unseen, data, UNSEEN_BYTES)

    @property
    def head(self) -> bytes:
        """The beginning, at most `HEAD_BYTES`."""
        return bytes(self._head)

    @property
    def tail(self) -> bytes:
        """The end that is not part of the head, at most `TAIL_BYTES`."""
        return bytes(self._tail[-TAIL_BYTES:])

    @property
    def sha256(self) -> str:
        """The digest of all of it so far."""
        return self._digest.hexdigest()

    def take(self, limit: int) -> tuple[bytes, int]:
        """What came since the last call: at most `limit` bytes of its end, and how many bytes were left out."""
        start = max(0, len(self._unseen) - limit)
        taken, left_out = bytes(self._unseen[start:]), self._unseen_left_out + start
        self._unseen.clear()
        self._unseen_left_out = 0
        return taken, left_out

    def close(self) -> None:
        """Close the file that keeps the whole output."""
        if self._keep is not None:
            self._keep.close()
            self._keep = None


def _append(buffer: bytearray, data: bytes, bound: int) -> int:
    """Append, keeping between `bound` and twice `bound` bytes (so that it is cheap); returns how many were dropped."""
    buffer += data
    if len(buffer) <= 2 * bound:
        return 0
    dropped = len(buffer) - bound
    del buffer[:dropped]
    return dropped
