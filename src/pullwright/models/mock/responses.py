"""An answer as the Responses API gives it, whole or as events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pullwright.models.mock.rendering import Told, frame, pieces
from pullwright.models.mock.script import SaidCustom

_CREATED = 1_700_000_000


def whole(told: Told) -> dict[str, Any]:
    """The response object, finished."""
    incomplete = {"max_output": "max_output_tokens", "content_filter": "content_filter"}.get(told.answer.stop)
    return {
        **_shell(told),
        "status": "incomplete" if incomplete else "completed",
        "incomplete_details": {"reason": incomplete} if incomplete else None,
        "output": _items(told),
        "usage": _usage(told),
    }


def events(told: Told) -> Iterator[bytes]:
    """The response as the stream's frames."""
    sequence = iter(range(1_000_000))

    def event(kind: str, **fields: Any) -> bytes:
        return frame({"type": kind, "sequence_number": next(sequence), **fields}, kind)

    begun: dict[str, Any] = {**_shell(told), "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(_items(told)):
        for kind, fields in _item_events(item, told.answer.piece):
            yield event(kind, output_index=index, **fields)
    end = whole(told)
    yield event(f"response.{end['status']}", response=end)


def _shell(told: Told) -> dict[str, Any]:
    asked = told.request
    return {
        "id": f"resp_{told.number:06d}",
        "object": "response",
        "created_at": _CREATED,
        "model": told.model,
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "metadata": {},
        "parallel_tool_calls": bool(asked.get("parallel_tool_calls", True)),
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "store": bool(asked.get("store", True)),
    }


def _items(told: Told) -> list[dict[str, Any]]:
    answer, number = told.answer, told.number
    items: list[dict[str, Any]] = []
    if answer.reasoning:
        items.append(
            {
                "id": f"rs_{number:06d}",
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": answer.reasoning}],
                "encrypted_content": f"sealed-{number}",
            }
        )
    parts: list[dict[str, Any]] = []
    if answer.text:
        parts.append({"type": "output_text", "text": answer.text, "annotations": []})
    if answer.refusal:
        parts.append({"type": "refusal", "refusal": answer.refusal})
    if parts:
        items.append({"id": f"msg_{number:06d}", "type": "message", "role": "assistant", "status": "completed", "content": parts})
    for index, call in enumerate(answer.calls):
        common = {"status": "completed", "call_id": told.call_id(index), "name": call.name}
        if isinstance(call, SaidCustom):
            items.append({"id": f"ctc_{number:06d}_{index}", "type": "custom_tool_call", **common, "input": call.input})
        else:
            items.append({"id": f"fc_{number:06d}_{index}", "type": "function_call", **common, "arguments": call.text})
    return items


def _item_events(item: dict[str, Any], size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of one item, between and including `added` and `done`."""
    at = {"item_id": item["id"]}
    kind = item["type"]
    if kind == "message":
        yield "response.output_item.added", {"item": {**item, "status": "in_progress", "content": []}}
        for index, part in enumerate(item["content"]):
            yield from _part_events(part, {**at, "content_index": index}, size)
    elif kind == "reasoning":
        part = item["summary"][0]
        yield "response.output_item.added", {"item": {**item, "summary": [], "encrypted_content": None}}
        yield "response.reasoning_summary_part.added", {**at, "summary_index": 0, "part": {**part, "text": ""}}
        for piece in pieces(part["text"], size):
            yield "response.reasoning_summary_text.delta", {**at, "summary_index": 0, "delta": piece}
        yield "response.reasoning_summary_text.done", {**at, "summary_index": 0, "text": part["text"]}
        yield "response.reasoning_summary_part.done", {**at, "summary_index": 0, "part": part}
    else:
        field = "input" if kind == "custom_tool_call" else "arguments"
        name = "response.custom_tool_call_input" if kind == "custom_tool_call" else "response.function_call_arguments"
        yield "response.output_item.added", {"item": {**item, "status": "in_progress", field: ""}}
        for piece in pieces(item[field]):
            yield f"{name}.delta", {**at, "delta": piece}
        yield f"{name}.done", {**at, field: item[field], **({"name": item["name"]} if field == "arguments" else {})}
    yield "response.output_item.done", {"item": item}


def _part_events(part: dict[str, Any], at: dict[str, Any], size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = part["type"]
    field, logprobs = ("refusal", {}) if kind == "refusal" else ("text", {"logprobs": list[Any]()})
    yield "response.content_part.added", {**at, "part": {**part, field: ""}}
    for piece in pieces(part[field], size):
        yield f"response.{kind}.delta", {**at, "delta": piece, **logprobs}
    yield f"response.{kind}.done", {**at, field: part[field], **logprobs}
    yield "response.content_part.done", {**at, "part": part}


def _usage(told: Told) -> dict[str, Any] | None:
    usage = told.usage
    if usage is None:
        return None
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
