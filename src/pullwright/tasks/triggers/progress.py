"""The one comment that tells how a task stands, where it was asked for; edited as it goes on, made once whatever crashes.

A comment that the forge refuses (the issue is locked, or gone) is tried again later, and does not keep the others.
"""

from __future__ import annotations

import logging
import time

import msgspec
from sqlalchemy import Connection, select

from pullwright.forges.once import comment_once
from pullwright.forges.records import On
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.outcomes import NeedsInput
from pullwright.tasks.publishing.origin import signed_in
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.effects import begin_effect, find_effect, finish_effect
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.records import TaskSource
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.results import PullRequest
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tables import tasks
from pullwright.tasks.store.tasks import get_task

RECENT = 7 * 86_400.0
LONGEST = 50_000
AGAIN = 60.0
_LOG = logging.getLogger("pullwright.triggers")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A task that somebody at a forge waits for, as it stands now, and what its comment said last.

    `refused` is when the forge last did not let it be written.
    """

    task: Task
    project: Project
    attempts: tuple[Attempt, ...]
    pull: PullRequest | None
    told: str
    refused: float


async def tell_progress(service: Service) -> int:
    """Bring the comments of all triggered tasks up to date; how many were written."""
    count = 0
    for task_id in await service.database.read(_triggered):
        standing = await service.database.read(_standing, task_id)
        text = comment_text(service, standing)
        if text == standing.told or standing.refused > time.time() - AGAIN:
            continue
        try:
            await _write(service, standing, text)
            count += 1
        except PullwrightError as error:
            _LOG.warning("%s was not told how it stands: %s", task_id, error)
            await service.database.write(_kept, f"untold:{task_id}", task_id, str(error)[:1000])
    return count


def _triggered(connection: Connection) -> list[str]:
    """The tasks that began at a forge and changed lately."""
    recent = select(tasks.c.id, tasks.c.source_json).where(tasks.c.changed > time.time() - RECENT)
    rows = connection.execute(recent).all()
    return [row.id for row in rows if msgspec.convert(row.source_json or {}, TaskSource).kind == "trigger"]


def _standing(connection: Connection, task_id: str) -> Standing:
    task = get_task(connection, task_id)
    told = find_effect(connection, mark_of(task))
    untold = find_effect(connection, f"untold:{task_id}")
    return Standing(
        task=task,
        project=get_project(connection, task.project_id),
        attempts=tuple(attempts_of(connection, task_id)),
        pull=find_pull_request(connection, task_id),
        told=told.reference if told is not None else "",
        refused=untold.changed if untold is not None else 0.0,
    )


def mark_of(task: Task) -> str:
    """The mark of a task's comment."""
    return f"progress:{task.id}"


def comment_text(service: Service, standing: Standing) -> str:
    """What the comment says."""
    task, pull = standing.task, standing.pull
    where = f" ([follow it]({service.config.public_url}/tasks/{task.id}))" if service.config.public_url else ""
    outcome = next((one.outcome for one in standing.attempts if one.outcome is not None), None)
    match task.state:
        case "queued" | "running" | "paused":
            return f"On it: {task.state}{where}."
        case "needs_input":
            asks = outcome.asks if isinstance(outcome, NeedsInput) else ""
            return f"A person is needed{where}: {asks}"
        case "review" if pull is not None and pull.number:
            proved = "its clean runs prove it" if standing.attempts and standing.attempts[0].verdict == "verified" else "a draft"
            return f"Done: #{pull.number}, {proved}{where}."
        case "review":
            return f"Done; it waits for an approval{where}."
        case "merged":
            return f"Merged{f': #{pull.number}' if pull is not None else ''}."
        case "answered":
            return (outcome.message if outcome is not None else "Done.")[:LONGEST]
        case "failed" | "over_budget" | "cancelled":
            return f"Ended without a result: {outcome.why if outcome is not None else task.state}{where}."


async def _write(service: Service, standing: Standing, text: str) -> None:
    source = standing.task.source
    number, on = (source.pull, "pull") if source.pull else (source.issue, "issue")
    kind: On = "pull" if on == "pull" else "issue"
    mark = mark_of(standing.task)
    async with signed_in(service, standing.project) as forge:
        await comment_once(forge, standing.project.slug, number, mark, text, on=kind)
    await service.database.write(_kept, mark, standing.task.id, text)


def _kept(connection: Connection, mark: str, task_id: str, text: str) -> None:
    begin_effect(connection, mark, task_id, time.time())
    finish_effect(connection, mark, text, time.time())
