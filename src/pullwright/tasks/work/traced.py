"""Each phase of a turn as a span and as a line of the worker's log: what it was, how long it took, how it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable

from opentelemetry import trace

from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.engine.engine import Phases

LOG = logging.getLogger("pullwright.worker")
TRACER = trace.get_tracer("pullwright.worker")


class TracedPhases:
    """`inner`, watched. Nothing of what a phase returns or raises is changed."""

    def __init__(self, inner: Phases, worker: str) -> None:
        self.inner = inner
        self.worker = worker

    async def prepare(self, turn: str) -> str:
        """See `Phases.prepare`."""
        return await self._told("prepare", turn, self.inner.prepare(turn))

    async def run(self, turn: str) -> str:
        """See `Phases.run`."""
        return await self._told("run", turn, self.inner.run(turn))

    async def publish(self, turn: str) -> str:
        """See `Phases.publish`."""
        return await self._told("publish", turn, self.inner.publish(turn))

    async def fail(self, turn: str, error: PullwrightError) -> str:
        """See `Phases.fail`."""
        return await self._told("fail", turn, self.inner.fail(turn, error))

    async def _told(self, phase: str, turn: str, doing: Awaitable[str]) -> str:
        began = time.monotonic()
        how = "broke off"
        with TRACER.start_as_current_span(f"turn.{phase}", attributes={"turn": turn, "worker": self.worker}) as span:
            try:
                result = await doing
                how = result if phase == "run" else "done"
                return result
            finally:
                span.set_attribute("ended", how)
                seconds = round(time.monotonic() - began, 3)
                told = {"turn": turn, "worker": self.worker, "seconds": seconds}
                LOG.info("%s of %s: %s", phase, turn, how, extra=told)
