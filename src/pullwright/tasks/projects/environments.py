"""Environments: how a project's sandboxes are prepared."""

from __future__ import annotations

import re
import time

from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, FixSettings, NotFound
from pullwright.protocol.ids import new_id
from pullwright.tasks.environments.bounds import check_bounds
from pullwright.tasks.environments.specs import check_spec
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.environments import (
    add_environment,
    change_environment,
    find_environment,
    get_environment,
    list_environments,
    remove_environment,
)
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.records import EnvironmentSpec
from pullwright.tasks.store.rows.projects import Environment

_NAME = re.compile(r"(?!env_)[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
DEFAULT = "default"


async def put_environment(service: Kept, actor: Actor, project: str, name: str, spec: EnvironmentSpec) -> Environment:
    """Make a project's environment of that name, or replace how it is prepared. Raises `FixSettings` for what cannot hold."""
    if not _NAME.fullmatch(name):
        raise FixSettings(f"{name!r} is no environment's name", fix="Use letters, digits and . _ -, at most 100.")
    check_spec(spec)
    return await service.database.write(_put, actor, project, name, spec)


async def drop_environment(service: Kept, actor: Actor, project: str, name: str) -> None:
    """Its secrets go with it. Raises `Conflict` for the default one."""
    await service.database.write(_drop, actor, project, name)


async def view_environments(service: Kept, actor: Actor, project: str) -> list[Environment]:
    """A project's, by name."""
    return await service.database.read(_list, actor, project)


async def view_environment(service: Kept, actor: Actor, project: str, name: str = DEFAULT) -> Environment:
    """By id or name. Raises `NotFound`."""
    return await service.database.read(named_environment, actor, project, name)


def _put(connection: Connection, actor: Actor, project: str, name: str, spec: EnvironmentSpec) -> Environment:
    found = get_project(connection, project)
    actor.require("environment.write", found.id, f"project {project}")
    now = time.time()
    environment = find_environment(connection, found.id, name)
    check_bounds(actor, spec, environment.spec if environment is not None else None)
    if environment is None:
        environment = Environment(id=new_id("env"), project_id=found.id, name=name, spec=spec, created=now, changed=now)
        add_environment(connection, environment)
        audit(connection, actor, "environment.create", environment.id, found.id, {"name": name})
    else:
        changed = sorted(
            field for field in EnvironmentSpec.__struct_fields__ if getattr(spec, field) != getattr(environment.spec, field)
        )
        change_environment(connection, environment.id, spec=spec, changed=now)
        audit(connection, actor, "environment.edit", environment.id, found.id, {"name": environment.name, "changed": changed})
    return get_environment(connection, environment.id)


def _drop(connection: Connection, actor: Actor, project: str, name: str) -> None:
    found = get_project(connection, project)
    actor.require("environment.write", found.id, f"project {project}")
    environment = named_environment(connection, actor, project, name)
    if environment.name == DEFAULT:
        raise Conflict("the default environment stays", fix="Change it instead.")
    remove_environment(connection, environment.id)
    audit(connection, actor, "environment.remove", environment.id, found.id, {"name": environment.name})


def _list(connection: Connection, actor: Actor, project: str) -> list[Environment]:
    found = get_project(connection, project)
    actor.require("environment.read", found.id, f"project {project}")
    return list_environments(connection, found.id)


def named_environment(connection: Connection, actor: Actor, project: str, name: str) -> Environment:
    """By id or name, for who may read it. Raises `NotFound`."""
    found = get_project(connection, project)
    actor.require("environment.read", found.id, f"project {project}")
    environment = find_environment(connection, found.id, name)
    if environment is None:
        raise NotFound(f"the project {found.name} has no environment {name}")
    return environment
