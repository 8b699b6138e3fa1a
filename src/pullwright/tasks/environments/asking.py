"""What people ask of an environment's setups: to try one, which ran, what one said."""

from __future__ import annotations

import asyncio
import re
import time

from sqlalchemy import Connection

from pullwright.log.bells import Bells
from pullwright.protocol.errors import FixSettings, NotFound
from pullwright.protocol.ids import new_id
from pullwright.tasks.environments.makings import log_name
from pullwright.tasks.environments.premises import Premises
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.projects.environments import named_environment
from pullwright.tasks.store.rows.projects import Setup
from pullwright.tasks.store.setups import ask_setup, get_setup, setups_of

_COMMIT = re.compile(r"[0-9a-f]{40}")


async def ask_try(service: Premises, bells: Bells, actor: Actor, project: str, environment: str, commit: str = "") -> Setup:
    """Have a worker run the environment's setup, over that commit or the default branch's head; the row tells how it goes.

    Raises `FixSettings` where there is no script.
    """
    if commit and not _COMMIT.fullmatch(commit):
        raise FixSettings(f"{commit!r} is no commit", fix="Give all 40 digits of one, or leave it out.")
    setup = await service.database.write(_ask, actor, project, environment, commit)
    bells.ring("turns")
    return setup


async def view_setups(service: Premises, actor: Actor, project: str, environment: str) -> list[Setup]:
    """An environment's latest setups, newest first."""
    return await service.database.read(_list, actor, project, environment)


async def view_setup(service: Premises, actor: Actor, project: str, environment: str, setup_id: str) -> Setup:
    """One of them. Raises `NotFound`."""
    return await service.database.read(_one, actor, project, environment, setup_id)


async def setup_log(service: Premises, actor: Actor, project: str, environment: str, setup_id: str) -> bytes:
    """What a setup has said so far. Raises `NotFound`."""
    await service.database.read(_one, actor, project, environment, setup_id)
    try:
        return await asyncio.to_thread(service.blobs.get, log_name(setup_id))
    except KeyError:
        return b""


def _ask(connection: Connection, actor: Actor, project: str, environment: str, commit: str) -> Setup:
    found = named_environment(connection, actor, project, environment)
    actor.require("environment.write", found.project_id)
    if not found.spec.setup.strip():
        raise FixSettings("this environment has no setup script", fix="Give it one, and try again.")
    setup_id = new_id("setup")
    setup = Setup(id=setup_id, environment_id=found.id, key=commit, state="running", log=log_name(setup_id), started=time.time())
    ask_setup(connection, setup)
    audit(connection, actor, "environment.try", found.id, found.project_id, {"name": found.name})
    return setup


def _list(connection: Connection, actor: Actor, project: str, environment: str) -> list[Setup]:
    return setups_of(connection, named_environment(connection, actor, project, environment).id)


def _one(connection: Connection, actor: Actor, project: str, environment: str, setup_id: str) -> Setup:
    found = named_environment(connection, actor, project, environment)
    setup = get_setup(connection, setup_id)
    if setup.environment_id != found.id:
        raise NotFound(f"the environment {found.name} has no setup {setup_id}")
    return setup
