"""Webhooks out: endpoints that are told when work in the background has ended, and what they were told."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from pullwright.server.routing import Call, Routes
from pullwright.tasks.notices.endpoints import (
    EndpointEdit,
    EndpointOrder,
    EndpointView,
    create_endpoint,
    drop_endpoint,
    edit_endpoint,
    view_endpoints,
)
from pullwright.tasks.notices.history import NoticeView, Tried, retry_notice, try_out, view_notices

ROUTES = Routes("Webhooks out")
AT = "/api/v1/webhook-endpoints"


@ROUTES.get(AT)
async def webhook_endpoints(
    call: Call, everybodys: Annotated[bool, Query(alias="all", description="Everybody's, for administrators.")] = False
) -> list[EndpointView]:
    """List one's webhook endpoints, newest first. No secret is ever shown again."""
    return await view_endpoints(call.service, call.actor, everybodys=everybodys)


@ROUTES.post(AT, status=201, example=EndpointOrder(url="https://ci.example/pullwright", events=("response.completed",)))
async def add_webhook_endpoint(call: Call, body: EndpointOrder) -> EndpointView:
    """Be told at a URL. The secret that the messages are signed with is shown this once."""
    return await create_endpoint(call.service, call.actor, body, call.desk.sender.reach)


@ROUTES.patch(AT + "/{endpoint}", example=EndpointEdit(new_secret=True))
async def change_webhook_endpoint(call: Call, endpoint: str, body: EndpointEdit) -> EndpointView:
    """Change an endpoint, enable it again, or renew its secret: the old one signs too for a day."""
    return await edit_endpoint(call.service, call.actor, endpoint, body, call.desk.sender.reach)


@ROUTES.delete(AT + "/{endpoint}")
async def remove_webhook_endpoint(call: Call, endpoint: str) -> None:
    """Remove an endpoint, with what waits for it."""
    await drop_endpoint(call.service, call.actor, endpoint)


@ROUTES.post(AT + "/{endpoint}/test")
async def try_webhook_endpoint(call: Call, endpoint: str) -> Tried:
    """Send a `ping` to an endpoint now, once, and tell how that went."""
    return await try_out(call.service, call.actor, endpoint, call.desk.sender)


@ROUTES.get(AT + "/{endpoint}/deliveries")
async def webhook_endpoint_deliveries(
    call: Call, endpoint: str, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[NoticeView]:
    """What an endpoint was told or is to be, newest first: how often it was tried, and why it did not go."""
    return await view_notices(call.service, call.actor, endpoint, limit)


@ROUTES.post(AT + "/{endpoint}/deliveries/{delivery}/retry", status=202)
async def retry_webhook_delivery(call: Call, endpoint: str, delivery: str) -> NoticeView:
    """Deliver one again, at once, and as often as a new one when it does not go."""
    return await retry_notice(call.service, call.actor, endpoint, delivery)
