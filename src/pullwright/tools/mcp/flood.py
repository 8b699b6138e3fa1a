"""How much a server may say."""

from __future__ import annotations

LINE = 16 << 20
"""Bytes of one message."""

BETWEEN = 32 << 20
"""Bytes of all that it says from one call of ours to the next."""


class Flooded(Exception):
    """It said more than it may; it is cut off."""


class Meter:
    """Counts what a server says. `call()` begins a new count; `flood` says why it was cut off, empty while it was not.

    `status` is the last HTTP status that was an error, of a server that is spoken to over HTTP.
    """

    def __init__(self, between: int = BETWEEN) -> None:
        self._between = between
        self._count = 0
        self.flood = ""
        self.status = 0

    def call(self) -> None:
        """We ask for something: it may answer."""
        self._count = 0

    def take(self, size: int, fits: bool = True) -> None:
        """It said `size` bytes more, of a message that `fits` or not. Raises `Flooded` beyond the bounds."""
        self._count += size
        if self._count > self._between:
            self.flood = f"it wrote more than {self._between >> 20} MiB unasked or in one answer, and was cut off"
        elif not fits:
            self.flood = f"it wrote a message of more than {LINE >> 20} MiB and was cut off"
        if self.flood:
            raise Flooded(self.flood)


class Lines:
    """Bytes as they come, cut into lines; raises `Flooded` for a line that is too long."""

    def __init__(self, meter: Meter, longest: int = LINE) -> None:
        self._meter = meter
        self._longest = longest
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends and without empty ones."""
        self._meter.take(len(data))
        first, *rest = data.split(b"\n")
        self._add(first)
        lines: list[bytes] = []
        for piece in rest:
            lines.append(b"".join(self._parts))
            self._parts, self._size = [], 0
            self._add(piece)
        return [line for line in lines if line.strip()]

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        self._meter.take(0, self._size <= self._longest)
        self._parts.append(piece)
