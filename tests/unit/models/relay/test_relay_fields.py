"""A request of the Responses API as the other wires have it; what they cannot do is refused by its name."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.models.relay.relay import Order
from pullwright.models.relay.requesting import model_request
from pullwright.models.relay.upstream import Upstream
from pullwright.models.wires.anthropic import AnthropicWire
from pullwright.models.wires.chat import ChatWire
from pullwright.models.wires.wire import Quirks
from pullwright.protocol.errors import ChangeRequest, Unsupported
from pullwright.protocol.items import Item, user_message

OPENAI = Quirks(developer="developer", max_tokens="max_completion_tokens", cache_key=True, extras=True)
UPSTREAMS = {
    "chat": Upstream(provider="custom", model="m", wire="chat", quirks=Quirks()),
    "openai": Upstream(provider="openai", model="m", wire="chat", quirks=OPENAI),
    "anthropic": Upstream(provider="anthropic", model="m", wire="anthropic", quirks=Quirks()),
    "thinking": Upstream(provider="anthropic", model="m", wire="anthropic", quirks=Quirks(thinking="adaptive")),
    "budgeting": Upstream(provider="anthropic", model="m", wire="anthropic", quirks=Quirks(thinking="budget")),
}
FUNCTION: dict[str, Any] = {
    "type": "function",
    "name": "look",
    "description": "Look.",
    "parameters": {"type": "object", "properties": {}},
    "strict": True,
}
CUSTOM: dict[str, Any] = {
    "type": "custom",
    "name": "write",
    "description": "Write.",
    "format": {"type": "grammar", "syntax": "regex", "definition": "[a-z]+"},
}
TOOLS = [FUNCTION, CUSTOM]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
PDF = "data:application/pdf;base64,JVBERi0="


def order(*items: Any, **fields: Any) -> Order:
    raws = [item if isinstance(item, Item) else Item(msgspec.json.encode(item)) for item in items]
    return Order(fields=fields, items=raws or [user_message("hi")], shell={})


def body(name: str, *items: Any, **fields: Any) -> dict[str, Any]:
    """What is sent, as JSON, after a look at whether the upstream's own schema knows it."""
    told = written(name, *items, **fields)
    # The published schema is of a time with three efforts, and says `nullable` where JSON Schema says null.
    known = {field: value for field, value in told.items() if field != "reasoning_effort"}
    messages = [{field: value for field, value in message.items() if value is not None} for message in told["messages"]]
    _schema(UPSTREAMS[name].wire).validate({**known, "messages": messages})
    return told


def written(name: str, *items: Any, **fields: Any) -> dict[str, Any]:
    upstream = UPSTREAMS[name]
    wire = (ChatWire if upstream.wire == "chat" else AnthropicWire)(upstream.model, upstream.quirks)
    return msgspec.json.decode(wire.encode(model_request(order(*items, **fields), upstream)))


@cache
def _schema(wire: str) -> Any:
    """What OpenAI and Anthropic publish of their requests."""
    jsonschema = pytest.importorskip("jsonschema")
    llm_comply = pytest.importorskip("llm_comply")
    file, name = {"chat": ("openai_chat", "CreateChatCompletionRequest"), "anthropic": ("anthropic", "CreateMessageParams")}[wire]
    components = msgspec.json.decode((Path(llm_comply.__file__).parent / f"specs/{file}.json").read_bytes())["components"]
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


