"""A finished response told as events, for a server that gives it whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pullwright.models.wires.wire import fields_of, list_of
from pullwright.protocol.ids import new_id

Event = dict[str, Any]

_TEXTS = {
    "output_text": ("text", "response.output_text"),
    "refusal": ("refusal", "response.refusal"),
    "reasoning_text": ("text", "response.reasoning_text"),
}
_CALLS = {
    "function_call": ("arguments", "response.function_call_arguments"),
    "custom_tool_call": ("input", "response.custom_tool_call_input"),
    "mcp_call": ("arguments", "response.mcp_call_arguments"),
}


def tell(response: dict[str, Any]) -> Iterator[Event]:
    """The events of `response`, without their numbers. Its items get an id where they have none: events name items by it."""
    begun: Event = {**response, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None, "error": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    output = map(fields_of, list_of(response.get("output")))
    items: list[Event] = [{**item, "id": item.get("id") or new_id("item")} for item in output]
    for index, item in enumerate(items):
        for event in tell_item(item):
            yield {**event, "output_index": index}
    yield {"type": f"response.{response.get('status') or 'completed'}", "response": {**response, "output": items}}


def tell_item(item: dict[str, Any]) -> Iterator[Event]:
    """The events of one item, between and including `added` and `done`, without `output_index`."""
    kind, place = item.get("type"), {"item_id": item["id"]}
    call = _CALLS.get(str(kind))
    empty: dict[str, Any] = {name: [] for name in ("content", "summary") if isinstance(item.get(name), list)}
    if call:
        empty = {call[0]: ""}
    begun = {"status": "in_progress"} if "status" in item else {}
    yield {"type": "response.output_item.added", "item": {**item, **empty, **begun}}
    if call:
        yield {"type": f"{call[1]}.delta", **place, "delta": item.get(call[0]) or ""}
        yield {"type": f"{call[1]}.done", **place, call[0]: item.get(call[0]) or "", "name": item.get("name", "")}
    for index, part in enumerate(list_of(item.get("summary"))):
        yield from _tell_part("summary", {**place, "summary_index": index}, fields_of(part))
    for index, part in enumerate(list_of(item.get("content"))):
        yield from _tell_part("content", {**place, "content_index": index}, fields_of(part))
    yield {"type": "response.output_item.done", "item": item}


def _tell_part(where: str, place: dict[str, Any], part: dict[str, Any]) -> Iterator[Event]:
    field, name = _TEXTS.get(str(part.get("type")), ("", ""))
    around = "response.content_part"
    if where == "summary":
        field, name, around = "text", "response.reasoning_summary_text", "response.reasoning_summary_part"
    extra: Event = {"logprobs": part.get("logprobs") or []} if name == "response.output_text" else {}
    yield {"type": f"{around}.added", **place, "part": {**part, field: ""} if field else part}
    if field:
        text = part.get(field) or ""
        yield {"type": f"{name}.delta", **place, "delta": text, **extra}
        yield {"type": f"{name}.done", **place, field: text, **extra}
    yield {"type": f"{around}.done", **place, "part": part}
