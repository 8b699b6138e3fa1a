"""An answer as Anthropic Messages gives it, whole or as events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from pullwright.models.mock.rendering import Told, frame, pieces
from pullwright.protocol.usage import Usage


def whole(told: Told) -> dict[str, Any]:
    """The message object."""
    return {**_shell(told), "content": _blocks(told), "stop_reason": _stop(told), "usage": _usage(told.usage or Usage())}


def events(told: Told) -> Iterator[bytes]:
    """The message as the stream's frames."""
    usage = told.usage
    begun = {**_shell(told), "usage": {**_usage(usage or Usage()), "output_tokens": 1} if usage else None}
    yield _event("message_start", message=begun)
    yield _event("ping")
    for index, block in enumerate(_blocks(told)):
        yield _event("content_block_start", index=index, content_block=_empty(block))
        for delta in _deltas(block, told.answer.piece):
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    counted = {"usage": _usage(usage)} if usage else {}
    yield _event("message_delta", delta={"stop_reason": _stop(told), "stop_sequence": None}, **counted)
    yield _event("message_stop")


def _event(kind: str, **fields: Any) -> bytes:
    return frame({"type": kind, **fields}, kind)


def _shell(told: Told) -> dict[str, Any]:
    return {
        "id": f"msg_{told.number:06d}",
        "type": "message",
        "role": "assistant",
        "model": told.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _blocks(told: Told) -> list[dict[str, Any]]:
    answer = told.answer
    blocks: list[dict[str, Any]] = []
    if answer.reasoning:
        blocks.append({"type": "thinking", "thinking": answer.reasoning, "signature": f"signed-{told.number}"})
    if answer.text:
        blocks.append({"type": "text", "text": answer.text})
    for index, call in enumerate(answer.calls):
        # The API sends parsed input; a script with broken JSON shows itself as an empty object here.
        try:
            given = msgspec.json.decode(call.text)
        except msgspec.DecodeError:
            given = {}
        blocks.append({"type": "tool_use", "id": told.call_id(index), "name": call.name, "input": given})
    return blocks


def _empty(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "thinking":
        return {**block, "thinking": "", "signature": ""}
    return {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}


def _deltas(block: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    if block["type"] == "thinking":
        for piece in pieces(block["thinking"], size):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] == "text":
        for piece in pieces(block["text"], size):
            yield {"type": "text_delta", "text": piece}
    else:
        for piece in pieces(msgspec.json.encode(block["input"]).decode()):
            yield {"type": "input_json_delta", "partial_json": piece}


def _stop(told: Told) -> str:
    stops = {"max_output": "max_tokens", "content_filter": "refusal"}
    if told.answer.refusal:
        return "refusal"
    return stops.get(told.answer.stop) or ("tool_use" if told.answer.calls else "end_turn")


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input - usage.cached - usage.cache_written,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.cache_written,
        "output_tokens": usage.output,
    }