CHAT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("chat", {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
    ("chat", {"presence_penalty": 1, "frequency_penalty": -1}, {"presence_penalty": 1, "frequency_penalty": -1}),
    ("chat", {"max_output_tokens": 99}, {"max_tokens": 99}),
    ("openai", {"max_output_tokens": 99}, {"max_completion_tokens": 99}),
    ("chat", {"reasoning": {"effort": "max", "summary": "auto"}}, {"reasoning_effort": "max"}),
    ("chat", {"user": "u", "safety_identifier": "s"}, {"user": "u", "safety_identifier": None}),
    ("openai", {"safety_identifier": "s", "prompt_cache_key": "k"}, {"safety_identifier": "s", "prompt_cache_key": "k"}),
    ("openai", {"service_tier": "flex", "text": {"verbosity": "low"}}, {"service_tier": "flex", "verbosity": "low"}),
    ("chat", {"service_tier": "auto", "text": {"verbosity": "medium"}}, {"service_tier": None, "verbosity": None}),
    ("chat", {"text": {"format": {"type": "json_object"}}}, {"response_format": {"type": "json_object"}}),
    (
        "chat",
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True, "description": "d"}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "description": "d", "schema": SCHEMA, "strict": True},
            }
        },
    ),
    ("chat", {"tools": TOOLS, "tool_choice": "required"}, {"tool_choice": "required"}),
    ("chat", {"tools": TOOLS, "tool_choice": "none"}, {"tool_choice": "none"}),
    ("chat", {"tool_choice": "auto"}, {"tool_choice": None}),
    (
        "chat",
        {"tools": TOOLS, "tool_choice": {"type": "custom", "name": "write"}, "parallel_tool_calls": False},
        {"tool_choice": {"type": "function", "function": {"name": "write"}}, "parallel_tool_calls": False},
    ),
]
ANTHROPIC: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("anthropic", {"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
    ("thinking", {"temperature": 1, "top_p": 1}, {"temperature": None, "top_p": None}),
    ("anthropic", {"max_output_tokens": 99, "presence_penalty": 0}, {"max_tokens": 99}),
    ("anthropic", {"user": "u"}, {"metadata": {"user_id": "u"}}),
    ("anthropic", {"user": "u", "safety_identifier": "s"}, {"metadata": {"user_id": "s"}}),
    ("thinking", {"reasoning": {"effort": "max"}}, {"output_config": {"effort": "max"}}),
    ("budgeting", {"reasoning": {"effort": "low"}}, {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
    (
        "anthropic",
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}}},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    ("anthropic", {"tools": TOOLS, "tool_choice": "required"}, {"tool_choice": {"type": "any"}}),
    ("anthropic", {"tools": TOOLS, "tool_choice": "none", "parallel_tool_calls": False}, {"tool_choice": {"type": "none"}}),
    (
        "anthropic",
        {"tools": TOOLS, "parallel_tool_calls": False},
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    # A call that must come and thinking exclude each other at the provider.
    (
        "thinking",
        {"tools": TOOLS, "tool_choice": {"type": "function", "name": "look"}},
        {"tool_choice": {"type": "tool", "name": "look"}, "thinking": None},
    ),
    ("thinking", {"tools": TOOLS, "tool_choice": "auto"}, {"thinking": {"type": "adaptive", "display": "summarized"}}),
]


@pytest.mark.parametrize(("name", "fields", "sent"), [*CHAT, *ANTHROPIC])
def test_fields_become_the_wires_own(name: str, fields: dict[str, Any], sent: dict[str, Any]) -> None:
    told = body(name, **fields)
    assert {field: told.get(field) for field in sent} == sent


@pytest.mark.parametrize("name", UPSTREAMS)
def test_what_was_not_asked_for_is_not_sent(name: str) -> None:
    told = body(name, temperature=None, tools=None, text=None, reasoning=None, prompt=None, include=None, user=None)
    assert set(told) <= {"model", "stream", "stream_options", "messages", "max_tokens", "thinking"}


def test_tools_are_offered_with_their_schemas_and_grammars() -> None:
    look, write = body("chat", tools=TOOLS)["tools"]
    assert look["function"] == {
        "name": "look",
        "description": "Look.",
        "parameters": FUNCTION["parameters"],
        "strict": True,
    }
    assert write["function"]["description"] == "Write.\n`input` follows this regular expression:\n[a-z]+"
    look, write = body("anthropic", tools=TOOLS)["tools"]
    assert (look["strict"], look["input_schema"]) == (True, FUNCTION["parameters"])
    assert write["input_schema"]["required"] == ["input"]
    plain = {"type": "custom", "name": "write"}
    assert body("chat", tools=[plain])["tools"][0]["function"]["description"] == ""


def test_tools_in_a_namespace_have_longer_names() -> None:
    group = {"type": "namespace", "name": "n", "description": "d", "tools": TOOLS}
    called = {"type": "function_call", "call_id": "c", "namespace": "n", "name": "look", "arguments": "{}"}
    told = body("chat", called, {"type": "function_call_output", "call_id": "c", "output": "x"}, tools=[FUNCTION, group])
    assert [tool["function"]["name"] for tool in told["tools"]] == ["look", "n__look", "n__write"]
    assert told["messages"][0]["tool_calls"][0]["function"]["name"] == "n__look"


def test_allowed_tools_alone_are_offered() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "custom", "name": "write"}]}
    told = body("chat", tools=TOOLS, tool_choice=choice)
    assert [tool["function"]["name"] for tool in told["tools"]] == ["write"]
    assert told["tool_choice"] == "required"


