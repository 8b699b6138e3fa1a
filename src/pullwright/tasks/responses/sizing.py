"""How large a request is, and how it becomes smaller: both ask the upstream, neither is stored."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from pullwright.models.relay.relay import Order
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.usage import Usage, usage_object
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.answering import Answering, called, has_begun, order_of
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.responses.history import whole_input
from pullwright.tasks.responses.items import in_parts


async def count(answering: Answering, actor: Actor, asked: Asked) -> int:
    """The input tokens of a request."""
    relay = answering.relays.relay(asked.model)
    order = await _order(answering, actor, asked, "resp_count")
    relay.check(order)
    return await relay.count(order)


async def compact(
    answering: Answering, actor: Actor, asked: Asked, project: str
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The items that stand for the conversation from now on, and what making them used."""
    ready = await answering.ready(actor, asked, project, compacts=True)
    metered = await answering.meter.begin(called(ready), ready.relay.price)
    status: str = "cancelled"
    usage: Usage | None = None
    try:
        compacted = await ready.relay.compact(ready.order)
        status, usage = "completed", compacted.usage
    except PullwrightError as error:
        status, usage = "failed", None if has_begun(error) else Usage()
        raise
    finally:
        used = await metered.end(status, usage)
    return [in_parts(msgspec.json.decode(item.raw)) for item in compacted.items], usage_object(used)


async def _order(answering: Answering, actor: Actor, asked: Asked, response_id: str) -> Order:
    items = await answering.service.database.read(whole_input, asked, actor.user_id)
    return order_of(asked, items, response_id, time.time())
