"""A worker's process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pullwright.tasks.engine.engine import Phases
from pullwright.tasks.engine.process import run_worker
from pullwright.tasks.engine.worker import Terms
from pullwright.tasks.service.service import Service

if TYPE_CHECKING:
    from pullwright.tasks.service.config import ServiceConfig


def phases(service: Service) -> Callable[[str], Phases]:
    """What a worker does with a turn."""
    from pullwright.tasks.work.phases import WorkPhases

    return lambda worker: WorkPhases(service, worker)


def terms(config: ServiceConfig) -> Terms:
    """How a worker works."""
    return Terms(folder=config.data / "workers", slots=config.slots, user_slots=config.user_slots, silence=config.silence)


async def work(config: ServiceConfig, *, drain: float, parent: int | None = None) -> None:
    """Be a worker until SIGTERM or SIGINT, then drain. `parent` is a pipe: its end means that the server is gone."""
    from pullwright.cli.serving.serve import Stopping

    stopping = Stopping(drain)
    with stopping.on_signals():
        async with Service.open(config) as service:
            if parent is not None:
                os.set_blocking(parent, False)
                asyncio.get_running_loop().add_reader(parent, stopping.asked.set)
            await run_worker(
                service,
                phases(service),
                data=config.data,
                terms=terms(config),
                stop=stopping.asked,
                drain_seconds=lambda: stopping.seconds,
            )
