"""What was delivered to an endpoint, and what was not: shown, tried again, tried out."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, NotFound
from pullwright.protocol.ids import new_id
from pullwright.tasks.notices.delivering import secrets_of
from pullwright.tasks.notices.endpoints import own_endpoint
from pullwright.tasks.notices.enqueueing import TOPIC, body_of
from pullwright.tasks.notices.sending import Sends
from pullwright.tasks.notices.signing import signed_headers
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.notices import find_notice, list_notices, try_again
from pullwright.tasks.store.rows.notices import Notice, NoticeState

PING = "ping"
"""What is sent to try an endpoint out."""


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery. `id` is its `webhook-id`; `next` is when it is tried next, `tried` when it was last; `why` how that went."""

    id: str
    event: str
    state: NoticeState
    tries: int
    created: float
    tried: float | None
    next: float | None
    why: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How trying an endpoint out went. `status` 0: there was no answer, and `why` says what was instead."""

    delivered: bool
    status: int
    why: str
    seconds: float


async def view_notices(service: Kept, actor: Actor, endpoint_id: str, limit: int = 100) -> list[NoticeView]:
    """What an endpoint was told, or is to be, newest first."""
    return await service.database.read(_view, actor, endpoint_id, limit)


async def retry_notice(service: Service, actor: Actor, endpoint_id: str, notice_id: str) -> NoticeView:
    """Try one at once, and as often as a new one. Raises `Conflict` while it is being tried, or when the endpoint is disabled."""
    view = await service.database.write(_retry, actor, endpoint_id, notice_id)
    service.bells.ring(TOPIC)
    return view


async def try_out(service: Kept, actor: Actor, endpoint_id: str, sender: Sends) -> Tried:
    """Send a `ping` now, once, and say how it went. Nothing is kept of it."""
    endpoint = await service.database.read(own_endpoint, actor, endpoint_id)
    now = time.time()
    message_id, body = new_id("wh"), body_of(PING, {"id": endpoint.id}, now)
    headers = signed_headers(secrets_of(service.vault, endpoint, now), message_id, now, body)
    outcome = await sender.send(endpoint.url, headers, body)
    why = "" if outcome.delivered else outcome.why
    return Tried(delivered=outcome.delivered, status=outcome.status, why=why, seconds=time.time() - now)


def _view(connection: Connection, actor: Actor, endpoint_id: str, limit: int) -> list[NoticeView]:
    return [_shown(one) for one in list_notices(connection, own_endpoint(connection, actor, endpoint_id).id, limit)]


def _shown(notice: Notice) -> NoticeView:
    return msgspec.convert(notice, NoticeView, from_attributes=True)


def _retry(connection: Connection, actor: Actor, endpoint_id: str, notice_id: str) -> NoticeView:
    endpoint = own_endpoint(connection, actor, endpoint_id)
    notice = find_notice(connection, notice_id)
    if notice is None or notice.endpoint_id != endpoint.id:
        raise NotFound(f"there is no delivery {notice_id}")
    if endpoint.disabled is not None:
        raise Conflict(f"the endpoint is disabled: {endpoint.why}", fix="Enable it first: PATCH with enabled: true.")
    if not try_again(connection, notice_id, time.time()):
        raise Conflict("it is being delivered just now", fix="Wait a moment.")
    audit(connection, actor, "webhook.retry", notice_id, endpoint.project_id)
    return _shown(find_notice(connection, notice_id) or notice)
