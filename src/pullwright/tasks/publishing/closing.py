"""A pull request whose task was given up."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.tasks.publishing.origin import signed_in
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.pull_requests import find_pull_request, move_pull_request
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.rows.results import PullRequest


async def close_pull_request(service: Service, task_id: str) -> None:
    """Close a task's pull request at the forge, if it is open. Twice is once; raises what the forge says."""
    found = await service.database.read(_open, task_id)
    if found is None:
        return
    pull, project = found
    async with signed_in(service, project) as forge:
        await forge.close_pull(project.slug, pull.number)
    await service.database.write(move_pull_request, task_id, ("opening", "draft", "open"), "closed", time.time())


def _open(connection: Connection, task_id: str) -> tuple[PullRequest, Project] | None:
    pull = find_pull_request(connection, task_id)
    if pull is None or not pull.number or pull.state not in ("opening", "draft", "open"):
        return None
    return pull, get_project(connection, pull.project_id)
