"""A session's events in memory, as the bytes that are kept: what `SqlLog.read` reads without asking the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pullwright.log.lines import event_of
from pullwright.protocol.events import Event


class Tape:
    """Lines 1, 2, 3…; decoded each time they are read, so that a long session costs what its log weighs, not more."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    @property
    def last(self) -> int:
        """The newest line's number; 0 when there is none."""
        return len(self._lines)

    def put(self, after: int, lines: Sequence[bytes]) -> None:
        """Take the lines that follow number `after`; those that are here already are skipped."""
        if after > len(self._lines):
            raise ValueError(f"a gap: line {after + 1} after {len(self._lines)}")
        self._lines.extend(lines[len(self._lines) - after :])

    def read(self, after: int) -> Iterator[Event]:
        """The events after `after`, as they stand now. Raises `LogDamaged` at one that is unreadable."""
        after = max(after, 0)
        for number, line in enumerate(self._lines[after:], after + 1):
            yield event_of(line, number)
