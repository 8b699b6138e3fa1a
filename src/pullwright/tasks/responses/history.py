"""What a request goes on from: the responses before it, or the conversation that it belongs to; and items that it only names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import ChangeRequest, Conflict, NotFound
from pullwright.protocol.items import Item
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.responses.items import Listed, unpacked, with_ids
from pullwright.tasks.store.conversations import get_conversation, items_of
from pullwright.tasks.store.responses import chain_of, find_item, get_response
from pullwright.tasks.store.rows.api import UNFINISHED, StoredResponse

OF_TASKS = frozenset({"shell_call", "shell_call_output", "apply_patch_call", "apply_patch_call_output"})
"""What an agent did in its sandbox. A model that goes on from its words is not told, since most upstreams could not read it."""


class _Output(msgspec.Struct):
    output: list[msgspec.Raw] = []


def said_in(response: dict[str, Any]) -> list[Item]:
    """The output of a response object."""
    output: list[dict[str, Any]] = response.get("output") or []
    return [Item(msgspec.json.encode(item)) for item in output]


class _Type(msgspec.Struct):
    type: str = ""
    id: str = ""


_output = msgspec.json.Decoder(_Output)
_type = msgspec.json.Decoder(_Type)


def needs_history(asked: Asked) -> bool:
    """Whether anything has to be looked up for a request's input."""
    return bool(asked.previous_id or asked.conversation) or any(b'"item_reference"' in item.raw for item in asked.input)


def whole_input(connection: Connection, asked: Asked, user_id: str) -> list[Item]:
    """The conversation so far and this request's own input, oldest first.

    Raises `ChangeRequest` or `NotFound` for what is not there or not this user's, `Conflict` for a response that is not finished.
    """
    before = list[Item]()
    if asked.previous_id:
        _find_previous(connection, asked.previous_id, user_id)
        before = spoken(chain_of(connection, asked.previous_id, user_id))
    elif asked.conversation:
        get_conversation(connection, asked.conversation, user_id)
        before = [Item(found.item) for found in items_of(connection, asked.conversation)]
    return [*before, *resolved(connection, asked.input, user_id)]


def _find_previous(connection: Connection, response_id: str, user_id: str) -> None:
    try:
        get_response(connection, response_id, user_id)
    except NotFound:
        raise ChangeRequest(
            f"there is no previous response '{response_id}'",
            fix="Send the conversation itself; with store=false nothing is kept.",
            code="previous_response_not_found", param="previous_response_id",
        ) from None  # fmt: skip


def spoken(chain: Sequence[StoredResponse]) -> list[Item]:
    """Input and output of each response in turn. Raises `Conflict` for one that is not finished."""
    for stored in chain:
        if stored.status in UNFINISHED:
            raise Conflict(f"the response '{stored.id}' is not finished yet", fix="Wait until it is, or cancel it.")
    return [one.item for one in spoken_ids(chain)]


def spoken_ids(chain: Sequence[StoredResponse]) -> list[Listed]:
    """The same, with their ids."""
    said: list[Listed] = []
    for stored in chain:
        said += with_ids(unpacked(stored.input), stored.id)
        said += with_ids(_output_of(stored), f"{stored.id}_o")
    return said


def _output_of(stored: StoredResponse) -> list[Item]:
    output = [Item(bytes(raw)) for raw in _output.decode(stored.resource).output]
    if not stored.task_id:
        return output
    return [item for item in output if _type.decode(item.raw).type not in OF_TASKS]


def resolved(connection: Connection, items: Iterable[Item], user_id: str) -> list[Item]:
    """Items, with those in place of which only an id was sent."""
    return [_resolved(connection, item, user_id) if b'"item_reference"' in item.raw else item for item in items]


def _resolved(connection: Connection, item: Item, user_id: str) -> Item:
    head = _type.decode(item.raw)
    if head.type != "item_reference":
        return item
    found = find_item(connection, user_id, head.id)
    if found is None:
        raise ChangeRequest(
            f"there is no item '{head.id}'", fix="Send the item itself; items of responses with store=false are not kept.",
            status=404, code="item_not_found", param="input",
        )  # fmt: skip
    return Item(found.item)
