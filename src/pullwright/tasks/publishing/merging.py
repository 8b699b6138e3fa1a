"""What a person approved is merged, by the forge's own rules; where it clashes with its base, the agent solves that.

The forge merges, and only the commit that was approved. A merge that was done by a try that died is found done.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.attempts.change import subject
from pullwright.forges.forge import Refused
from pullwright.protocol.errors import Conflict
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.publishing.origin import signed_in
from pullwright.tasks.publishing.publish import Publication, publish_task, to_publish
from pullwright.tasks.publishing.recording import merged
from pullwright.tasks.service.queueing import open_turn, queue_turn
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import follow, set_state
from pullwright.tasks.store.attempts import lock_attempt
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.records import MergeMethod
from pullwright.tasks.store.tasks import get_task


async def merge_task(service: Service, task_id: str, *, actor: Actor, method: MergeMethod | None = None, head: str = "") -> str:
    """Merge a task's approved change, which is at `head`; the commit. Empty when it clashes with its base: then a turn that
    merges the base in was queued.

    Raises `Refused` with the forge's own reason for everything else that it does not let through, and `Conflict` where the task's
    change is by now another than the one that was approved.
    """
    _same(await service.database.read(to_publish, task_id, True), head)
    await publish_task(service, task_id, approved=True)
    job = await service.database.read(to_publish, task_id, True)
    _same(job, head)
    if job is None:
        return await _merged_before(service, task_id)
    assert job.pull is not None
    try:
        commit = await _merge(service, job, method or job.project.settings.merge_method, actor)
    except Refused as refused:
        if refused.why != "conflict":
            raise
        await service.database.write(merge_base, task_id, actor.name)
        service.bells.ring("turns")
        return ""
    await service.database.write(merged, task_id, commit)
    return commit


def _same(job: Publication | None, head: str) -> None:
    if job is not None and head and job.attempt.head != head:
        raise Conflict(
            f"the change is at {job.attempt.head[:12]} by now, and {head[:12]} was approved",
            fix="Look at what is new, then approve.",
        )


async def _merge(service: Service, job: Publication, method: MergeMethod, actor: Actor) -> str:
    assert job.pull is not None
    message = job.attempt.outcome.message if job.attempt.outcome is not None else ""
    trailers = f"Pullwright-Session: {job.attempt.session}\nApproved-by: {' '.join(actor.name.split())}\n"
    text = f"{subject(job.task.title, message)} (#{job.pull.number})\n\n{trailers}"
    async with signed_in(service, job.project) as forge:
        return await forge.merge(job.project.slug, job.pull.number, method=method, head=job.attempt.head, message=text)


async def _merged_before(service: Service, task_id: str) -> str:
    pull = await service.database.read(find_pull_request, task_id)
    if pull is None or pull.state != "merged":
        raise Conflict("there is no change of this task to merge any more", fix="See how the task stands now.")
    return pull.merged


def merge_base(connection: Connection, task_id: str, by: str) -> None:
    """Queue the turn in which the agent merges the base in, unless one is there."""
    now = time.time()
    task = get_task(connection, task_id)
    pull = find_pull_request(connection, task_id)
    assert pull is not None
    attempt = lock_attempt(connection, pull.attempt_id)
    if open_turn(connection, attempt.id) is None:
        queue_turn(connection, attempt, task, "merge-base", Prompt(id=new_id("inp"), by=by, text=""), now)
        set_state(connection, attempt.id, "queued", now)
        follow(connection, task_id, now)
