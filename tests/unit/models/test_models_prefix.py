"""The prefix rule, on every wire: each body is the one before it up to its closing brackets, and then what is new."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.models.model import ModelRequest
from pullwright.models.wires.anthropic import AnthropicWire
from pullwright.models.wires.chat import ChatWire
from pullwright.models.wires.responses import ResponsesWire
from pullwright.models.wires.wire import Quirks
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    ImagePart,
    Item,
    Message,
    OutputText,
    Reasoning,
    SummaryText,
    TextPart,
    ToolSpec,
    Unknown,
)

WIRES = {"responses": ResponsesWire, "chat": ChatWire, "anthropic": AnthropicWire}
QUIRKS = {
    "plain": Quirks(),
    "all": Quirks(
        store=True, item_ids=True, reasons=True, thinking="adaptive", developer="developer", cache_key=True, auto_cache=True
    ),
}
TOOLS = (
    ToolSpec(name="exec", description="run", parameters={"type": "object", "properties": {"command": {"type": "string"}}}),
    ToolSpec(name="patch", description="edit", grammar='start: "*** Begin Patch"'),
)

texts = st.text(max_size=30)
images = st.just(ImagePart("data:image/png;base64,iVBORw0KGgo="))
outputs = st.one_of(texts, st.lists(st.one_of(texts.map(TextPart), images), min_size=1, max_size=3).map(tuple))
ids = st.sampled_from(["call_1", "call_2", "call_3"])
items = st.one_of(
    st.builds(
        lambda role, parts: Item.of(Message(role=role, content=tuple(parts))),
        st.sampled_from(["user", "developer", "system"]),
        st.lists(st.one_of(texts.map(TextPart), images), min_size=1, max_size=3),
    ),
    texts.map(lambda text: Item.of(Message(role="assistant", content=(OutputText(text),), id="msg_1", status="completed"))),
    texts.map(lambda text: Item.of(Message(role="user", content=text))),
    st.builds(
        lambda text, sealed: Item.of(Reasoning(id="rs_1", summary=(SummaryText(text),), encrypted_content=sealed)),
        texts,
        st.one_of(st.none(), texts),
    ),
    st.just(
        Item(
            b'{"type":"reasoning","id":"rs_2","summary":[],"origin":"anthropic",'
            b'"block":{"type":"thinking","thinking":"so","signature":"s"}}'
        )
    ),
    st.just(Item(b'{"type":"reasoning","id":"rs_3","summary":[{"type":"summary_text","text":"so"}],"origin":"chat"}')),
    st.builds(lambda i, text: Item.of(FunctionCall(call_id=i, name="exec", arguments=text, id="fc_1")), ids, texts),
    st.builds(lambda i, text: Item.of(CustomCall(call_id=i, name="patch", input=text)), ids, texts),
    st.builds(lambda i, out: Item.of(FunctionOutput(call_id=i, output=out)), ids, outputs),
    st.builds(lambda i, out: Item.of(CustomOutput(call_id=i, output=out)), ids, outputs),
    st.just(Item(b'{"type":"web_search_call","id":"ws_1","extra":{"kept":true}}')),
)


def request(conversation: list[Item], **fields: Any) -> ModelRequest:
    return ModelRequest(instructions="Be brief.", tools=TOOLS, items=conversation, cache_key="session", **fields)


@pytest.mark.parametrize("quirks", QUIRKS)
@pytest.mark.parametrize("name", WIRES)
@settings(max_examples=60, deadline=None)
@given(conversation=st.lists(items, max_size=14), cuts=st.lists(st.integers(0, 14), max_size=4))
def test_each_body_extends_the_last_one(name: str, quirks: str, conversation: list[Item], cuts: list[int]) -> None:
    wire = WIRES[name]("gpt-5", QUIRKS[quirks])
    last = b""
    for cut in sorted(cuts):
        body = wire.encode(request(conversation[:cut]))
        assert body.endswith(b"]}")
        assert body.startswith(last[:-2])
        decoded = msgspec.json.decode(body)
        assert list(decoded)[-1] == ("input" if name == "responses" else "messages")
        last = body


@pytest.mark.parametrize("name", WIRES)
@settings(max_examples=40, deadline=None)
@given(conversation=st.lists(items, max_size=14))
def test_the_same_conversation_gives_the_same_bytes_in_another_process(name: str, conversation: list[Item]) -> None:
    copies = [Item(item.raw) for item in conversation]
    one, other = (WIRES[name]("gpt-5", QUIRKS["all"]) for _ in range(2))
    body = one.encode(request(conversation))
    assert one.encode(request(conversation)) == body
    assert other.encode(request(copies)) == body


@pytest.mark.parametrize("name", WIRES)
@settings(max_examples=40, deadline=None)
@given(before=st.lists(items, min_size=1, max_size=8), after=st.lists(items, max_size=8))
def test_a_compacted_conversation_starts_anew(name: str, before: list[Item], after: list[Item]) -> None:
    wire, fresh = WIRES[name]("gpt-5", QUIRKS["all"]), WIRES[name]("gpt-5", QUIRKS["all"])
    wire.encode(request(before))
    if after[: len(before)] != before:
        assert wire.encode(request(after)) == fresh.encode(request(after))


@pytest.mark.parametrize("name", WIRES)
def test_without_the_growing_list_regrouping_would_move_bytes(name: str) -> None:
    """The control: a request cut between a text and its call, afresh each time, is no prefix on the wires with turns."""
    say = Item.of(Message(role="assistant", content=(OutputText("I look."),)))
    call = Item.of(FunctionCall(call_id="call_1", name="exec", arguments="{}"))
    afresh = [WIRES[name]("gpt-5", Quirks()).encode(request(part)) for part in ([say], [say, call])]
    assert afresh[1].startswith(afresh[0][:-2]) == (name == "responses")
    wire = WIRES[name]("gpt-5", Quirks())
    grown = [wire.encode(request(part)) for part in ([say], [say, call])]
    assert grown[1].startswith(grown[0][:-2])


@pytest.mark.parametrize("name", WIRES)
def test_the_head_says_what_was_asked(name: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
    quirks = QUIRKS["all"]
    body = msgspec.json.decode(WIRES[name]("m", quirks).encode(request([], effort="high", schema=schema, max_output=5000)))
    assert body["model"] == "m"
    assert body["stream"] is True
    if name == "responses":
        assert body["include"] == ["reasoning.encrypted_content"]
        assert body["reasoning"] == {"effort": "high", "summary": "auto"}
        assert body["text"]["format"]["schema"] == schema
        assert body["text"]["format"]["strict"] is True
        assert body["max_output_tokens"] == 5000
        assert [tool["type"] for tool in body["tools"]] == ["function", "custom"]
        assert body["tools"][1]["format"] == {"type": "grammar", "syntax": "lark", "definition": TOOLS[1].grammar}
    elif name == "chat":
        assert body["reasoning_effort"] == "high"
        assert body["response_format"]["json_schema"]["schema"] == schema
        assert body["max_tokens"] == 5000
        assert body["tools"][1]["function"]["parameters"]["required"] == ["input"]
    else:
        assert body["output_config"] == {"effort": "high", "format": {"type": "json_schema", "schema": schema}}
        assert body["thinking"]["type"] == "adaptive"
        assert body["max_tokens"] == 5000
        assert body["cache_control"] == {"type": "ephemeral"}
        assert body["system"][-1]["cache_control"] == {"type": "ephemeral"}


def test_responses_without_a_store_sends_no_ids_and_only_sealed_reasoning() -> None:
    conversation = [
        Item(b'{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA","later_field":1}'),
        Item(b'{"type":"reasoning","id":"rs_2","summary":[]}'),
        Item(b'{"type":"function_call","id":"fc_1","call_id":"call_1","name":"exec","arguments":"{}","status":"completed"}'),
    ]
    sent = msgspec.json.decode(ResponsesWire("m", Quirks()).encode(request(conversation)))["input"]
    assert sent == [
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA", "later_field": 1},
        {"type": "function_call", "call_id": "call_1", "name": "exec", "arguments": "{}"},
    ]
    kept = ResponsesWire("m", Quirks(store=True, item_ids=True)).encode(request(conversation))
    assert b",".join(item.raw for item in conversation) in kept


def test_chat_puts_images_of_results_after_the_run_of_results() -> None:
    picture = ImagePart("data:image/png;base64,AA==")
    conversation = [
        Item.of(FunctionCall(call_id="call_1", name="exec", arguments="{}")),
        Item.of(CustomCall(call_id="call_2", name="patch", input="x")),
        Item.of(FunctionOutput(call_id="call_1", output=(TextPart("seen"), picture))),
        Item.of(CustomOutput(call_id="call_2", output="done")),
        Item.of(Message(role="user", content="go on")),
    ]
    sent = msgspec.json.decode(ChatWire("m", Quirks()).encode(request(conversation)))["messages"]
    assert [message["role"] for message in sent] == ["system", "assistant", "tool", "tool", "user", "user"]
    assert sent[1]["tool_calls"][1]["function"] == {"name": "patch", "arguments": '{"input":"x"}'}
    assert sent[2]["content"] == "seen"
    assert sent[4]["content"][1] == {"type": "image_url", "image_url": {"url": picture.image_url}}


def test_anthropic_sends_thinking_back_whole_and_images_in_results() -> None:
    block = {"type": "thinking", "thinking": "so", "signature": "sig", "later_field": 1}
    thought = {"type": "reasoning", "summary": [], "origin": "anthropic", "block": block}
    conversation = [
        Item(msgspec.json.encode(thought)),
        Item.of(FunctionCall(call_id="call_1", name="exec", arguments='{"command":"ls"')),
        Item.of(FunctionOutput(call_id="call_1", output=(TextPart("seen"), ImagePart("data:image/jpeg;base64,AA==")))),
    ]
    sent = msgspec.json.decode(AnthropicWire("m", Quirks()).encode(request(conversation)))["messages"]
    assert sent[0]["content"][0] == block
    assert sent[0]["content"][1]["input"] == {"invalid_json": '{"command":"ls"'}
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AA=="}}
    assert sent[1]["content"] == [
        {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "seen"}, image]}
    ]


def test_items_that_only_responses_knows_go_nowhere_else() -> None:
    item = Item(b'{"type":"web_search_call","id":"ws_1"}')
    assert isinstance(item.view, Unknown)
    assert msgspec.json.decode(AnthropicWire("m", Quirks()).encode(request([item])))["messages"] == []
    assert msgspec.json.decode(ResponsesWire("m", Quirks()).encode(request([item])))["input"] == [{"type": "web_search_call"}]
