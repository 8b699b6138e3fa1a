"""What runs a turn's workflow durably, and the workflow itself.

    Phases      prepare ─▶ run ─▶ publish        fail, when one of them raised
    Engine      MemoryEngine · DbosEngine

A phase that returned is not begun again, whoever goes on with the turn; the one that was running when its process ended is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from pullwright.protocol.errors import PullwrightError

PHASES = ("prepare", "run", "publish")
"""In their order. Changing it means raising `dbos_engine.VERSION`."""

LARGEST = 20_000
"""Characters that a phase may hand to the engine, which is no store for data."""


class Phases(Protocol):
    """A turn's workflow. Each phase may be begun again, also while another process still thinks that it has the turn.

    A phase returns a little JSON text. `PullwrightError` ends the turn through `fail` (`TryAgainLater` and `SandboxLost` only
    after some tries); `LogConflict` means that another worker has it by now, and ends nothing; so does being cancelled, which is
    how a worker that stops gives a turn back.
    """

    async def prepare(self, turn: str) -> str:
        """All that the turn needs before its sandbox opens."""
        ...

    async def run(self, turn: str) -> str:
        """The turn itself and its clean runs. It resumes from the log."""
        ...

    async def publish(self, turn: str) -> str:
        """What goes out: branch, pull request, comments. Each effect looks for its own mark first."""
        ...

    async def fail(self, turn: str, error: PullwrightError) -> str:
        """End the turn as failed, if it has not ended. What it raises leaves the turn open, to be tried again."""
        ...


class Engine(Protocol):
    """Runs the workflows of turns in this process, on the event loop that called `start`, and remembers where each stands."""

    async def start(self, phases: Phases) -> None:
        """Open what the engine keeps. Nothing runs yet."""
        ...

    async def enqueue(self, turn: str) -> None:
        """Run the turn here: from its start or, where another process began it and is gone, from the phase it was in.

        Nothing happens when it already runs here.
        """
        ...

    def running(self) -> frozenset[str]:
        """The turns whose workflows run in this process now."""
        ...

    async def halt(self, turns: Iterable[str]) -> None:
        """Stop these here without an outcome (their phases are cancelled), so that somebody may go on with them."""
        ...

    async def left_behind(self, workers: Collection[str]) -> list[str]:
        """The turns whose workflows have not ended and are none of these workers'."""
        ...

    async def tidy(self, workers: Collection[str]) -> None:
        """Forget workflows that ended a while ago, and what was kept for workers other than these."""
        ...

    async def stop(self, *, drain: float) -> None:
        """Wait up to `drain` seconds for what runs, halt the rest, close. Also after a `start` that failed; twice is once."""
        ...
