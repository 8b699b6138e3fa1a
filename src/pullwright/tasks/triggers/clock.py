"""What happens without anybody asking just then: deliveries dealt with, schedules, comments on progress, changes published late.

Every process of a service may keep the time: who does holds a lease in the database, and another takes over when it ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.tasks.publishing.late import find_merged, publish_late
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.settings import get_setting, hold_setting, put_setting
from pullwright.tasks.triggers.deliveries import deal_with_new
from pullwright.tasks.triggers.progress import tell_progress
from pullwright.tasks.triggers.schedules import dispatch_due

EVERY = 2.0
"""Seconds between two looks where no bell rings."""
LEASE = 15.0
NAME = "clock"
_LOG = logging.getLogger("pullwright.clock")


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who keeps the time, and until when."""

    holder: str = ""
    until: float = 0.0


async def keep_time(service: Service, stop: asyncio.Event) -> None:
    """Keep the time until `stop`, whenever nobody else does."""
    holder = new_id("clk")
    async with service.bells.listen("deliveries") as deliveries, service.bells.listen("tasks") as changes:
        while not stop.is_set():
            if await _held(service, holder):
                async with _renewed(service, holder):
                    await _look(service)
            waits = [asyncio.ensure_future(wait) for wait in (deliveries.wait(EVERY), changes.wait(EVERY), stop.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=EVERY)
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
    await service.database.write(_let_go, holder)


async def _held(service: Service, holder: str) -> bool:
    try:
        return await service.database.write(_take, holder, time.time())
    except PullwrightError as error:
        _LOG.warning("the clock waits for the database: %s", error)
        return False


@asynccontextmanager
async def _renewed(service: Service, holder: str) -> AsyncGenerator[None]:
    """The lease is kept while the block runs: forges may take longer than it lasts, and two clocks would comment twice."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE / 3)
            await _held(service, holder)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


def _take(connection: Connection, holder: str, now: float) -> bool:
    """Take or renew the lease; False when somebody else has it."""
    hold_setting(connection, NAME)
    held = msgspec.convert(get_setting(connection, NAME) or {}, Lease)
    if held.holder != holder and held.until > now:
        return False
    put_setting(connection, NAME, msgspec.to_builtins(Lease(holder=holder, until=now + LEASE)))
    return True


def _let_go(connection: Connection, holder: str) -> None:
    if msgspec.convert(get_setting(connection, NAME) or {}, Lease).holder == holder:
        put_setting(connection, NAME, msgspec.to_builtins(Lease()))


async def _look(service: Service) -> None:
    """One look at everything; what goes wrong with one does not keep the others."""
    duties: tuple[Callable[[Service], Awaitable[object]], ...] = (
        deal_with_new,
        dispatch_due,
        find_merged,
        publish_late,
        tell_progress,
    )
    for duty in duties:
        try:
            await duty(service)
        except PullwrightError as error:
            _LOG.warning("%s: %s", duty.__name__, error)
        except Exception:
            _LOG.exception("%s broke", duty.__name__)
