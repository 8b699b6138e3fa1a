"""A worker through all of its lives, one after another, in a process of its own or in the server's, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.protocol.ids import new_id
from pullwright.tasks.engine.engine import Phases
from pullwright.tasks.engine.gate import Follow, nobody_follows
from pullwright.tasks.engine.worker import Terms, Worker

AGAIN = 5.0
"""Seconds until a life that could not begin is tried again; the first one raises."""

_LOG = logging.getLogger("pullwright.worker")


class Served(Protocol):
    """What a worker needs of a service (`tasks.service.service.Service`)."""

    @property
    def database(self) -> Database:
        """The store."""
        ...

    @property
    def bells(self) -> Bells:
        """Doorbells."""
        ...


async def run_worker(
    service: Served,
    phases: Callable[[str], Phases],
    *,
    data: Path,
    terms: Terms,
    stop: asyncio.Event,
    drain_seconds: Callable[[], float] = lambda: 60.0,
    follow: Follow = nobody_follows,
) -> None:
    """Be a worker until `stop`, through as many lives as it takes. `phases` makes the phases of a life, by the worker's id."""
    from pullwright.tasks.engine.dbos_engine import DbosEngine, engine_url

    lives = 0
    while not stop.is_set():
        id_ = new_id("wrk")
        url = engine_url(service.database.url, data)
        engine = DbosEngine(url, id_, ended=lambda: service.bells.ring("turns"))
        worker = Worker(service.database, service.bells, engine, id=id_, terms=terms, follow=follow)
        try:
            if await worker.live(phases(id_), stop, drain_seconds=drain_seconds):
                return
            lives += 1
        except Exception:
            if not lives:
                raise
            _LOG.exception("a further life could not begin")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN)
