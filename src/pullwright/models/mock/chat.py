"""An answer as Chat Completions gives it, whole or as chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pullwright.models.mock.rendering import Told, frame, pieces
from pullwright.models.wires.wire import fields_of

_CREATED = 1_700_000_000


def whole(told: Told) -> dict[str, Any]:
    """The completion object."""
    answer = told.answer
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.refusal:
        message["refusal"] = answer.refusal
    if answer.calls:
        message["tool_calls"] = [
            {"id": told.call_id(index), "type": "function", "function": {"name": call.name, "arguments": call.text}}
            for index, call in enumerate(answer.calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(told), "logprobs": None}
    return {**_shell(told, "chat.completion"), "choices": [choice], "usage": _usage(told)}


def events(told: Told) -> Iterator[bytes]:
    """The completion as the stream's frames, `[DONE]` last."""
    answer = told.answer
    shell = _shell(told, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return frame({**shell, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(answer.reasoning, answer.piece):
        yield chunk({"reasoning_content": piece})
    for piece in pieces(answer.text, answer.piece):
        yield chunk({"content": piece})
    for piece in pieces(answer.refusal, answer.piece):
        yield chunk({"refusal": piece})
    for index, call in enumerate(answer.calls):
        function = {"name": call.name, "arguments": ""}
        yield chunk({"tool_calls": [{"index": index, "id": told.call_id(index), "type": "function", "function": function}]})
        for piece in pieces(call.text):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, _finish(told))
    wants_usage = fields_of(told.request.get("stream_options")).get("include_usage")
    if told.usage and wants_usage:
        yield frame({**shell, "choices": [], "usage": _usage(told)})
    yield b"data: [DONE]\n\n"


def _shell(told: Told, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{told.number:06d}", "object": kind, "created": _CREATED, "model": told.model}


def _finish(told: Told) -> str:
    stops = {"max_output": "length", "content_filter": "content_filter"}
    return stops.get(told.answer.stop) or ("tool_calls" if told.answer.calls else "stop")


def _usage(told: Told) -> dict[str, Any] | None:
    usage = told.usage
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
