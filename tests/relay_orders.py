"""Orders for relays, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pullwright.models.relay.relay import Frame, Order, Relay
from pullwright.protocol.items import Item, user_message

REQUIRED = (
    "id",
    "object",
    "created_at",
    "completed_at",
    "status",
    "incomplete_details",
    "model",
    "previous_response_id",
    "instructions",
    "output",
    "error",
    "tools",
    "tool_choice",
    "truncation",
    "parallel_tool_calls",
    "text",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "top_logprobs",
    "temperature",
    "reasoning",
    "usage",
    "max_output_tokens",
    "max_tool_calls",
    "store",
    "background",
    "service_tier",
    "metadata",
    "safety_identifier",
    "prompt_cache_key",
)
"""What a response object must have by the Open Responses schema, be it null."""

EVENT = msgspec.json.Decoder(dict[str, Any])


def shell(**ours: Any) -> dict[str, Any]:
    """A response object before anything was said."""
    empty = dict.fromkeys(REQUIRED)
    known: dict[str, Any] = {
        "object": "response",
        "status": "in_progress",
        "output": [],
        "tools": [],
        "tool_choice": "auto",
        "model": "asked",
    }
    state = {"id": "resp_ours", "created_at": 1_800_000_000, "background": False, "store": True, "metadata": {"mine": "yes"}}
    return {**empty, **known, **state, **ours}


def order(*items: Item, ours: dict[str, Any] | None = None, **fields: Any) -> Order:
    """An order with `fields`; of one message, where no items are given."""
    return Order(fields=fields, items=items or (user_message("hi"),), shell=shell(**(ours or {})))


async def frames_of(relay: Relay, asked: Order) -> list[Frame]:
    """All frames, after a look at what holds for every response."""
    frames = [frame async for frame in relay.stream(asked)]
    check(frames)
    return frames


def check(frames: Sequence[Frame]) -> None:
    """What holds for the frames of every response, whatever the upstream did."""
    assert [frame.number for frame in frames] == list(range(len(frames)))
    assert frames[0].type == "response.created"
    for frame in frames:
        event = EVENT.decode(frame.data)
        assert (event["type"], event["sequence_number"]) == (frame.type, frame.number)
        assert b"\n" not in frame.data
        if frame.response is not None:
            assert event["response"] == frame.response
            assert set(REQUIRED) <= set(frame.response)
            assert (frame.response["id"], frame.response["metadata"]) == ("resp_ours", {"mine": "yes"})
    ends = [frame for frame in frames if frame.type in ("response.completed", "response.incomplete", "response.failed")]
    assert ends == [frames[-1]]