def test_parts_images_and_files() -> None:
    parts = [
        {"type": "input_text", "text": "See"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        {"type": "input_image", "image_url": "data:image/gif;base64,R0lG", "detail": None},
        {"type": "input_file", "file_data": PDF, "filename": "a.pdf"},
    ]
    message = {"type": "message", "role": "user", "content": parts}
    (sent,) = body("openai", message)["messages"]
    assert sent["content"][1:] == [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0lG"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
    ]
    linked = {"role": "user", "content": [{"type": "input_file", "file_url": "https://example.com/b.pdf"}]}
    (sent,) = body("anthropic", message, linked)["messages"]
    assert sent["content"][1:] == [
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0lG"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
            "title": "a.pdf",
        },
        {"type": "document", "source": {"type": "url", "url": "https://example.com/b.pdf"}},
    ]


def test_system_and_developer_speak_anywhere() -> None:
    items = [
        {"role": "system", "content": "One."},
        {"role": "developer", "content": [{"type": "input_text", "text": "Two."}]},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "developer", "content": "Three."},
        {"role": "user", "content": "so"},
    ]
    told = body("anthropic", *items, instructions="Zero.")
    assert told["system"][0]["text"] == "Zero.\n\nOne.\n\nTwo."
    assert [message["role"] for message in told["messages"]] == ["user", "assistant", "user"]
    assert told["messages"][2]["content"][0]["text"] == "<developer>\nThree.\n</developer>"
    told = body("openai", *items, instructions="Zero.")
    assert [message["role"] for message in told["messages"]] == [
        "developer",
        "developer",
        "developer",
        "user",
        "assistant",
        "developer",
        "user",
    ]
    told = body("anthropic", *items[:2])
    assert (told["system"][0]["text"], told["messages"][0]["content"][0]["text"]) == ("One.", "Two.")


TOOL_KINDS: list[dict[str, Any]] = [
    {"type": "web_search"},
    {"type": "file_search", "vector_store_ids": ["v"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "image_generation"},
    {"type": "computer_use_preview", "display_width": 1, "display_height": 1, "environment": "linux"},
    {"type": "mcp", "server_label": "x", "server_url": "https://example.com"},
    {"type": "tool_search"},
    {"type": "local_shell"},
    {"type": "shell"},
    {"type": "apply_patch"},
]
EVERYWHERE: list[tuple[str, dict[str, Any]]] = [
    *(("tools[1]", {"tools": [FUNCTION, tool]}) for tool in TOOL_KINDS),
    ("tools[0].tools[0]", {"tools": [{"type": "namespace", "name": "n", "description": "d", "tools": [{"type": "mcp"}]}]}),
    ("tools[0].defer_loading", {"tools": [{**FUNCTION, "defer_loading": True}]}),
    ("tools[0].async", {"tools": [{**FUNCTION, "async": True}]}),
    ("tool_choice", {"tools": TOOLS, "tool_choice": {"type": "web_search"}}),
    ("tool_choice.tools[0]", {"tools": TOOLS, "tool_choice": {"type": "allowed_tools", "tools": [{"type": "mcp"}]}}),
    ("prompt", {"prompt": {"id": "p"}}),
    ("context_management", {"context_management": [{"type": "compaction"}]}),
    ("truncation", {"truncation": "auto"}),
    ("max_tool_calls", {"max_tool_calls": 3}),
    ("moderation", {"moderation": {"model": "m"}}),
    ("image", {"image": {"context_compression": "enabled"}}),
    ("access_programs", {"access_programs": {"cyber": "standard"}}),
    ("include[1]", {"include": ["reasoning.encrypted_content", "message.output_text.logprobs"]}),
    ("include[0]", {"include": ["web_search_call.action.sources"]}),
    ("top_logprobs", {"top_logprobs": 3}),
    ("reasoning.context", {"reasoning": {"context": "all_turns"}}),
    ("reasoning.mode", {"reasoning": {"mode": "pro"}}),
    ("something_new", {"something_new": {"a": 1}}),
]
HERE: list[tuple[str, str, dict[str, Any]]] = [
    ("chat", "text.verbosity", {"text": {"verbosity": "low"}}),
    ("chat", "service_tier", {"service_tier": "priority"}),
    ("anthropic", "service_tier", {"service_tier": "priority"}),
    ("anthropic", "text.verbosity", {"text": {"verbosity": "high"}}),
    ("anthropic", "text.format.type", {"text": {"format": {"type": "json_object"}}}),
    ("anthropic", "presence_penalty", {"presence_penalty": 0.5}),
    ("anthropic", "frequency_penalty", {"frequency_penalty": 0.5}),
    ("anthropic", "temperature", {"temperature": 1.5}),
    ("anthropic", "reasoning.effort", {"reasoning": {"effort": "high"}}),
    ("thinking", "temperature", {"temperature": 0.2}),
    ("thinking", "top_p", {"top_p": 0.2}),
    ("budgeting", "temperature", {"temperature": 0.2, "reasoning": {"effort": "low"}}),
]


@pytest.mark.parametrize(
    ("name", "param", "fields"),
    [*((name, param, fields) for param, fields in EVERYWHERE for name in ("chat", "thinking")), *HERE],
)
def test_what_an_upstream_cannot_do_is_refused_by_its_name(name: str, param: str, fields: dict[str, Any]) -> None:
    with pytest.raises(Unsupported) as raised:
        body(name, **fields)
    error = raised.value
    assert (error.param, error.status) == (param, 400)
    assert error.code.startswith("unsupported_")
    assert UPSTREAMS[name].provider in str(error)
    assert error.fix


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("temperature", {"temperature": "hot"}),
    ("temperature", {"temperature": 2.5}),
    ("temperature", {"temperature": True}),
    ("max_output_tokens", {"max_output_tokens": 0}),
    ("max_output_tokens", {"max_output_tokens": 1.5}),
    ("instructions", {"instructions": ["a"]}),
    ("tools", {"tools": {}}),
    ("tools[0]", {"tools": [3]}),
    ("tools[1].name", {"tools": [FUNCTION, {"type": "function", "name": "no spaces"}]}),
    ("tools[1].name", {"tools": [FUNCTION, FUNCTION]}),
    ("tools[0].name", {"tools": [{"type": "function"}]}),
    ("tools[0].parameters", {"tools": [{**FUNCTION, "parameters": []}]}),
    ("tools[0].format.type", {"tools": [{**CUSTOM, "format": {"type": "x"}}]}),
    ("tools[0].format.definition", {"tools": [{**CUSTOM, "format": {"type": "grammar"}}]}),
    ("tool_choice", {"tool_choice": "required"}),
    ("tool_choice", {"tool_choice": "sometimes"}),
    ("tool_choice.name", {"tools": TOOLS, "tool_choice": {"type": "function", "name": "other"}}),
    ("tool_choice.name", {"tools": TOOLS, "tool_choice": {"type": "function"}}),
    ("tool_choice.tools", {"tools": TOOLS, "tool_choice": {"type": "allowed_tools", "tools": []}}),
    ("reasoning.effort", {"reasoning": {"effort": "huge"}}),
    ("text.format.type", {"text": {"format": {"type": "xml"}}}),
    ("text.format.schema", {"text": {"format": {"type": "json_schema", "name": "n"}}}),
    ("text.format.name", {"text": {"format": {"type": "json_schema", "schema": {}}}}),
    ("text.verbosity", {"text": {"verbosity": "loud"}}),
    ("include", {"include": "x"}),
    ("truncation", {"truncation": "some"}),
]


