"""A worker of a service: the engine with the phases of this room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from pullwright.tasks.engine.process import run_worker
from pullwright.tasks.engine.worker import Terms
from pullwright.tasks.environments.warming import warming
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import follow_turn
from pullwright.tasks.work.phases import WorkPhases
from pullwright.tasks.work.preparing import lay_ahead
from pullwright.tasks.work.sweeping import sweeping
from pullwright.tasks.work.traced import TracedPhases
from pullwright.tasks.work.tries import try_next


def terms_of(service: Service) -> Terms:
    """How a worker of this service works."""
    config = service.config
    return Terms(folder=config.data, slots=config.slots, user_slots=config.user_slots, silence=config.silence)


async def work(service: Service, stop: asyncio.Event, *, drain_seconds: Callable[[], float]) -> None:
    """Be a worker until `stop`, then drain for at most so many seconds: what is not finished by then is given back."""
    async with _warming(service), sweeping(service):
        await run_worker(
            service,
            lambda worker: TracedPhases(WorkPhases(service, worker), worker),
            data=service.config.data,
            terms=terms_of(service),
            stop=stop,
            drain_seconds=drain_seconds,
            follow=follow_turn,
        )


def _warming(service: Service) -> AbstractAsyncContextManager[None]:
    """What waiting turns need is made, and what people want tried is run, beside the turns."""
    return warming(service.database, service.bells, lambda turn: lay_ahead(service, turn), lambda: try_next(service))


@asynccontextmanager
async def worker_within(service: Service, *, drain: float = 10.0) -> AsyncGenerator[None]:
    """A worker within this process, for as long as the block lasts; then it drains."""
    stop = asyncio.Event()
    working = asyncio.create_task(work(service, stop, drain_seconds=lambda: drain))
    try:
        yield
    finally:
        stop.set()
        await working
