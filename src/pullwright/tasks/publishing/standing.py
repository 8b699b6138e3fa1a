"""How a task's change stands at its forge, for who is about to merge it: the ways that are allowed there, and its checks."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.forges.records import METHODS, CheckStanding
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.publishing.origin import signed_in
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.pull_requests import find_pull_request
from pullwright.tasks.store.records import MergeMethod
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.results import PullRequest
from pullwright.tasks.store.tasks import get_task


class MergeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the forge says before a merge.

    `methods` are the ways that it allows (all of them where it does not tell), `method` the one to begin with: the project's
    own, where that is allowed. `mergeable` is None while the forge has not found out, or there is no pull request yet; `checks`
    are those of the pull request's head.
    """

    methods: tuple[MergeMethod, ...]
    method: MergeMethod
    mergeable: bool | None = None
    checks: tuple[CheckStanding, ...] = ()


async def merge_standing(service: Service, actor: Actor, task_id: str) -> MergeStanding:
    """Ask the forge. Raises what a forge raises (`forges.forge`), `NotFound` and `Forbidden`."""
    project, pull = await service.database.read(_rows, actor, task_id)
    async with signed_in(service, project) as forge:
        allowed = (await forge.repository(project.slug)).methods or METHODS
        own = project.settings.merge_method
        method = own if own in allowed else allowed[0]
        if pull is None or not pull.number or pull.state != "open":
            return MergeStanding(methods=allowed, method=method)
        there = await forge.pull(project.slug, pull.number)
        checks = await forge.checks(project.slug, there.head)
    return MergeStanding(methods=allowed, method=method, mergeable=there.mergeable, checks=tuple(checks))


def _rows(connection: Connection, actor: Actor, task_id: str) -> tuple[Project, PullRequest | None]:
    task = get_task(connection, task_id)
    actor.require("task.merge", task.project_id)
    return get_project(connection, task.project_id), find_pull_request(connection, task_id)
