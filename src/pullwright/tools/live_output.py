"""A running command's output for whoever watches: whole lines, redacted, bounded; a flood skips pieces."""

from __future__ import annotations

import asyncio

from pullwright.protocol.live import OutputDelta
from pullwright.tools.tool import Bench

_EVERY = 0.05
_MOST = 8_000
_LONGEST_LINE = 4_000


class LiveOutput:
    """Gathers pieces and shows them some 20 times a second, at most 8 kB each time. `close` shows the rest."""

    def __init__(self, bench: Bench, call_id: str) -> None:
        self._bench = bench
        self._call_id = call_id
        self._held = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, data: bytes) -> None:
        """Take a piece of output (a `sandbox.OnOutput`)."""
        self._held += data
        if len(self._held) > 4 * _MOST:
            del self._held[: len(self._held) - 2 * _MOST]
            del self._held[: self._held.find(b"\n") + 1]
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY, self._tick)

    def _tick(self) -> None:
        self._timer = None
        end = self._held.rfind(b"\n") + 1
        if not end and len(self._held) > _LONGEST_LINE:
            end = len(self._held)
        self._show(end)

    def close(self) -> None:
        """Show what is left, and no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._show(len(self._held))

    def _show(self, end: int) -> None:
        if not end:
            return
        piece = self._bench.redact(bytes(self._held[:end]))
        del self._held[:end]
        self._bench.show(OutputDelta(self._call_id, piece[-_MOST:].decode(errors="replace")))