@pytest.mark.parametrize("name", ["chat", "anthropic"])
@pytest.mark.parametrize(("param", "fields"), WRONG)
def test_a_wrong_field_is_named(name: str, param: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ChangeRequest) as raised:
        body(name, **fields)
    assert (raised.value.param, raised.value.status) == (param, 400)
    assert raised.value.code in ("invalid_value", "invalid_type", "missing_required_parameter")
    assert raised.value.fix


@pytest.mark.parametrize("name", ["chat", "anthropic"])
def test_schemas_that_nest_too_deep_are_told(name: str) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(ChangeRequest) as raised:
        body(name, tools=[{**FUNCTION, "parameters": deep}])
    assert raised.value.param == "tools"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = ["temperature", "tools", "tool_choice", "text", "reasoning", "instructions", "include", "user", "max_output_tokens"]
KEYS = [
    "type",
    "name",
    "role",
    "content",
    "call_id",
    "output",
    "arguments",
    "input",
    "format",
    "tools",
    "encrypted_content",
    "text",
]
TYPES = [
    "message",
    "function",
    "custom",
    "function_call",
    "function_call_output",
    "reasoning",
    "compaction",
    "input_file",
    "user",
]
objects = st.dictionaries(st.sampled_from(KEYS), st.one_of(st.sampled_from(TYPES), json), max_size=5)
likely = st.one_of(json, objects, st.lists(objects, max_size=2))


@pytest.mark.parametrize("name", ["openai", "thinking"])
@settings(max_examples=80, deadline=None)
@given(
    fields=st.dictionaries(st.sampled_from(KNOWN), likely, max_size=3),
    items=st.lists(
        st.one_of(objects, st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional=dict.fromkeys(KEYS[1:], likely)))
    ),
)
def test_nothing_crashes(name: Literal["openai", "thinking"], fields: dict[str, Any], items: list[Any]) -> None:
    """Whatever a client sends: a request that can be written, or an error that says what is wrong."""
    with contextlib.suppress(ChangeRequest):
        written(name, user_message("hi"), *items, **fields)
