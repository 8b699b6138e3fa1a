"""Changes that should be at their forge and are not: it did not answer, or a worker died in between."""

from __future__ import annotations

import time

from sqlalchemy import Connection, select

from pullwright.tasks.publishing.publish import publish_task, to_publish
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.effects import find_effect
from pullwright.tasks.store.tables import tasks, turns

AGAIN = 60.0
"""Seconds after which a publication that was refused is tried again."""
SETTLED = 10.0
"""Seconds for which the worker that made the change is left to publish it itself."""


async def publish_late(service: Service) -> int:
    """Publish what was left behind; how many."""
    count = 0
    for task_id in await service.database.read(left_behind, time.time()):
        await publish_task(service, task_id)
        count += 1
    return count


def left_behind(connection: Connection, now: float) -> list[str]:
    """Tasks whose change is not at the forge although it should be, and that nobody is at work on."""
    waiting = select(tasks.c.id).where(tasks.c.state == "review", tasks.c.mode == "code", tasks.c.changed < now - SETTLED)
    found: list[str] = []
    for task_id in connection.execute(waiting).scalars():
        job = to_publish(connection, task_id)
        if job is None or (job.pull is not None and job.pull.head == job.attempt.head and job.pull.state != "opening"):
            continue
        problem = find_effect(connection, f"problem:{task_id}")
        if problem is not None and problem.reference and problem.changed > now - AGAIN:
            continue
        open_ = select(turns.c.id).where(turns.c.task_id == task_id, turns.c.state.in_(("queued", "admitted", "running")))
        if connection.execute(open_).first() is None:
            found.append(task_id)
    return found
