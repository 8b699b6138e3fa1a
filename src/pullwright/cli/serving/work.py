"""A worker's process."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from pullwright.tasks.engine.stopping import Stopping
from pullwright.tasks.service.service import Service
from pullwright.tasks.work.worker import work as be_at_work

if TYPE_CHECKING:
    from pullwright.tasks.service.config import ServiceConfig


async def work(config: ServiceConfig, *, drain: float, parent: int | None = None) -> None:
    """Be a worker until SIGTERM or SIGINT, then drain. `parent` is a pipe: its end means that the server is gone."""
    stopping = Stopping(drain)
    with stopping.on_signals():
        async with Service.open(config) as service:
            if parent is not None:
                os.set_blocking(parent, False)
                asyncio.get_running_loop().add_reader(parent, stopping.asked.set)
            await be_at_work(service, stopping.asked, drain_seconds=lambda: stopping.seconds)
