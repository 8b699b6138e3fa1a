"""Tasks that are due by the clock, in the name of who made the schedule."""

from __future__ import annotations

import logging
import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.sign_ins import person
from pullwright.tasks.projects.schedules import next_time
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.records import TaskSource
from pullwright.tasks.store.rows.work import Schedule
from pullwright.tasks.store.schedules import due_schedules, move_schedule
from pullwright.tasks.store.users import find_user

_LOG = logging.getLogger("pullwright.triggers")


async def dispatch_due(service: Service) -> int:
    """Dispatch what is due; how many. Each time of a schedule is one task, whoever looks, since the time is in its `dedup`."""
    count = 0
    for schedule in await service.database.read(due_schedules, time.time()):
        actor = await service.database.read(_owner, schedule)
        try:
            if actor is not None:
                await _dispatch(service, schedule, actor)
                count += 1
        except PullwrightError as error:
            _LOG.warning("schedule %s: %s", schedule.name, error)
        await service.database.write(move_schedule, schedule, next_time(schedule.cron, time.time()), time.time())
    return count


async def _dispatch(service: Service, schedule: Schedule, actor: Actor) -> None:
    source = TaskSource(kind="schedule", trigger=schedule.name)
    order = msgspec.structs.replace(schedule.order, source=source, dedup=f"{schedule.id}:{schedule.next:.0f}")
    await dispatch(service, actor, order)


def _owner(connection: Connection, schedule: Schedule) -> Actor | None:
    user = find_user(connection, schedule.user_id)
    return None if user is None or user.disabled else person(connection, user)
