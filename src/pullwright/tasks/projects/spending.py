"""What was used, as far as the actor sees the projects, and their own without a project."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.roles import scopes_allow
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.accounts import UsageEntry
from pullwright.tasks.store.usage import By, UsageFilter, UsageSum, list_usage, sum_usage
from pullwright.tasks.store.users import find_user


async def view_usage(service: Kept, actor: Actor, which: UsageFilter, *by: By) -> list[UsageSum]:
    """Sums by whatever is asked. `which.projects` are ids or names, `which.user` is one; None and empty: all that the actor sees.
    A key for models alone sees what it called itself."""
    return await service.database.read(_sum, actor, which, by)


async def view_calls(service: Kept, actor: Actor, which: UsageFilter, *, before: str = "", limit: int = 100) -> list[UsageEntry]:
    """One page of the single calls, newest first. `before` is the id of the last page's last one."""
    return await service.database.read(_list, actor, which, before, limit)


def _sum(connection: Connection, actor: Actor, which: UsageFilter, by: tuple[By, ...]) -> list[UsageSum]:
    return sum_usage(connection, _seen(connection, actor, which), *by)


def _list(connection: Connection, actor: Actor, which: UsageFilter, before: str, limit: int) -> list[UsageEntry]:
    return list_usage(connection, _seen(connection, actor, which), before=before, limit=limit)


def _seen(connection: Connection, actor: Actor, which: UsageFilter) -> UsageFilter:
    """The filter, with ids in place of names, and narrowed to what the actor sees."""
    if which.user and (user := find_user(connection, which.user)) is not None:
        which = msgspec.structs.replace(which, user=user.id)
    if not scopes_allow(actor.scopes, "read"):
        mine = which.key in ("", actor.key_id)
        return msgspec.structs.replace(which, key=actor.key_id, projects=None if mine else ())
    if which.projects is not None:
        found = [get_project(connection, name) for name in which.projects]
        for project in found:
            actor.require("usage.read", project.id, f"project {project.name}")
        return msgspec.structs.replace(which, projects=tuple(project.id for project in found))
    own = "" if actor.only_project is not None else actor.user_id
    return msgspec.structs.replace(which, projects=actor.projects(), own=own)
