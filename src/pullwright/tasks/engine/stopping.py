"""Being told to stop: by a signal, or by whoever holds the `Stopping`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager


class Stopping:
    """Told to stop, once or with emphasis. `seconds` is how long what runs may still take."""

    def __init__(self, seconds: float) -> None:
        self.asked = asyncio.Event()
        self.seconds = seconds

    def ask(self) -> None:
        """Stop; the second time without waiting for what runs."""
        if self.asked.is_set():
            self.seconds = 0.0
        self.asked.set()

    @contextmanager
    def on_signals(self) -> Generator[None, None, None]:
        """SIGINT and SIGTERM ask."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.ask)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
