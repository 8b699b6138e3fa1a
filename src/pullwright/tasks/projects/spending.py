"""What was used, as far as the actor sees the projects."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.usage import By, UsageFilter, UsageSum, sum_usage


async def view_usage(service: Kept, actor: Actor, which: UsageFilter, *by: By) -> list[UsageSum]:
    """Sums by whatever is asked. `which.projects` are ids or names; None: all that the actor sees."""
    return await service.database.read(_sum, actor, which, by)


def _sum(connection: Connection, actor: Actor, which: UsageFilter, by: tuple[By, ...]) -> list[UsageSum]:
    projects = actor.projects()
    if which.projects is not None:
        found = [get_project(connection, name) for name in which.projects]
        for project in found:
            actor.require("usage.read", project.id, f"project {project.name}")
        projects = tuple(project.id for project in found)
    return sum_usage(connection, msgspec.structs.replace(which, projects=projects), *by)
