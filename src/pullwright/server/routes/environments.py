"""Environments and their secrets, which are written and never read back."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Header
from starlette.responses import Response

from pullwright.server.reaching import readiness_of
from pullwright.server.routing import Call, Routes
from pullwright.server.streams.response import EventStream, seated
from pullwright.server.streams.setup import setup_frames
from pullwright.tasks.environments.asking import ask_try, setup_log, view_setup, view_setups
from pullwright.tasks.environments.readiness import Readiness
from pullwright.tasks.projects.environments import (
    drop_environment,
    put_environment,
    view_environment,
    view_environments,
)
from pullwright.tasks.projects.secrets import SecretOrder, SecretView, drop_secret, set_secret, view_secrets
from pullwright.tasks.store.records import EnvironmentSpec, SecretUse
from pullwright.tasks.store.rows.projects import Environment, Setup

ROUTES = Routes("Environments")
BASE = "/api/v1/projects/{project}/environments"


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret's value, and what it is for."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=65_536)]
    use: SecretUse = SecretUse()


class TryOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried: a commit by all its digits; empty: the head of the default branch."""

    commit: Annotated[str, msgspec.Meta(max_length=40)] = ""


@ROUTES.get(BASE)
async def environments(call: Call, project: str) -> list[Environment]:
    """A project's environments."""
    return await view_environments(call.service, call.actor, project)


@ROUTES.get(BASE + "/{environment}")
async def environment(call: Call, project: str, environment: str) -> Environment:
    """One environment, by id or name."""
    return await view_environment(call.service, call.actor, project, environment)


@ROUTES.put(BASE + "/{environment}", example=EnvironmentSpec(setup="pip install -e .[dev]", test_command="pytest -q"))
async def set_environment(call: Call, project: str, environment: str, body: EnvironmentSpec) -> Environment:
    """Make an environment of that name, or replace how it is prepared."""
    return await put_environment(call.service, call.actor, project, environment, body)


@ROUTES.delete(BASE + "/{environment}")
async def remove_environment(call: Call, project: str, environment: str) -> None:
    """Remove an environment, with its secrets."""
    await drop_environment(call.service, call.actor, project, environment)


@ROUTES.get(BASE + "/{environment}/setups")
async def setups(call: Call, project: str, environment: str) -> list[Setup]:
    """The latest runs of its setup and maintenance scripts, newest first."""
    return await view_setups(call.service, call.actor, project, environment)


@ROUTES.post(BASE + "/{environment}/setups", status=202, example=TryOrder())
async def try_environment(call: Call, project: str, environment: str, body: TryOrder) -> Setup:
    """Have a worker run its setup now, also where its layer is there already."""
    return await ask_try(call.service, call.service.bells, call.actor, project, environment, body.commit)


@ROUTES.get(BASE + "/{environment}/setups/{setup}/log", gives={"text/plain": {"type": "string"}})
async def read_setup_log(call: Call, project: str, environment: str, setup: str) -> Response:
    """What a run has said so far, without secrets."""
    log = await setup_log(call.service, call.actor, project, environment, setup)
    return Response(log, media_type="text/plain; charset=utf-8")


@ROUTES.get(BASE + "/{environment}/setups/{setup}/stream", gives={"text/event-stream": {"type": "string"}})
async def follow_setup(
    call: Call,
    project: str,
    environment: str,
    setup: str,
    after: Annotated[str, Header(alias="Last-Event-ID", max_length=20, description="Where to resume.")] = "",
) -> Response:
    """What a run says, as it comes, and how it stands; ends with it. Resumable with `Last-Event-ID`."""
    await view_setup(call.service, call.actor, project, environment, setup)
    return EventStream(seated(call, setup_frames(call, project, environment, setup, after)))


@ROUTES.get(BASE + "/{environment}/readiness")
async def environment_readiness(call: Call, project: str, environment: str) -> Readiness:
    """What a task from the default branch would find now: whether its layer is kept, and how it would be tested."""
    return await readiness_of(call.service, call.actor, project, environment)


@ROUTES.get(BASE + "/{environment}/secrets")
async def secrets(call: Call, project: str, environment: str) -> list[SecretView]:
    """The environment's secrets: their names and what they are for."""
    return await view_secrets(call.service, call.actor, project, environment)


@ROUTES.put(BASE + "/{environment}/secrets/{name}", example=NewSecret(value="s3cr3t"))
async def put_secret(call: Call, project: str, environment: str, name: str, body: NewSecret) -> SecretView:
    """Set a secret. Nobody is given its value again."""
    order = SecretOrder(name=name, value=body.value, use=body.use)
    return await set_secret(call.service, call.actor, project, order, environment)


@ROUTES.delete(BASE + "/{environment}/secrets/{name}")
async def remove_secret(call: Call, project: str, environment: str, name: str) -> None:
    """Remove a secret."""
    await drop_secret(call.service, call.actor, project, name, environment)
