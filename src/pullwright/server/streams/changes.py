"""Which tasks changed, for lists; and one task as it stands, whenever it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec
from sqlalchemy import Connection, and_, false, or_, select

from pullwright.protocol.errors import Conflict
from pullwright.server.desk import Call
from pullwright.server.streams.frames import HEARTBEAT, logged, passing
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.views import view_task
from pullwright.tasks.store.records import TaskState
from pullwright.tasks.store.tables import tasks

POLL = 1.0
"""Seconds after which the tasks are looked at without a ring."""
OVERLAP = 5.0
"""Seconds that are read again: who wrote first need not be done first."""
PAGE = 500


class Changed(msgspec.Struct, frozen=True):
    """A task that changed, and what it is now."""

    task: str
    project_id: str
    title: str
    state: TaskState
    changed: float


async def changes(call: Call, resume: str) -> AsyncGenerator[bytes, None]:
    """A frame for each change of a task that the caller may see, from now on, or from where `resume` says."""
    service = call.service
    since = await _since(call, resume)
    told: dict[str, float] = {}
    quiet = 0.0
    place: tuple[float, str] = (since, "")
    async with service.bells.listen("tasks") as bell:
        while not call.desk.feeds.closing.is_set():
            found = await service.database.read(changed_after, *place, PAGE)
            fresh = [one for one in found if told.get(one.task) != one.changed]
            told |= {one.task: one.changed for one in fresh}
            since = max([since, *(one.changed for one in fresh)])
            seen = [one for one in fresh if call.actor.may("task.read", one.project_id)]
            if seen:
                yield b"".join(logged(repr(one.changed), msgspec.json.encode(one)) for one in seen)
            if len(found) == PAGE:
                place = (found[-1].changed, found[-1].task)
                continue
            told = {task: changed for task, changed in told.items() if changed > since - 2 * OVERLAP}
            place = (since - OVERLAP if told else since, "")
            quiet = 0.0 if seen else quiet + POLL
            if quiet >= call.desk.feeds.beat:
                quiet = 0.0
                yield HEARTBEAT
            await bell.wait(POLL)


async def _since(call: Call, resume: str) -> float:
    try:
        return float(resume)
    except ValueError:
        return await call.service.database.read(newest)


def newest(connection: Connection) -> float:
    """When the last change of any task was."""
    return connection.scalar(select(tasks.c.changed).order_by(tasks.c.changed.desc()).limit(1)) or 0.0


def changed_after(connection: Connection, since: float, task: str, limit: int) -> list[Changed]:
    """The tasks that changed after `since` (at that time: those after `task`), in that order."""
    columns = (tasks.c.id, tasks.c.project_id, tasks.c.title, tasks.c.state, tasks.c.changed)
    later = or_(tasks.c.changed > since, and_(tasks.c.changed == since, tasks.c.id > task) if task else false())
    query = select(*columns).where(later).order_by(tasks.c.changed, tasks.c.id).limit(limit)
    return [Changed(*row) for row in connection.execute(query)]


def same_sight(before: Actor) -> Callable[[Actor], Awaitable[None]]:
    """Raises when the asker sees other projects than when they came: the stream ends, and they come again as who they are now."""

    async def recheck(now: Actor) -> None:
        if (now.is_admin, now.roles) != (before.is_admin, before.roles):
            raise Conflict("what may be seen has changed", fix="Open the stream again.")

    return recheck


async def task_frames(call: Call, task_id: str) -> AsyncGenerator[bytes, None]:
    """The task, again whenever it is not what was sent before."""
    sent = b""
    loop = asyncio.get_running_loop()
    at = loop.time()
    async with call.service.bells.listen(f"task:{task_id}") as bell:
        while not call.desk.feeds.closing.is_set():
            told = msgspec.json.encode(await view_task(call.service, call.actor, task_id))
            if told != sent:
                sent, at = told, loop.time()
                yield passing("task", told)
            elif loop.time() - at >= call.desk.feeds.beat:
                at = loop.time()
                yield HEARTBEAT
            await bell.wait(POLL)
