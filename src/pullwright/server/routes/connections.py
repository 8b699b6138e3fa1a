"""Connections: forges, and how Pullwright signs in there."""

from __future__ import annotations

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

ROUTES = Routes("Connections")


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


@ROUTES.delete("/api/v1/connections/{connection}")
async def remove_connection(call: Call, connection: str) -> None:
    """Remove a connection that no project uses."""
    await remove_forge_connection(call.service, call.actor, connection)
