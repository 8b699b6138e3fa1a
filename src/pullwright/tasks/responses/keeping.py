"""What is kept of a response: the object, items by their ids, and its place in a conversation; and what is told of its end."""

from __future__ import annotations

import time
from typing import Any, cast

import msgspec
from sqlalchemy import Connection

from pullwright.models.relay.relay import Frame
from pullwright.protocol.items import Item
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.responses.ending import end_response
from pullwright.tasks.responses.history import said_in
from pullwright.tasks.responses.items import packed, unpacked, with_ids
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.conversations import append_items
from pullwright.tasks.store.responses import add_items, add_response
from pullwright.tasks.store.rows.api import ResponseItem, Status, StoredResponse


def kept_of(asked: Asked, actor: Actor, response_id: str, project_id: str, now: float) -> StoredResponse:
    """The row of a response that is about to be made."""
    return StoredResponse(
        id=response_id,
        user_id=actor.user_id,
        key_id=actor.key_id,
        project_id=project_id,
        model=asked.model,
        status="queued" if asked.background else "in_progress",
        previous_id=asked.previous_id,
        conversation_id=asked.conversation,
        background=asked.background,
        streamed=asked.background and asked.stream,
        request=msgspec.json.encode(asked.fields),
        input=packed(asked.input),
        created=now,
    )


def asked_of(stored: StoredResponse) -> Asked:
    """The request of a stored response."""
    fields = msgspec.json.decode(stored.request)
    return Asked(
        model=stored.model,
        input=tuple(unpacked(stored.input)),
        fields=fields,
        stream=stored.streamed,
        background=stored.background,
        previous_id=stored.previous_id,
        conversation=stored.conversation_id,
        metadata=fields.get("metadata") or {},
        instructions=fields.get("instructions") or "",
    )


async def keep(service: Service, stored: StoredResponse, last: Frame) -> None:
    """Keep how a response ended, as its request wanted: in the store, and at the end of its conversation."""
    response = last.response or {}
    wanted = response.get("store") is not False
    if wanted or stored.conversation_id:
        status = cast("Status", response.get("status") or "failed")
        await service.database.write(_keep, stored, response, status, wanted)


def _keep(connection: Connection, stored: StoredResponse, response: dict[str, Any], status: Status, wanted: bool) -> None:
    now = time.time()
    if stored.background and not end_response(connection, stored, status, response):
        return  # cancelled, or deleted, in the meantime
    if wanted and not stored.background:
        resource = msgspec.json.encode(response)
        add_response(connection, msgspec.structs.replace(stored, status=status, resource=resource, completed=now))
    output = said_in(response)
    if wanted:
        add_items(connection, output_items(stored, output))
    if stored.conversation_id and status in ("completed", "incomplete"):
        append_items(connection, stored.conversation_id, _said(stored, output), now)


def output_items(stored: StoredResponse, output: list[Item]) -> list[ResponseItem]:
    """The output's items, to be found by their ids."""
    return [
        ResponseItem(response_id=stored.id, number=number, user_id=stored.user_id, item_id=one.id[:128], item=one.item.raw)
        for number, one in enumerate(with_ids(output, stored.id))
    ]


def _said(stored: StoredResponse, output: list[Item]) -> list[tuple[str, bytes]]:
    said = with_ids([*unpacked(stored.input), *output], stored.id)
    return [(one.id[:128], msgspec.json.encode(one.fields)) for one in said]
