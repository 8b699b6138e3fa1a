"""Connections: forges, and how Pullwright signs in there."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query

from pullwright.forges.records import Repo
from pullwright.server.reaching import Reached, reach_connection, repositories
from pullwright.server.routing import Call, Routes
from pullwright.tasks.projects.connections import (
    ConnectionEdit,
    ConnectionOrder,
    ConnectionView,
    create_connection,
    edit_connection,
    remove_forge_connection,
    view_connections,
)
from pullwright.tasks.store.connections import get_connection
from pullwright.tasks.store.deliveries import list_deliveries
from pullwright.tasks.store.rows.accounts import DeliveryState

ROUTES = Routes("Connections")


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery: its digest, the event's name, what became of it and why."""

    id: str
    event: str
    state: DeliveryState
    why: str
    received: float


@ROUTES.get("/api/v1/connections")
async def connections(call: Call) -> list[ConnectionView]:
    """List the connections. No credential is ever shown."""
    return await view_connections(call.service, call.actor)


@ROUTES.post("/api/v1/connections", status=201, example=ConnectionOrder(name="github", forge="github", credential="ghp_…"))
async def add_connection(call: Call, body: ConnectionOrder) -> ConnectionView:
    """Connect a forge. The webhook's secret is shown this once; deliveries come to `/webhooks/{connection}`."""
    return await create_connection(call.service, call.actor, body)


@ROUTES.patch("/api/v1/connections/{connection}", example=ConnectionEdit(new_webhook_secret=True))
async def change_connection(call: Call, connection: str, body: ConnectionEdit) -> ConnectionView:
    """Change a connection, its credential, or the webhook's secret."""
    return await edit_connection(call.service, call.actor, connection, body)


@ROUTES.get("/api/v1/connections/{connection}/check")
async def check_connection(call: Call, connection: str) -> Reached:
    """Sign in at the forge now: whether that goes, as whom, and else what to do about it."""
    return await reach_connection(call.service, call.actor, connection)


@ROUTES.get("/api/v1/connections/{connection}/repositories")
async def connection_repositories(call: Call, connection: str) -> list[Repo]:
    """The repositories that the connection can see: what can become a project."""
    return await repositories(call.service, call.actor, connection)


@ROUTES.get("/api/v1/connections/{connection}/deliveries")
async def connection_deliveries(
    call: Call, connection: str, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[DeliveryView]:
    """What the forge sent lately, newest first, and what came of it."""
    call.actor.require("connection.read")
    read = call.service.database.read
    forge = await read(get_connection, connection)
    return [msgspec.convert(one, DeliveryView, from_attributes=True) for one in await read(list_deliveries, forge.id, limit)]


@ROUTES.delete("/api/v1/connections/{connection}")
async def remove_connection(call: Call, connection: str) -> None:
    """Remove a connection that no project uses."""
    await remove_forge_connection(call.service, call.actor, connection)
