"""Conversations, and their items in order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.api_tables import conversation_items, conversations
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.api import Conversation, ConversationItem

ROWS = Rows(conversations, Conversation)
ITEMS = Rows(conversation_items, ConversationItem)


def add_conversation(connection: Connection, made: Conversation) -> None:
    """Keep a conversation."""
    ROWS.add(connection, made)


def get_conversation(connection: Connection, conversation_id: str, user_id: str) -> Conversation:
    """A user's own conversation. Raises `NotFound`."""
    found = ROWS.find(connection, conversations.c.id == conversation_id, conversations.c.user_id == user_id)
    if found is None:
        raise NotFound(f"there is no conversation '{conversation_id}'", fix="It was deleted, or is somebody else's.")
    return found


def change_conversation(connection: Connection, conversation_id: str, **values: object) -> None:
    """Set fields of it."""
    ROWS.change(connection, conversations.c.id == conversation_id, **values)


def remove_conversation(connection: Connection, conversation_id: str) -> None:
    """With its items."""
    connection.execute(delete(conversation_items).where(conversation_items.c.conversation_id == conversation_id))
    ROWS.remove(connection, conversations.c.id == conversation_id)


def append_items(connection: Connection, conversation_id: str, items: Sequence[tuple[str, bytes]], now: float) -> None:
    """Items (id and JSON) at its end. Two that append at once: one after the other, each whole."""
    held = select(conversations.c.id).where(conversations.c.id == conversation_id).with_for_update()
    if connection.execute(held).first() is None:
        return
    last = connection.scalar(
        select(func.max(conversation_items.c.number)).where(conversation_items.c.conversation_id == conversation_id)
    )
    for number, (item_id, item) in enumerate(items, (last or 0) + 1):
        ITEMS.add(connection, ConversationItem(conversation_id=conversation_id, number=number, item_id=item_id, item=item))
    change_conversation(connection, conversation_id, changed=now)


def items_of(connection: Connection, conversation_id: str) -> list[ConversationItem]:
    """All its items, oldest first."""
    where = conversation_items.c.conversation_id == conversation_id
    return ITEMS.all(connection, where, order=conversation_items.c.number)


def get_item(connection: Connection, conversation_id: str, item_id: str) -> ConversationItem:
    """One item. Raises `NotFound`."""
    where = (conversation_items.c.conversation_id == conversation_id, conversation_items.c.item_id == item_id)
    found = ITEMS.find(connection, *where)
    if found is None:
        raise NotFound(f"the conversation has no item '{item_id}'", fix="GET its items for their ids.")
    return found


def remove_item(connection: Connection, found: ConversationItem) -> None:
    """Take one item away."""
    where = (conversation_items.c.conversation_id == found.conversation_id, conversation_items.c.number == found.number)
    ITEMS.remove(connection, *where)


def forget_conversations(connection: Connection, before: float) -> int:
    """Those that nothing was said in since, and how many."""
    old = select(conversations.c.id).where(conversations.c.changed < before)
    connection.execute(delete(conversation_items).where(conversation_items.c.conversation_id.in_(old)))
    return connection.execute(delete(conversations).where(conversations.c.changed < before)).rowcount


def forget_conversations_of(connection: Connection, user_id: str) -> None:
    """All conversations of a user."""
    theirs = select(conversations.c.id).where(conversations.c.user_id == user_id)
    connection.execute(delete(conversation_items).where(conversation_items.c.conversation_id.in_(theirs)))
    ROWS.remove(connection, conversations.c.user_id == user_id)
