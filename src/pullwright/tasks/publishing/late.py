"""Changes that should be at their forge and are not: it did not answer, or a worker died in between; and merges that whoever
asked for them did not live to write down.

Each task is seen to by itself: what goes wrong with one does not keep the others.
"""

from __future__ import annotations

import logging
import time

from sqlalchemy import Connection, select

from pullwright.protocol.errors import PullwrightError
from pullwright.tasks.publishing.origin import signed_in
from pullwright.tasks.publishing.publish import publish_task, to_publish
from pullwright.tasks.publishing.recording import keep_problem, merged
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.effects import begin_effect, find_effect, finish_effect
from pullwright.tasks.store.tables import reviews, tasks, turns

AGAIN = 60.0
"""Seconds after which a publication that was refused is tried again."""
SETTLED = 10.0
"""Seconds for which the worker that made the change is left to publish it itself."""

_LOG = logging.getLogger("pullwright.publishing")


async def publish_late(service: Service) -> int:
    """Publish what was left behind; how many."""
    count = 0
    for task_id in await service.database.read(left_behind, time.time()):
        try:
            await publish_task(service, task_id)
            count += 1
        except Exception as error:  # the next task is none the worse for it; this one is tried again later
            _LOG.exception("%s was not published", task_id)
            await service.database.write(keep_problem, task_id, f"It could not be published: {type(error).__name__}.")
    return count


async def find_merged(service: Service) -> int:
    """Write down merges that were approved here, done by the forge, and known to nobody; how many."""
    count = 0
    for task_id in await service.database.read(approved, time.time()):
        await service.database.write(_looked, task_id)
        job = await service.database.read(to_publish, task_id, True)
        if job is None or job.pull is None:
            continue
        try:
            async with signed_in(service, job.project) as forge:
                found = await forge.pull(job.project.slug, job.pull.number)
        except PullwrightError as error:
            _LOG.warning("whether %s was merged is not known: %s", task_id, error)
            continue
        if found.state == "merged":
            await service.database.write(merged, task_id, found.merged)
            count += 1
    return count


def approved(connection: Connection, now: float) -> list[str]:
    """Tasks whose change as it is was approved a while ago, and is not merged as far as anybody here knows."""
    said = select(reviews.c.task_id, reviews.c.head).where(reviews.c.verdict == "approve", reviews.c.created < now - AGAIN)
    waiting = said.join_from(reviews, tasks, tasks.c.id == reviews.c.task_id).where(tasks.c.state == "review").distinct()
    found: list[str] = []
    for task_id, head in connection.execute(waiting).all():
        job = to_publish(connection, task_id, True)
        if job is None or job.attempt.head != head or job.pull is None or job.pull.state != "open" or not job.pull.number:
            continue
        looked = find_effect(connection, f"merge:{task_id}")
        if looked is None or looked.changed < now - AGAIN:
            found.append(task_id)
    return found


def _looked(connection: Connection, task_id: str) -> None:
    now = time.time()
    begin_effect(connection, f"merge:{task_id}", task_id, now)
    finish_effect(connection, f"merge:{task_id}", "", now)


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
