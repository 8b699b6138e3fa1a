"""Conversations that responses belong to, as OpenAI's clients keep them."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from pullwright.protocol.errors import ChangeRequest
from pullwright.server.bodies import answer
from pullwright.server.responses.allowed import own_conversation, require_caller
from pullwright.server.responses.records import (
    AddItems,
    ChangeConversation,
    ConversationObject,
    CreateConversation,
    DeletedObject,
    ItemObject,
    ItemPage,
)
from pullwright.server.routes.responses import After, Include, Limit
from pullwright.server.routing import Call, Routes
from pullwright.tasks.responses import conversing
from pullwright.tasks.responses.asked import read_items, read_metadata
from pullwright.tasks.responses.items import Order, Page
from pullwright.tasks.store.rows.api import Conversation

ROUTES = Routes("Conversations")
MOST = 20
"""Items in one request."""


class _Body(msgspec.Struct):
    items: list[msgspec.Raw] | None = None
    metadata: dict[str, str] | None = None


@ROUTES.post("/v1/conversations", reads=CreateConversation)
async def create_conversation(call: Call) -> ConversationObject:
    """Begin a conversation."""
    require_caller(call.actor)
    body = await _read(call)
    items = read_items(_few(body.items or []), "items")
    return _shown(await conversing.create(call.service, call.actor, read_metadata(body.metadata), items))


@ROUTES.get("/v1/conversations/{conversation_id}")
async def retrieve_conversation(call: Call, conversation_id: str) -> ConversationObject:
    """A conversation, without its items."""
    return _shown(await _own(call, conversation_id))


@ROUTES.post("/v1/conversations/{conversation_id}", reads=ChangeConversation)
async def update_conversation(call: Call, conversation_id: str) -> ConversationObject:
    """Set a conversation's metadata."""
    found = await _own(call, conversation_id)
    metadata = read_metadata((await _read(call)).metadata)
    return _shown(await conversing.change(call.service, found, metadata))


@ROUTES.delete("/v1/conversations/{conversation_id}")
async def delete_conversation(call: Call, conversation_id: str) -> DeletedObject:
    """Delete a conversation with its items; the responses that belong to it stay."""
    await conversing.delete(call.service, await _own(call, conversation_id))
    return DeletedObject(id=conversation_id, object="conversation.deleted")


@ROUTES.get("/v1/conversations/{conversation_id}/items", answers=ItemPage)
async def list_items(
    call: Call, conversation_id: str, order: Order = "desc", after: After = "", limit: Limit = 20, include: Include = None
) -> Page:
    """A page of a conversation's items."""
    found = await _own(call, conversation_id)
    return await conversing.list_items(call.service, found, order=order, after=after, limit=limit)


@ROUTES.post("/v1/conversations/{conversation_id}/items", reads=AddItems, answers=ItemPage)
async def create_items(call: Call, conversation_id: str, include: Include = None) -> Page:
    """Add items at the end of a conversation."""
    found = await _own(call, conversation_id)
    given = (await _read(call)).items
    if not given:
        raise ChangeRequest("there are no items", fix="Send some in `items`.", code="missing_required_parameter", param="items")
    return await conversing.add_items(call.service, found, read_items(_few(given), "items"))


@ROUTES.get("/v1/conversations/{conversation_id}/items/{item_id}", answers=ItemObject)
async def retrieve_item(call: Call, conversation_id: str, item_id: str, include: Include = None) -> Response:
    """One item of a conversation."""
    return answer(await conversing.read_item(call.service, await _own(call, conversation_id), item_id))


@ROUTES.delete("/v1/conversations/{conversation_id}/items/{item_id}")
async def delete_item(call: Call, conversation_id: str, item_id: str) -> ConversationObject:
    """Take one item out of a conversation."""
    found = await _own(call, conversation_id)
    await conversing.remove_item(call.service, found, item_id)
    return _shown(found)


async def _own(call: Call, conversation_id: str) -> Conversation:
    return await call.service.database.read(own_conversation, call.actor, conversation_id)


async def _read(call: Call) -> _Body:
    raw = await call.request.body()
    try:
        return msgspec.json.decode(raw or b"{}", type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChangeRequest(f"the body cannot be read: {error}", fix="Send a JSON object.", code="invalid_json") from None


def _few(items: list[msgspec.Raw]) -> list[msgspec.Raw]:
    if len(items) > MOST:
        raise ChangeRequest(f"{len(items)} items are too many", fix=f"Send {MOST} at a time.", param="items")
    return items


def _shown(found: Conversation) -> ConversationObject:
    return ConversationObject(id=found.id, created_at=int(found.created), metadata=found.metadata)
