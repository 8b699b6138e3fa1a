"""A row and a log for each script that is run: `running`, then `ready` or `failed` with line and reason.

The log is a blob that grows while the script runs, so that whoever asks, in whatever process, sees what it said so far.
"""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from pullwright.protocol.errors import PullwrightError, SetupFailed
from pullwright.protocol.ids import new_id
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.store.rows.projects import Setup
from pullwright.tasks.store.setups import begin_setup, end_setup, lose_setup, set_key

EVERY = 1.0
"""Seconds between two looks of the log at what is new."""
LARGEST = 16 << 20
"""Bytes of a log that are kept, the last ones; setup's own bound is twice that."""

Say = Callable[[str], None]
"""Called in the event loop with what is to be shown; must return at once."""


def log_name(setup_id: str) -> str:
    """The blob in which a setup's log lies."""
    return f"setups/{setup_id}.log"


def silent(_: str) -> None:
    """Shows nothing."""


class Making:
    """One making of a layer for an environment; without one (`environment_id` empty) nothing is written.

    `asked` is the row of a try that a person asked for: it becomes this making's.
    """

    def __init__(self, premises: Premises, environment_id: str, worker: str, say: Say, asked: str = "") -> None:
        self._premises = premises
        self._environment = environment_id
        self._worker = worker or platform.node()[:64]
        self._say = say
        self._log = bytearray()
        self._kept = 0
        self._asked = asked
        self.id = asked

    def hear(self, data: bytes) -> None:
        """What the script says; secrets are out of it already."""
        self._log += data
        if len(self._log) > LARGEST:
            del self._log[: len(self._log) - LARGEST]
        if text := data.decode("utf-8", "replace"):
            self._say(text)

    async def begin(self, key: str) -> None:
        """A script is about to run. Only one runs for a key on a machine: others that are said to were killed."""
        if self._environment:
            await self._premises.database.write(lose_setup, self._environment, key, self._worker)
        if self._asked:
            await self._premises.database.write(set_key, self._asked, key)
            return
        self.id = new_id("setup")
        if not self._environment:
            return
        setup = Setup(
            id=self.id,
            environment_id=self._environment,
            key=key,
            state="running",
            log=log_name(self.id),
            worker_id=self._worker,
            started=time.time(),
        )
        await self._premises.database.write(begin_setup, setup)

    @asynccontextmanager
    async def told(self) -> AsyncGenerator[None]:
        """Keep the log while the block runs, and how it ended: an error is failing, and is raised on."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        except SetupFailed as error:
            if error.log:
                self._log = bytearray(error.log[-LARGEST:])
                error.log_name = log_name(self.id) if self.id else ""
            await self._end("failed", str(error), error.line)
            raise
        except PullwrightError as error:
            await self._end("failed", str(error))
            raise
        except BaseException:
            await asyncio.shield(self._end("failed", "it was stopped"))
            raise
        else:
            await self._end("ready")
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _end(self, state: str, why: str = "", line: int = 0) -> None:
        if not self.id or not self._environment:
            return
        await asyncio.to_thread(self._premises.blobs.put, log_name(self.id), bytes(self._log))
        await self._premises.database.write(end_setup, self.id, state=state, why=why[:2000], line=line)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self.id and self._environment and len(self._log) != self._kept:
                self._kept = len(self._log)
                await asyncio.to_thread(self._premises.blobs.put, log_name(self.id), bytes(self._log))
