"""Projects: repositories that Pullwright works on."""

from __future__ import annotations

import re
import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, WrongField
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.connections import get_connection
from pullwright.tasks.store.environments import add_environment
from pullwright.tasks.store.memberships import put_membership, roles_of
from pullwright.tasks.store.projects import add_project, change_project, find_project, get_project, list_projects
from pullwright.tasks.store.records import EnvironmentSpec, ForgeKind, ProjectSettings
from pullwright.tasks.store.rows.people import Membership
from pullwright.tasks.store.rows.projects import Environment, Project
from pullwright.tasks.store.users import find_user

_NAME = re.compile(r"(?!proj_)[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SLUG = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+")


class ProjectOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A project to be connected. `connection` (id or name) is empty for a plain git remote; `url` is what git uses; `slug` is
    `owner/name` at the forge."""

    name: str
    url: str
    forge: ForgeKind = "git"
    connection: str = ""
    slug: str = ""
    default_branch: str = "main"
    settings: ProjectSettings = ProjectSettings()
    environment: EnvironmentSpec = EnvironmentSpec()


class ProjectEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed (None: nothing); `settings` as a whole."""

    name: str | None = None
    default_branch: str | None = None
    settings: ProjectSettings | None = None
    archived: bool | None = None


async def create_project(service: Kept, actor: Actor, order: ProjectOrder) -> Project:
    """Connect a repository. It has an environment `default`, and who connected it is its admin.

    Raises `Conflict` when the name is taken, `FixSettings` for an address or a forge that will not do. Whether the repository
    can be reached shows when it is first fetched.
    """
    actor.require("project.create")
    _check(order)
    return await service.database.write(_create, actor, order)


async def edit_project(service: Kept, actor: Actor, name: str, edit: ProjectEdit) -> Project:
    """By id or name. An archived project takes no tasks, and keeps everything."""
    return await service.database.write(_edit, actor, name, edit)


async def view_project(service: Kept, actor: Actor, name: str) -> Project:
    """By id or name. Raises `NotFound`, also for a project that the actor may not see."""
    project = await service.database.read(get_project, name)
    actor.require("project.read", project.id, f"project {name}")
    return project


async def view_projects(
    service: Kept, actor: Actor, *, archived: bool = False, after: str = "", limit: int = 100
) -> list[Project]:
    """Those that the actor sees, by name, after the name `after`."""
    return await service.database.read(list_projects, only=actor.projects(), archived=archived, after=after, limit=limit)


def check_settings(settings: ProjectSettings) -> None:
    """Raises `FixSettings` for settings that cannot hold."""
    prefix = settings.branch_prefix
    if not re.fullmatch(r"(?!-|/|\.)[A-Za-z0-9._/-]*", prefix) or ".." in prefix or "//" in prefix:
        fix = "Use something like pullwright/"
        raise WrongField(f"{prefix!r} cannot begin a branch's name", at="$.settings.branch_prefix", fix=fix)
    if settings.slots < 0:
        fix = "Use 0 for no limit of the project's own."
        raise WrongField("slots is a number of attempts", at="$.settings.slots", fix=fix)


def _check(order: ProjectOrder) -> None:
    _check_name(order.name)
    check_settings(order.settings)
    if not order.url or order.url.startswith("-") or any(character.isspace() for character in order.url):
        fix = "Give what `git clone` would be given."
        raise WrongField(f"{order.url!r} is no address of a repository", at="$.url", fix=fix)
    if "@" in order.url.partition("://")[2].partition("/")[0] and order.url.startswith("http"):
        raise WrongField("the address holds a credential", at="$.url", fix="Make a connection, which keeps it sealed.")
    if order.forge != "git" and not _SLUG.fullmatch(order.slug):
        raise FixSettings(f"{order.slug!r} is no repository at a forge", fix="Give it as owner/name.")
    if order.forge != "git" and not order.connection:
        raise FixSettings(f"a project at {order.forge} needs a connection", fix="Make one first, and name it here.")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        fix = "Use letters, digits and . _ -, at most 100."
        raise WrongField(f"{name!r} is no project's name", at="$.name", fix=fix)


def _create(connection: Connection, actor: Actor, order: ProjectOrder) -> Project:
    forge = get_connection(connection, order.connection) if order.connection else None
    if forge and forge.forge != order.forge:
        raise FixSettings(f"the connection {forge.name} is to {forge.forge}", fix=f"Choose one to {order.forge}.")
    now = time.time()
    project = Project(
        id=new_id("proj"),
        name=order.name,
        forge=order.forge,
        connection_id=forge.id if forge else None,
        url=order.url,
        slug=order.slug,
        default_branch=order.default_branch,
        settings=order.settings,
        created=now,
    )
    if not add_project(connection, project):
        raise Conflict(f"there is a project {order.name}", fix="Choose another name.")
    environment = Environment(id=new_id("env"), project_id=project.id, spec=order.environment, created=now, changed=now)
    add_environment(connection, environment)
    if find_user(connection, actor.user_id):
        put_membership(connection, Membership(user_id=actor.user_id, project_id=project.id, role="admin"))
    audit(connection, actor, "project.create", project.id, project.id, {"name": order.name, "url": order.url})
    return project


def _check_trigger_user(connection: Connection, actor: Actor, project: Project, name: str) -> None:
    """What is asked for at the forge runs in this user's name and on their account: an administrator of the project may name
    themselves and its members, one of the server anybody."""
    user = find_user(connection, name) if name else None
    if name and user is None:
        fix = "Name somebody who is there, or leave `trigger_user` empty."
        raise WrongField(f"there is no user {name}", at="$.settings.trigger_user", fix=fix)
    if user is None or actor.is_admin or user.id == actor.user_id:
        return
    if not user.is_admin and project.id in roles_of(connection, user.id):
        return
    raise Forbidden(f"{name} is no member of {project.name}", fix="Name yourself or a member, or ask the server's administrator.")


def _edit(connection: Connection, actor: Actor, name: str, edit: ProjectEdit) -> Project:
    project = get_project(connection, name)
    values = {field: value for field, value in msgspec.structs.asdict(edit).items() if value is not None}
    if edit.archived is not None:
        actor.require("project.archive", project.id, f"project {name}")
        values["archived"] = time.time() if edit.archived else None
    if set(values) != {"archived"}:
        actor.require("project.settings", project.id, f"project {name}")
    if edit.settings is not None:
        check_settings(edit.settings)
        if edit.settings.trigger_user != project.settings.trigger_user:
            _check_trigger_user(connection, actor, project, edit.settings.trigger_user)
    if edit.name is not None and edit.name != project.name:
        _check_name(edit.name)
        if find_project(connection, edit.name):
            raise Conflict(f"there is a project {edit.name}", fix="Choose another name.")
    if values:
        change_project(connection, project.id, **values)
        audit(connection, actor, "project.edit", project.id, project.id, {"changed": sorted(values)})
    return get_project(connection, project.id)
