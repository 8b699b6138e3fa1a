"""Worker processes of a server. One that ends by itself is started again; all of them end with the server, whatever kills it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pullwright.tasks.service.config import ServiceConfig

LOG = logging.getLogger("pullwright.server")
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LAST = 10.0
"""Seconds beyond draining after which a child is killed."""


class Children:
    """`count` workers. `run` returns when `stop` is set and all have ended."""

    def __init__(self, config: ServiceConfig, count: int, stop: asyncio.Event, seconds: Callable[[], float]) -> None:
        self.config = config
        self.count = count
        self.stop = stop
        self.seconds = seconds

    async def run(self) -> None:
        """Keep the workers alive until `stop`, then have them drain."""
        reading, writing = os.pipe()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.count):
                    group.create_task(self._keep(reading))
        finally:
            os.close(reading)
            os.close(writing)

    async def _keep(self, reading: int) -> None:
        pause = FIRST_PAUSE
        while not self.stop.is_set():
            began = asyncio.get_running_loop().time()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pullwright", "worker", "--parent", str(reading)),
                env=self._environment(),
                pass_fds=(reading,),
                start_new_session=True,  # Ctrl-C is the server's to pass on
            )
            if await self._ended(process):
                return
            LOG.warning("a worker ended by itself with %s", process.returncode)
            long = asyncio.get_running_loop().time() - began > LONGEST_PAUSE
            pause = FIRST_PAUSE if long else min(pause * 2, LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.stop.wait()

    async def _ended(self, process: asyncio.subprocess.Process) -> bool:
        """Wait for a worker's end; True when it was asked to."""
        waiting = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not self.stop.is_set():
                return False
            await self._drained(process, waiting)
            return True
        finally:
            stopped.cancel()
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _drained(self, process: asyncio.subprocess.Process, waiting: asyncio.Task[int]) -> None:
        loop = asyncio.get_running_loop()
        since, hurried = loop.time(), False
        _tell(process, signal.SIGTERM)
        while not waiting.done() and loop.time() - since < self.seconds() + LAST:
            await asyncio.wait({waiting}, timeout=0.1)
            if not hurried and not self.seconds():
                hurried = True
                _tell(process, signal.SIGTERM)

    def _environment(self) -> dict[str, str]:
        """The settings that a flag of the server's may have changed; secrets of an address stay out of the command line."""
        config = self.config
        return {
            **os.environ,
            "PULLWRIGHT_SERVER_DATA": str(config.data),
            "PULLWRIGHT_SERVER_DATABASE": config.database,
            "PULLWRIGHT_SERVER_BLOBS": config.blobs,
            "PULLWRIGHT_SERVER_SLOTS": str(config.slots),
            "PULLWRIGHT_SERVER_USER_SLOTS": str(config.user_slots),
        }


def _tell(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
