"""The inbox of a turn in a terminal: durable inputs from anywhere, and this process's own interrupts at once."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from pullwright.log.inbox import POLL, FileInbox
from pullwright.protocol.inputs import Input, Interrupt


class TerminalInbox(FileInbox):
    """A `FileInbox` that also gives out what a signal handler of this process says.

    Such an interrupt is meant for this process alone: kept in memory, so that it cannot stop a later resume.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._now: list[Input] = []
        self._came = asyncio.Event()

    def interrupt(self, given: Interrupt) -> None:
        """Stop the turn of this process."""
        self._now.append(given)
        self._came.set()

    def take(self) -> list[Input]:
        """See `Inbox.take`."""
        taken, self._now = self._now, []
        return [*taken, *super().take()]

    async def wait(self, timeout: float | None) -> Input | None:
        """See `Inbox.wait`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while True:
                    if self._now:
                        return self._now.pop(0)
                    for path in self._waiting():
                        if given := self._give(path):
                            return given
                    self._came.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._came.wait(), POLL)
        return None
