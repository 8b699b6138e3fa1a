"""Items as they are kept and listed: each has an id, the client's or the upstream's where it brought one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from pullwright.protocol.errors import NotFound
from pullwright.protocol.items import Item

Order = Literal["asc", "desc"]

_PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
    "compaction": "cmp",
}


class _Head(msgspec.Struct):
    id: str | None = None
    type: str = "item"


_head = msgspec.json.Decoder(_Head)
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])


class Listed(msgspec.Struct, frozen=True):
    """An item with the id that it is found by."""

    id: str
    item: Item

    @property
    def fields(self) -> dict[str, Any]:
        """Its JSON, the id in it, and a message's text as a part: lists give it in no other form."""
        return {**in_parts(msgspec.json.decode(self.item.raw)), "id": self.id}


def in_parts(fields: dict[str, Any]) -> dict[str, Any]:
    """An item's JSON, with the text of a message as a part of it."""
    content = fields.get("content")
    if fields.get("type") != "message" or not isinstance(content, str):
        return fields
    own: dict[str, Any] = {"type": "output_text", "text": content, "annotations": [], "logprobs": []}
    return {**fields, "content": [own if fields.get("role") == "assistant" else {"type": "input_text", "text": content}]}


def id_of(item: Item) -> str:
    """The id that the item brought; empty: none."""
    try:
        return _head.decode(item.raw).id or ""
    except msgspec.ValidationError:
        return ""


def with_ids(items: Iterable[Item], owner: str) -> list[Listed]:
    """Items with ids: their own, or ones made of `owner` (a response's or conversation's id) and their place, always the same."""
    return [Listed(id_of(item) or _made(item, owner, number), item) for number, item in enumerate(items)]


def _made(item: Item, owner: str, number: int) -> str:
    try:
        kind = _head.decode(item.raw).type
    except msgspec.ValidationError:
        kind = "item"
    return f"{_PREFIXES.get(kind, 'item')}_{owner.partition('_')[2]}_{number}"


def packed(items: Sequence[Item]) -> bytes:
    """Items as one JSON array, each byte for byte."""
    return b"[" + b",".join(item.raw for item in items) + b"]"


def unpacked(array: bytes) -> list[Item]:
    """The items of such an array."""
    return [Item(bytes(raw)) for raw in _raw_list.decode(array)]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A list's page, as the API gives it."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]]
    first_id: str | None
    last_id: str | None
    has_more: bool


T = TypeVar("T", bound=Listed)


def page_of(items: Sequence[T], *, order: Order, after: str, limit: int) -> Page:
    """`limit` items in that order, after the one with the id `after`. Raises `NotFound` for an id that is not among them."""
    found = list(items) if order == "asc" else list(reversed(items))
    if after:
        place = next((number for number, one in enumerate(found) if one.id == after), None)
        if place is None:
            raise NotFound(f"there is no item '{after}' in this list", fix="`after` is the `last_id` of the page before.")
        found = found[place + 1 :]
    shown = found[:limit]
    return Page(
        data=[one.fields for one in shown],
        first_id=shown[0].id if shown else None,
        last_id=shown[-1].id if shown else None,
        has_more=len(found) > limit,
    )
