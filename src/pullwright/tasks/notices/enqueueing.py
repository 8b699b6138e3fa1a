"""An event becomes a row for each endpoint that wants it."""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.tasks.store.notices import add_notice, endpoints_for
from pullwright.tasks.store.rows.notices import Notice

NoticeEvent = Literal["response.completed", "response.failed", "response.cancelled", "response.incomplete"]
"""What can be told. (`ping` is sent by hand alone.)"""

TOPIC = "notices"
"""The bell of those who deliver. Whoever enqueued rings it after the commit; without, they see it a moment later."""
MOST = 64 << 10
"""Bytes of a body; of what does not fit only its id is told, and the rest can be asked for."""


def enqueue_notice(connection: Connection, user_id: str, project_id: str, event: str, data: dict[str, Any]) -> int:
    """Tell of an event of what `user_id` started (in the project, or with it empty in none), once this transaction is committed.

    `data` has at least an `id`. Returns how many endpoints will be told; ring `TOPIC` after the commit when there are some.
    """
    wanting = endpoints_for(connection, user_id, project_id, event)
    if not wanting:
        return 0
    now = time.time()
    body = body_of(event, data, now)
    for endpoint in wanting:
        notice = Notice(id=new_id("wh"), endpoint_id=endpoint.id, event=event, body=body, next=now, created=now)
        add_notice(connection, notice)
    return len(wanting)


def body_of(event: str, data: dict[str, Any], now: float) -> bytes:
    """The body that every endpoint gets, in the shape that OpenAI's webhooks have."""
    told = {"id": new_id("evt"), "object": "event", "type": event, "created_at": int(now), "data": data}
    body = msgspec.json.encode(told)
    return body if len(body) <= MOST else msgspec.json.encode({**told, "data": {"id": data.get("id", "")}})
