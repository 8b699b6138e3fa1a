"""Conversations: begun, added to, listed, deleted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.protocol.items import Item
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.history import resolved
from pullwright.tasks.responses.items import Listed, Order, Page, page_of, with_ids
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.conversations import (
    add_conversation,
    append_items,
    change_conversation,
    get_conversation,
    get_item,
    items_of,
    remove_conversation,
)
from pullwright.tasks.store.conversations import remove_item as remove_row
from pullwright.tasks.store.rows.api import Conversation, ConversationItem


async def create(service: Service, actor: Actor, metadata: dict[str, str], items: Sequence[Item]) -> Conversation:
    """A new conversation with items in it."""
    now = time.time()
    made = Conversation(
        id=new_id("conv"),
        user_id=actor.user_id,
        project_id=actor.only_project or "",
        metadata=metadata,
        created=now,
        changed=now,
    )
    await service.database.write(_create, made, items)
    return made


def _create(connection: Connection, made: Conversation, items: Sequence[Item]) -> None:
    add_conversation(connection, made)
    _append(connection, made, items)


def _append(connection: Connection, found: Conversation, items: Sequence[Item]) -> list[Listed]:
    listed = with_ids(resolved(connection, items, found.user_id), new_id("c"))
    kept = [(one.id[:128], msgspec.json.encode(one.fields)) for one in listed]
    append_items(connection, found.id, kept, time.time())
    return listed


async def change(service: Service, found: Conversation, metadata: dict[str, str]) -> Conversation:
    """The conversation with other metadata."""
    await service.database.write(change_conversation, found.id, metadata=metadata, changed=time.time())
    return await service.database.read(get_conversation, found.id, found.user_id)


async def delete(service: Service, found: Conversation) -> None:
    """Delete it with its items."""
    await service.database.write(remove_conversation, found.id)


async def add_items(service: Service, found: Conversation, items: Sequence[Item]) -> Page:
    """The items that were added at its end."""
    listed = await service.database.write(_append, found, items)
    return page_of(listed, order="asc", after="", limit=len(listed))


async def list_items(service: Service, found: Conversation, *, order: Order, after: str, limit: int) -> Page:
    """A page of its items."""
    rows = await service.database.read(items_of, found.id)
    return page_of([_listed(row) for row in rows], order=order, after=after, limit=limit)


async def read_item(service: Service, found: Conversation, item_id: str) -> dict[str, Any]:
    """One item's JSON. Raises `NotFound`."""
    return _listed(await service.database.read(get_item, found.id, item_id)).fields


async def remove_item(service: Service, found: Conversation, item_id: str) -> None:
    """Take one item out. Raises `NotFound`."""
    await service.database.write(_remove, found.id, item_id)


def _remove(connection: Connection, conversation_id: str, item_id: str) -> None:
    remove_row(connection, get_item(connection, conversation_id, item_id))


def _listed(row: ConversationItem) -> Listed:
    return Listed(row.item_id, Item(row.item))
