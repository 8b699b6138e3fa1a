"""Tools: called, answered, side by side, free of form; on every wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI, pydantic_function_tool
from pydantic import BaseModel

from api.world import MODELS, ApiWorld

WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather somewhere.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": False,
    },
    "strict": True,
}
TIME: dict[str, Any] = {
    "type": "function",
    "name": "get_time",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}
PYTHON: dict[str, Any] = {
    "type": "custom",
    "name": "run_python",
    "description": "Runs it.",
    "format": {"type": "grammar", "syntax": "lark", "definition": 'start: "print(" /[0-9]+/ ")"'},
}


def test_the_loop_with_state_kept_here(client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="How is it in Paris?", tools=[WEATHER])  # type: ignore[list-item]
    call = first.output[-1]
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "some city", "days": 7})
    second = client.responses.create(
        model=model,
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}],
        tools=[WEATHER],  # type: ignore[list-item]
    )
    assert second.output_text == "The tools said: sunny"
    assert second.previous_response_id == first.id


def test_the_loop_with_state_kept_by_the_client(client: OpenAI, model: str) -> None:
    conversation: list[Any] = [{"role": "user", "content": "How is it in Paris?"}]
    for _ in range(2):
        made = client.responses.create(
            model=model, input=conversation, tools=[WEATHER], store=False, reasoning={"effort": "low", "summary": "auto"},
            include=["reasoning.encrypted_content"],
        )  # type: ignore[call-overload]  # fmt: skip
        conversation += made.output
        conversation += [
            {"type": "function_call_output", "call_id": item.call_id, "output": json.dumps({"sky": "blue"})}
            for item in made.output
            if item.type == "function_call"
        ]
    assert made.output_text == 'The tools said: {"sky":"blue"}' or made.output_text == 'The tools said: {"sky": "blue"}'


def test_side_by_side(client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="Both. [all]", tools=[WEATHER, TIME], parallel_tool_calls=True)  # type: ignore[list-item]
    calls = [item for item in first.output if item.type == "function_call"]
    assert [call.name for call in calls] == ["get_weather", "get_time"]
    assert len({call.call_id for call in calls}) == 2
    told = [{"type": "function_call_output", "call_id": call.call_id, "output": f"{call.name} done"} for call in calls]
    second = client.responses.create(model=model, previous_response_id=first.id, input=told, tools=[WEATHER, TIME])  # type: ignore[arg-type,list-item]
    assert second.output_text == "The tools said: get_weather done | get_time done"


def test_free_of_form_with_a_grammar(client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="Compute.", tools=[PYTHON])  # type: ignore[list-item]
    call = first.output[-1]
    assert call.type == "custom_tool_call"
    assert (call.name, call.input) == ("run_python", "print(42)")
    second = client.responses.create(
        model=model,
        previous_response_id=first.id,
        input=[{"type": "custom_tool_call_output", "call_id": call.call_id, "output": "42"}],
        tools=[PYTHON],  # type: ignore[list-item]
    )
    assert second.output_text == "The tools said: 42"


def test_free_of_form_as_it_streams(client: OpenAI, model: str) -> None:
    with client.responses.stream(model=model, input="Compute.", tools=[PYTHON]) as stream:  # type: ignore[list-item]
        events = list(stream)
    said = "".join(event.delta for event in events if event.type == "response.custom_tool_call_input.delta")
    assert said == "print(42)"


def test_arguments_as_they_stream(client: OpenAI, model: str) -> None:
    with client.responses.create(model=model, input="How is it?", tools=[WEATHER], stream=True) as stream:  # type: ignore[list-item]
        events = list(stream)
    said = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    assert json.loads(said) == {"city": "some city", "days": 7}
    done = next(event for event in events if event.type == "response.function_call_arguments.done")
    assert done.arguments == said


class GetPlace(BaseModel):
    place: str
    floor: int


def test_arguments_parsed_by_the_sdk(client: OpenAI, model: str) -> None:
    tool = pydantic_function_tool(GetPlace, name="get_place")
    flat = {"type": "function", **tool["function"]}
    parsed = client.responses.parse(model=model, input="Where?", tools=[flat])  # type: ignore[list-item]
    call = parsed.output[-1]
    assert call.type == "function_call"
    assert call.parsed_arguments == {"place": "some place", "floor": 7}


def test_which_tool_is_the_clients_to_say(client: OpenAI, model: str) -> None:
    asked = {"model": model, "input": "Go.", "tools": [WEATHER, TIME]}
    named = client.responses.create(**asked, tool_choice={"type": "function", "name": "get_time"})
    assert [item.name for item in named.output if item.type == "function_call"] == ["get_time"]
    required = client.responses.create(**asked, tool_choice="required")
    assert required.output[-1].type == "function_call"


def test_what_tools_say_may_be_an_image(api: ApiWorld, client: OpenAI, model: str) -> None:
    first = client.responses.create(model=model, input="How is it?", tools=[TIME])  # type: ignore[list-item]
    call = first.output[-1]
    assert call.type == "function_call"
    parts = [
        {"type": "input_text", "text": "seen"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    ]
    second = client.responses.create(
        model=model,
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": parts}],  # type: ignore[arg-type,list-item]
        tools=[TIME],  # type: ignore[list-item]
        tool_choice="none",
    )
    assert second.status == "completed"
    assert b"iVBORw0KGgo=" in api.upstream.requests[-1].body
    assert b"seen" in api.upstream.requests[-1].body


@pytest.mark.parametrize("wire", ["chat", "anthropic"])
def test_a_namespace_on_a_wire_that_has_none(api: ApiWorld, client: OpenAI, wire: str) -> None:
    inner = {**WEATHER, "strict": False}
    tools: list[Any] = [{"type": "namespace", "name": "outside", "description": "The world.", "tools": [inner]}]
    first = client.responses.create(model=MODELS[wire], input="How is it?", tools=tools)
    call = first.output[-1]
    assert call.type == "function_call"
    assert (call.namespace, call.name) == ("outside", "get_weather")
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    second = client.responses.create(model=MODELS[wire], previous_response_id=first.id, input=[result], tools=tools)  # type: ignore[arg-type,list-item]
    assert second.output_text == "The tools said: sunny"
    assert api.upstream.requests[-1].body.count(b'"outside__get_weather"') == 2
