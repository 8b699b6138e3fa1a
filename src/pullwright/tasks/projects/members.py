"""Members of projects."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.users import named_user
from pullwright.tasks.store.memberships import list_memberships, members_of, put_membership, remove_membership
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import Role
from pullwright.tasks.store.rows.people import Membership


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a project."""

    user_id: str
    name: str
    role: Role


async def put_member(service: Kept, actor: Actor, project: str, user: str, role: Role) -> MemberView:
    """Make a user (id or name) something in a project, or something else than before."""
    return await service.database.write(_put, actor, project, user, role)


async def remove_member(service: Kept, actor: Actor, project: str, user: str) -> None:
    """Raises `NotFound` for who is no member. Anybody may leave."""
    await service.database.write(_remove, actor, project, user)


async def view_members(service: Kept, actor: Actor, project: str) -> list[MemberView]:
    """Everybody in a project, by name."""
    return await service.database.read(_list, actor, project)


async def view_roles(service: Kept, actor: Actor) -> list[Membership]:
    """What everybody is everywhere, for administrators of the server: by user, then project."""
    actor.require("user.write")
    return await service.database.read(list_memberships)


def _put(connection: Connection, actor: Actor, project: str, name: str, role: Role) -> MemberView:
    found = get_project(connection, project)
    actor.require("project.members", found.id, f"project {project}")
    user = named_user(connection, name)
    put_membership(connection, Membership(user_id=user.id, project_id=found.id, role=role))
    audit(connection, actor, "member.put", user.id, found.id, {"name": user.name, "role": role})
    return MemberView(user_id=user.id, name=user.name, role=role)


def _remove(connection: Connection, actor: Actor, project: str, name: str) -> None:
    found = get_project(connection, project)
    user = named_user(connection, name)
    leaves = user.id == actor.user_id and actor.scopes is None
    actor.require("project.read" if leaves else "project.members", found.id, f"project {project}")
    if not remove_membership(connection, user.id, found.id):
        raise NotFound(f"{user.name} is no member of {found.name}")
    audit(connection, actor, "member.remove", user.id, found.id, {"name": user.name})


def _list(connection: Connection, actor: Actor, project: str) -> list[MemberView]:
    found = get_project(connection, project)
    actor.require("project.read", found.id, f"project {project}")
    views = [
        MemberView(user_id=member.user_id, name=named_user(connection, member.user_id).name, role=member.role)
        for member in members_of(connection, found.id)
    ]
    return sorted(views, key=lambda view: view.name)
