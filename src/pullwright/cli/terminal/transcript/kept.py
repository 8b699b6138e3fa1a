"""What is kept beside the log, as far as a reader is shown it: bounded, and never an error when it is gone."""

from __future__ import annotations

import msgspec

from pullwright.cli.terminal.transcript.safe import output
from pullwright.log.detached import attach
from pullwright.log.log import Artifacts
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.items import Item

EDGE = 16 << 10
"""Bytes at either end of an output that are looked at for its first and last lines."""


class Ends(msgspec.Struct, frozen=True):
    """An output's first and last lines, and how many lines lie between them. What is kept: `size` in bytes, `lines`."""

    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    left_out: int = 0
    size: int = 0
    lines: int = 0


class Kept:
    """Reads artifacts. `None` for a log that has none beside it."""

    def __init__(self, artifacts: Artifacts | None) -> None:
        self._artifacts = artifacts

    def data(self, name: str) -> bytes:
        """The whole; empty when it is not there (any more)."""
        try:
            return self._artifacts.get(name) if self._artifacts is not None and name else b""
        except (KeyError, OSError, ValueError, PullwrightError):
            return b""

    def text(self, name: str) -> str:
        """The whole as text."""
        return self.data(name).decode(errors="replace")

    def end(self, name: str, most: int) -> tuple[str, int]:
        """The last `most` bytes as text, begun at a line, and how many bytes stand before them."""
        data = self.data(name)
        if len(data) <= most:
            return output(data.decode(errors="replace")), 0
        start = data.find(b"\n", len(data) - most) + 1 or len(data) - most
        return output(data[start:].decode(errors="replace")), start

    def ends(self, name: str, head: int, tail: int) -> Ends:
        """The first `head` and the last `tail` lines; of an output hardly longer than that, all."""
        data = self.data(name)
        if not data:
            return Ends()
        if len(data) <= 2 * EDGE:
            lines = output(data.decode(errors="replace")).rstrip("\n").split("\n")
            if len(lines) <= head + tail + (head > 0):
                return Ends(head=tuple(lines), size=len(data)) if any(lines) else Ends()
            return Ends(tuple(lines[:head]), tuple(lines[len(lines) - tail :]), len(lines) - head - tail, len(data))
        first = output(data[:EDGE].decode(errors="replace")).split("\n")[:head]
        last = output(data[-EDGE:].decode(errors="replace")).rstrip("\n").split("\n")
        last = last[len(last) - min(tail, len(last)) :]
        whole = data.count(b"\n") + (not data.endswith(b"\n"))
        return Ends(tuple(first), tuple(last), max(0, whole - len(first) - len(last)), len(data), whole)

    def item(self, raw: msgspec.Raw) -> Item:
        """The item of a logged event, whole again as far as that can be done."""
        try:
            return Item(attach(bytes(raw), self._artifacts)) if self._artifacts is not None else Item(bytes(raw))
        except PullwrightError:
            return Item(bytes(raw))

    def words(self, text: str) -> str:
        """A text that may have left its event for an artifact, brought back."""
        if self._artifacts is None or not text.startswith("pullwright-artifact:"):
            return text
        try:
            return msgspec.json.decode(self.data(text.partition(":")[2]), type=str)
        except msgspec.DecodeError:
            return "(a text that is no longer kept)"
