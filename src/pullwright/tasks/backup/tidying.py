"""What a running server does by itself, each hour: let go of what is older than it is to be kept, sum the days that are over."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from pullwright.log.blobs import Blobs
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.backup.retention import let_go
from pullwright.tasks.store.records import Retention
from pullwright.tasks.store.usage_days import roll_up

FIRST = 60.0
EVERY = 3600.0

_LOG = logging.getLogger("pullwright.tidying")


async def tidy(database: Database, blobs: Blobs, keep: Retention, *, first: float = FIRST, every: float = EVERY) -> None:
    """Until cancelled. What fails is logged and tried again the next time; several servers may do it at once."""
    halt = threading.Event()
    await asyncio.sleep(first)
    try:
        while True:
            await _once(database, blobs, keep, halt)
            await asyncio.sleep(every)
    finally:
        halt.set()


async def _once(database: Database, blobs: Blobs, keep: Retention, halt: threading.Event) -> None:
    try:
        await database.write(roll_up, time.time())
        gone = await asyncio.to_thread(let_go, database, blobs, keep, halt=halt)
    except PullwrightError as error:
        _LOG.warning("nothing was tidied: %s", error)
    else:
        if gone.tasks or gone.outputs:
            _LOG.info("let go of %d tasks, and of the outputs of %d attempts", gone.tasks, gone.outputs)
