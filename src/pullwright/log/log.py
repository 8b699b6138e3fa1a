"""The log of one session: what every store of events must do.

Log          append with expected sequence and generation, read, tail, sync
Artifacts    large things beside the log, by name
Recorder     (recorder.py) the one writer: stamps events, appends them, then shows them
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

from pullwright.protocol.events import Event


class Artifacts(Protocol):
    """Large things beside a log: command output, diffs, images, reports.

    Names are relative paths without `..`; `put` replaces atomically.
    """

    def put(self, name: str, data: bytes) -> str:
        """Keep `data` under `name` and return the name."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes kept under `name`. Raises `KeyError` when there are none."""
        ...

    def names(self) -> Sequence[str]:
        """All names, sorted."""
        ...


class Log(Protocol):
    """An append-only sequence of events, 1, 2, 3…, of one session."""

    session: str

    @property
    def artifacts(self) -> Artifacts:
        """What is kept beside the events."""
        ...

    @property
    def last_seq(self) -> int:
        """The newest event's sequence number; 0 when the log is empty."""
        ...

    @property
    def generation(self) -> int:
        """The generation of the newest writer; a writer with an older one is refused."""
        ...

    async def append(self, events: Sequence[Event], *, expected_seq: int, generation: int) -> int:
        """Append events numbered from `expected_seq + 1` and return the new last sequence number.

        All or nothing. Survives `kill -9` of the writer once it returns; a power cut only after `sync`.
        Raises `LogConflict` when `last_seq` is not `expected_seq` or `generation` is older than the log's.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Event]:
        """The events after `after`, in order, as they stand now. Raises `LogDamaged` on an unreadable middle."""
        ...

    def tail(self, after: int = 0) -> AsyncIterator[Event]:
        """The events after `after`, then each new one as it is appended, until the caller stops."""
        ...

    async def sync(self) -> None:
        """Make everything appended so far survive a power cut (fsync)."""
        ...
