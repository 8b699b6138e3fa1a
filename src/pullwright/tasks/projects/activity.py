"""What goes on in each project: counted in one query, however many there are."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, select

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.tables import tasks


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """A project's tasks by state (those that there are), and when the last one changed."""

    project_id: str
    states: dict[str, int]
    changed: float


async def view_activity(service: Kept, actor: Actor) -> list[Activity]:
    """Of every project that the actor sees and that had a task."""
    return await service.database.read(_activity, actor.projects())


def _activity(connection: Connection, only: tuple[str, ...] | None) -> list[Activity]:
    columns = (tasks.c.project_id, tasks.c.state, func.count(), func.max(tasks.c.changed))
    query = select(*columns).group_by(tasks.c.project_id, tasks.c.state).order_by(tasks.c.project_id)
    if only is not None:
        query = query.where(tasks.c.project_id.in_(only))
    found: dict[str, Activity] = {}
    for project, state, number, changed in connection.execute(query):
        before = found.get(project) or Activity(project_id=project, states={}, changed=0.0)
        found[project] = Activity(
            project_id=project, states={**before.states, state: number}, changed=max(before.changed, changed)
        )
    return list(found.values())
