"""Stored responses, listed and deleted."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.responses.ending import cancel_response
from pullwright.tasks.responses.history import spoken_ids
from pullwright.tasks.responses.items import Listed, Order, Page, page_of, unpacked, with_ids
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.responses import chain_of, remove_response
from pullwright.tasks.store.rows.api import StoredResponse


async def input_items(service: Service, stored: StoredResponse, *, order: Order, after: str, limit: int) -> Page:
    """A page of what a response was made from. Raises `NotFound` for an `after` that is not among them."""
    return page_of(await service.database.read(_inputs, stored), order=order, after=after, limit=limit)


def _inputs(connection: Connection, stored: StoredResponse) -> list[Listed]:
    before: list[Listed] = []
    if stored.previous_id:
        before = spoken_ids(chain_of(connection, stored.previous_id, stored.user_id))
    return [*before, *with_ids(unpacked(stored.input), stored.id)]


async def delete(service: Service, stored: StoredResponse) -> None:
    """Delete a response; what a server still makes of it is stopped."""
    if stored.background and not stored.task_id:
        await cancel_response(service, stored)
    await service.database.write(remove_response, stored.id)
