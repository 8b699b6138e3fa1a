"""Events of the Responses API, held against what others expect of them: OpenAI's own types, the Open Responses schema, and the
accumulator of OpenAI's SDK."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from pullwright.models.relay.relay import Frame
from relay_orders import EVENT, check

_UNKNOWN_THERE = ("custom_tool_call", "custom_tool_call_input")
"""Open Responses has no free-form tools."""


def full_shell(**ours: Any) -> dict[str, Any]:
    """A response object before anything was said, with a value in every field that must have one."""
    from relay_orders import shell

    numbers = {"top_p": 1.0, "temperature": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0, "top_logprobs": 0}
    words = {"truncation": "disabled", "service_tier": "default", "parallel_tool_calls": True}
    return shell(**numbers, **words, text={"format": {"type": "text"}}, **ours)


def check_all(frames: Sequence[Frame]) -> dict[str, Any]:
    """Every event is what it must be, and they add up to the last one's response, which is given."""
    check(frames)
    for frame in frames:
        event = EVENT.decode(frame.data)
        _openai(frame.type).model_validate(event)
        _open_responses(event)
    last = frames[-1].response
    assert last is not None
    assert [EVENT.decode(frame.item.raw) for frame in frames if frame.item] == sorted_done(frames, last["output"])
    _accumulates(frames, last)
    return last


def sorted_done(frames: Sequence[Frame], output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of the last response, in the order in which they were done."""
    places = [EVENT.decode(frame.data)["output_index"] for frame in frames if frame.item]
    assert sorted(places) == list(range(len(output))) or frames[-1].type == "response.failed"
    order = {place: index for index, place in enumerate(sorted(places))}
    return [output[order[place]] for place in places]


@cache
def _types() -> dict[str, Any]:
    from openai.types.responses import ResponseStreamEvent

    union = get_args(ResponseStreamEvent)[0]
    return {name: kind for kind in get_args(union) for name in get_args(kind.model_fields["type"].annotation)}


def _openai(name: str) -> Any:
    return _types()[name]


@cache
def _validators() -> dict[str, Any]:
    jsonschema = pytest.importorskip("jsonschema")
    llm_comply = pytest.importorskip("llm_comply")
    spec = json.loads((Path(llm_comply.__file__).parent / "specs/openresponses.json").read_text())
    schemas = spec["components"]["schemas"]
    names = {schema["properties"]["type"]["enum"][0]: name for name, schema in schemas.items() if name.endswith("StreamingEvent")}
    made = jsonschema.Draft202012Validator
    return {
        kind: made({"$ref": f"#/components/schemas/{name}", "components": spec["components"]}) for kind, name in names.items()
    }


def _open_responses(event: dict[str, Any]) -> None:
    validator = _validators().get(event["type"])
    if validator is None:
        assert event["type"].startswith("response.custom_tool_call_input.")
        return
    response = event.get("response")
    if response:
        output = [item for item in response["output"] if item["type"] not in _UNKNOWN_THERE]
        event = {**event, "response": {**response, "output": output}}
    if event.get("item", {}).get("type") not in _UNKNOWN_THERE:
        validator.validate(event)


def _accumulates(frames: Sequence[Frame], last: dict[str, Any]) -> None:
    """OpenAI's accumulator takes every event, and what it gathered piece by piece is what the items say at the end."""
    from openai import omit
    from openai.lib.streaming.responses._responses import ResponseStreamState

    state: Any = ResponseStreamState(input_tools=omit, text_format=omit)
    texts: dict[tuple[int, int], str] = {}
    for frame in frames:
        event = EVENT.decode(frame.data)
        for told in state.handle_event(_openai(frame.type).model_validate(event)):
            if told.type in ("response.output_text.delta", "response.function_call_arguments.delta"):
                texts[told.output_index, getattr(told, "content_index", 0)] = told.snapshot
    if last["status"] != "completed":
        return
    final: dict[tuple[int, int], str] = {}
    for place, item in enumerate(last["output"]):
        if item["type"] == "function_call":
            final[place, 0] = item["arguments"]
        for at, part in enumerate(item.get("content") or []):
            if part["type"] == "output_text":
                final[place, at] = part["text"]
    assert {at: text for at, text in final.items() if text} == texts
    assert state._completed_response.to_dict()["id"] == last["id"]
