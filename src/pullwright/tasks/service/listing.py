"""Lists of tasks: a line each, with what a list shows, in a handful of queries however many lines."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.outcomes import Verdict
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.attempts import attempts_of
from pullwright.tasks.store.projects import get_project, list_projects
from pullwright.tasks.store.pull_requests import pull_requests_of
from pullwright.tasks.store.records import TaskState
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import TaskFilter, list_tasks
from pullwright.tasks.store.users import list_users

MOST = 200


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """One task in a list. `unpriced` calls are not in `cost_usd`. `added`, `removed`, `files` and `verdict` are of the chosen
    attempt's change, else of the first that has one."""

    id: str
    project: str
    title: str
    mode: str
    state: TaskState
    user: str
    model: str
    template: str
    created: float
    changed: float
    attempts: int
    steps: int
    cost_usd: float
    unpriced: int
    verdict: Verdict
    files: int
    added: int
    removed: int
    pull_url: str
    pull_state: str


async def list_lines(service: Service, actor: Actor, which: TaskFilter) -> tuple[TaskLine, ...]:
    """One page of the tasks that this actor may see, newest first."""
    return await service.database.read(_lines, actor, which)


def _lines(connection: Connection, actor: Actor, which: TaskFilter) -> tuple[TaskLine, ...]:
    wanted = which.projects
    if wanted is not None:
        wanted = tuple(get_project(connection, name).id for name in wanted)
        for project in wanted:
            actor.require("task.read", project)
    else:
        wanted = actor.projects()
    found = list_tasks(connection, msgspec.structs.replace(which, projects=wanted, limit=min(which.limit, MOST)))
    ids = [task.id for task in found]
    attempts: dict[str, list[Attempt]] = {}
    for attempt in attempts_of(connection, *ids):
        attempts.setdefault(attempt.task_id, []).append(attempt)
    pulls = {pull.task_id: pull for pull in pull_requests_of(connection, *ids)}
    names = {project.id: project.name for project in list_projects(connection, archived=True, limit=10_000)}
    people = {user.id: user.name for user in list_users(connection, limit=10_000)}
    return tuple(
        msgspec.structs.replace(
            _line(task, attempts.get(task.id, [])),
            project=names.get(task.project_id, ""),
            user=people.get(task.user_id, ""),
            pull_url=pulls[task.id].url if task.id in pulls else "",
            pull_state=pulls[task.id].state if task.id in pulls else "",
        )
        for task in found
    )


def _line(task: Task, theirs: list[Attempt]) -> TaskLine:
    changed = [one for one in theirs if one.outcome is not None and one.outcome.change is not None]
    shown = next((one for one in changed if one.id == task.chosen), changed[0] if changed else None)
    change = shown.outcome.change if shown is not None and shown.outcome is not None else None
    return TaskLine(
        id=task.id,
        project="",
        title=task.title,
        mode=task.mode,
        state=task.state,
        user="",
        model=task.model,
        template=task.template,
        created=task.created,
        changed=task.changed,
        attempts=len(theirs),
        steps=sum(one.spend.steps for one in theirs),
        cost_usd=sum(one.spend.cost_usd for one in theirs),
        unpriced=sum(one.spend.unpriced for one in theirs),
        verdict=shown.verdict if shown is not None else "not-run",
        files=len(change.files) if change else 0,
        added=change.added if change else 0,
        removed=change.removed if change else 0,
        pull_url="",
        pull_state="",
    )
