"""Schedules: tasks that are dispatched by the clock, in the name of who made them."""

from __future__ import annotations

import time

import msgspec
from croniter import CroniterBadDateError, croniter
from sqlalchemy import Connection

from pullwright.protocol.errors import WrongField
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import TaskOrder
from pullwright.tasks.store.rows.work import Schedule
from pullwright.tasks.store.schedules import (
    add_schedule,
    change_schedule,
    get_schedule,
    remove_schedule,
    schedules_of,
)


class ScheduleOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule to be made. `cron` has five fields, in UTC (`0 3 * * 1-5`: at three on weekdays)."""

    name: str
    cron: str
    order: TaskOrder


async def create_schedule(service: Kept, actor: Actor, project: str, order: ScheduleOrder) -> Schedule:
    """Raises `FixSettings` for a time that is none. Whether the task can be dispatched shows when it is."""
    first = next_time(order.cron, time.time())
    return await service.database.write(_create, actor, project, order, first)


async def switch_schedule(service: Kept, actor: Actor, schedule_id: str, *, enabled: bool) -> Schedule:
    """Stop it, or let it go on from its next time: what was missed is not made up for."""
    return await service.database.write(_switch, actor, schedule_id, enabled)


async def drop_schedule(service: Kept, actor: Actor, schedule_id: str) -> None:
    """Raises `NotFound`."""
    await service.database.write(_drop, actor, schedule_id)


async def view_schedules(service: Kept, actor: Actor, project: str) -> list[Schedule]:
    """A project's, by name."""
    return await service.database.read(_list, actor, project)


def next_times(cron: str, count: int) -> list[float]:
    """The next few, from now on. Raises `FixSettings`."""
    times = [next_time(cron, time.time())]
    while len(times) < count:
        times.append(next_time(cron, times[-1]))
    return times


def next_time(cron: str, after: float) -> float:
    """When it is next, in UTC. Raises `FixSettings`."""
    if len(cron.split()) != 5 or not croniter.is_valid(cron):
        fix = "Use five fields: minute hour day month weekday, as in 0 3 * * 1-5."
        raise WrongField(f"{cron!r} says no time", at="$.cron", fix=fix)
    try:
        return float(croniter(cron, after).get_next(float))
    except CroniterBadDateError:
        raise WrongField(f"{cron!r} never comes", at="$.cron", fix="Name a day that there is.") from None


def _create(connection: Connection, actor: Actor, project: str, order: ScheduleOrder, first: float) -> Schedule:
    found = get_project(connection, project)
    actor.require("schedule.write", found.id, f"project {project}")
    schedule = Schedule(
        id=new_id("sch"),
        project_id=found.id,
        name=order.name,
        cron=order.cron,
        order=msgspec.structs.replace(order.order, project=found.id),
        user_id=actor.user_id,
        next=first,
    )
    add_schedule(connection, schedule)
    audit(connection, actor, "schedule.create", schedule.id, found.id, {"name": order.name, "cron": order.cron})
    return schedule


def _switch(connection: Connection, actor: Actor, schedule_id: str, enabled: bool) -> Schedule:
    schedule = get_schedule(connection, schedule_id)
    actor.require("schedule.write", schedule.project_id, f"schedule {schedule_id}")
    change_schedule(connection, schedule_id, enabled=enabled, next=next_time(schedule.cron, time.time()))
    audit(connection, actor, "schedule.edit", schedule_id, schedule.project_id, {"enabled": enabled})
    return get_schedule(connection, schedule_id)


def _drop(connection: Connection, actor: Actor, schedule_id: str) -> None:
    schedule = get_schedule(connection, schedule_id)
    actor.require("schedule.write", schedule.project_id, f"schedule {schedule_id}")
    remove_schedule(connection, schedule_id)
    audit(connection, actor, "schedule.remove", schedule_id, schedule.project_id, {"name": schedule.name})


def _list(connection: Connection, actor: Actor, project: str) -> list[Schedule]:
    found = get_project(connection, project)
    actor.require("schedule.read", found.id, f"project {project}")
    return schedules_of(connection, found.id)
