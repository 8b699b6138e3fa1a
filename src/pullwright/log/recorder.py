"""The one writer of a session's log: stamps events, logs them, then shows them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec

from pullwright.log.detached import detach
from pullwright.log.log import Log
from pullwright.protocol.events import Event, Noticed
from pullwright.protocol.live import Live

Watcher = Callable[["Event | Live"], None]


class Recorder:
    """Writes a session's events in order, with `turn`, `step`, time and number stamped on.

    An event is shown to the watchers only after it is logged, as it was logged. What could not be logged (a
    cancelled wait, a full disk) stays in line and goes first with the next `record` or `flush`.
    """

    def __init__(self, log: Log, generation: int | None = None, clock: Callable[[], float] = time.time) -> None:
        self.log = log
        self.generation = log.generation if generation is None else generation
        self.turn = ""
        self.step = 0
        self._clock = clock
        self._seq = log.last_seq
        self._line: list[Event] = []
        self._watchers: list[Watcher] = []
        self._lock = asyncio.Lock()

    @property
    def seq(self) -> int:
        """The number of the last event that was logged."""
        return self._seq

    async def record(self, *events: Event) -> None:
        """Log the events (after those posted before) and show them. Raises what `Log.append` raises."""
        for event in events:
            self.post(event)
        await self.flush()

    def post(self, event: Event) -> None:
        """Put an event in line; it is logged and shown with the next `record` or `flush`.

        Turn, step and time are stamped now. Images and oversized strings become artifacts.
        """
        stamped = msgspec.structs.replace(
            event, time=event.time or round(self._clock(), 6), turn=event.turn or self.turn, step=event.step or self.step
        )
        self._line.append(detach(stamped, self.log.artifacts))

    async def flush(self) -> None:
        """Log and show what stands in line."""
        async with self._lock:
            while self._line:
                first = self._seq + 1
                batch = [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(self._line, first)]
                self._seq = await self.log.append(batch, expected_seq=self._seq, generation=self.generation)
                del self._line[: len(batch)]
                for event in batch:
                    self.show(event)

    async def sync(self) -> None:
        """Flush, then make everything survive a power cut."""
        await self.flush()
        await self.log.sync()

    def show(self, frame: Event | Live) -> None:
        """Hand a frame to the watchers at once. One that raises is taken off, and the log says so."""
        for watcher in tuple(self._watchers):
            try:
                watcher(frame)
            except Exception as error:  # a reader's fault (a closed pipe) must not end the work that is read about
                self._watchers.remove(watcher)
                self.post(Noticed(level="error", text=f"a watcher of this session failed and was taken off: {error!r}"))

    def watch(self, callback: Watcher) -> Callable[[], None]:
        """Call `callback` with each event (once logged) and live frame from now on, until the returned function is called."""
        self._watchers.append(callback)

        def stop() -> None:
            if callback in self._watchers:
                self._watchers.remove(callback)

        return stop
