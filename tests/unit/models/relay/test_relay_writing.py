"""What other wires say, as the events of the Responses API: valid, in order, and adding up to the same."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pullwright.models.relay.freeform import FreeText
from pullwright.models.relay.relay import Frame, Order
from pullwright.models.relay.requesting import model_request
from pullwright.models.relay.sealing import seal_reasoning
from pullwright.models.relay.upstream import Upstream
from pullwright.models.relay.writing import Writer
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.anthropic_answer import AnthropicDecoder
from pullwright.models.wires.chat import ChatWire
from pullwright.models.wires.chat_answer import ChatDecoder
from pullwright.models.wires.wire import Quirks, StreamFailed
from pullwright.protocol.items import Item
from relay_events import check_all, full_shell

FREE = frozenset({"patch"})
texts = st.text(min_size=1, max_size=12)


def written(decoder: Any, *events: dict[str, Any], wire: Any = "chat") -> list[Frame]:
    """All frames that a decoder's events become."""
    writer = Writer(full_shell(), "m", FREE, lambda text, item: seal_reasoning(wire, "p", text, item))
    frames: list[Frame] = []
    for event in events:
        said = decoder.feed(ServerEvent("message", msgspec.json.encode(event)))
        frames += [*([] if writer.begun else writer.begin()), *writer.feed(said)]
    assert decoder.ended is not None
    return frames + writer.end(decoder.ended)


def output(frames: list[Frame]) -> list[dict[str, Any]]:
    return check_all(frames)["output"]


def chunk(**delta: Any) -> dict[str, Any]:
    return {"id": "c", "model": "m-2", "choices": [{"index": 0, "delta": delta}]}


def called(index: int, text: str, **fields: Any) -> dict[str, Any]:
    name = fields.pop("name", None)
    function = {"arguments": text, **({"name": name} if name else {})}
    return chunk(tool_calls=[{"index": index, "function": function, **fields}])


END: dict[str, Any] = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 5, "completion_tokens": 3}}

chat_events = st.lists(
    st.one_of(
        texts.map(lambda text: chunk(content=text)),
        texts.map(lambda text: chunk(reasoning_content=text)),
        texts.map(lambda text: chunk(refusal=text)),
        st.builds(
            lambda index, text: called(index, text, id=f"call_{index}", name=["exec", "patch"][index % 2]),
            st.integers(0, 3),
            texts,
        ),
        st.just(chunk()),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(chat_events)
def test_whatever_chat_says_becomes_a_valid_response(events: list[dict[str, Any]]) -> None:
    frames = written(ChatDecoder(FREE), *events, END)
    deltas = [event["choices"][0]["delta"] for event in events]
    said = "".join(delta.get("content") or "" for delta in deltas)
    items = output(frames)
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    assert "".join(part.get("text", "") for part in parts) == said
    assert "".join(part.get("refusal", "") for part in parts) == "".join(delta.get("refusal") or "" for delta in deltas)
    thoughts = [part["text"] for item in items if item["type"] == "reasoning" for part in item["summary"]]
    assert "".join(thoughts) == "".join(delta.get("reasoning_content") or "" for delta in deltas)
    assert all(item["encrypted_content"] for item in items if item["type"] == "reasoning")
    begun = {event["tool_calls"][0]["id"] for event in deltas if event.get("tool_calls")}
    assert {item["call_id"] for item in items if "call" in item["type"]} == begun
    assert frames[-1].response is not None
    assert frames[-1].response["model"] == ("m-2" if events else "m")


def sent_again(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of a response as the next request of the same upstream tells them, with their results."""
    fields: list[dict[str, Any]] = [{"role": "user", "content": "hi"}, *items]
    for item in items:
        if item["type"].endswith("call"):
            kind = f"{item['type']}_output"
            fields.append({"type": kind, "call_id": item["call_id"], "output": "done"})
    fields.append({"role": "user", "content": "and"})
    upstream = Upstream(provider="p", model="m", wire="chat", quirks=Quirks())
    order = Order(fields={}, items=[Item(msgspec.json.encode(one)) for one in fields], shell={})
    return msgspec.json.decode(ChatWire("m", Quirks()).encode(model_request(order, upstream)))["messages"]


@settings(max_examples=50, deadline=None)
@given(chat_events)
def test_what_an_upstream_said_it_is_told_again_word_for_word(events: list[dict[str, Any]]) -> None:
    items = output(written(ChatDecoder(FREE), *events, END))
    said = [message for message in sent_again(items) if message["role"] == "assistant"]
    texts = [part.get("text", part.get("refusal")) for item in items for part in item.get("content") or []]
    assert "".join(message["content"] or "" for message in said) == "".join(texts)
    if said:
        thoughts = [part["text"] for item in items for part in item.get("summary") or []]
        kept = "".join(message.get("reasoning_content", "") for message in said)
        # Thoughts that led to nothing have nobody to go with.
        assert "".join(thoughts).startswith(kept)
        assert items[-1]["type"] == "reasoning" or kept == "".join(thoughts)
    calls = [call["function"] for message in said for call in message.get("tool_calls") or []]
    wanted = [item.get("arguments") or json.dumps({"input": item["input"]}) for item in items if item["type"].endswith("call")]
    assert [_read(call["arguments"]) for call in calls] == [_read(arguments) for arguments in wanted]


def _read(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def message(*blocks: list[dict[str, Any]], stop: str = "end_turn") -> list[dict[str, Any]]:
    return [
        {"type": "message_start", "message": {"id": "m", "model": "claude", "usage": {"input_tokens": 9, "output_tokens": 1}}},
        *(event for one in blocks for event in one),
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]


def text_block(index: int, pieces: list[str]) -> list[dict[str, Any]]:
    return block(index, {"type": "text", "text": ""}, *({"type": "text_delta", "text": piece} for piece in pieces))


def thinking(index: int, pieces: list[str]) -> list[dict[str, Any]]:
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
    return block(index, {"type": "thinking", "thinking": ""}, *deltas, {"type": "signature_delta", "signature": "s"})


def tool_use(index: int, text: str, cut: int, name: str) -> list[dict[str, Any]]:
    arguments = msgspec.json.encode({"input": text}).decode()
    pieces = [piece for piece in (arguments[:cut], arguments[cut:]) if piece]
    start = {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}}
    return block(index, start, *({"type": "input_json_delta", "partial_json": piece} for piece in pieces))


def redacted(index: int) -> list[dict[str, Any]]:
    return block(index, {"type": "redacted_thinking", "data": "xyz"})


blocks = st.one_of(
    st.tuples(st.just(text_block), st.tuples(st.lists(texts, max_size=3))),
    st.tuples(st.just(thinking), st.tuples(st.lists(texts, max_size=3))),
    st.tuples(st.just(redacted), st.just(())),
    st.tuples(st.just(tool_use), st.tuples(st.text(max_size=12), st.integers(0, 20), st.sampled_from(["exec", "patch"]))),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(blocks, max_size=5), st.sampled_from(["end_turn", "max_tokens", "refusal"]))
def test_whatever_anthropic_says_becomes_a_valid_response(plan: list[tuple[Any, tuple[Any, ...]]], stop: str) -> None:
    events = message(*(make(index, *given) for index, (make, given) in enumerate(plan)), stop=stop)
    items = output(written(AnthropicDecoder(FREE), *events, wire="anthropic"))
    # Text that says nothing is no item; everything else is one, in its order.
    wanted = [(make, told) for make, told in plan if make is not text_block or "".join(told[0])]
    assert len(items) == len(wanted)
    for item, (make, told) in zip(items, wanted, strict=True):
        if make is text_block:
            assert item["content"][0]["text"] == "".join(told[0])
        elif make is tool_use and told[2] == "patch":
            assert (item["type"], item["input"]) == ("custom_tool_call", told[0])
        elif make is tool_use:
            assert msgspec.json.decode(item["arguments"]) == {"input": told[0]}
        else:
            assert item["encrypted_content"].startswith("pw1.anthropic.")


def test_text_is_closed_before_a_call_and_begins_anew_after_it() -> None:
    frames = written(
        ChatDecoder(FREE),
        chunk(reasoning_content="Hm."),
        chunk(content="I look"),
        called(0, '{"a":', id="c1", name="exec"),
        called(0, "1}"),
        chunk(content="and"),
        chunk(content=" wait"),
        END,
    )
    items = output(frames)
    assert [item["type"] for item in items] == ["reasoning", "message", "function_call", "message"]
    assert len({item["id"] for item in items}) == 4
    kinds = [frame.type for frame in frames]
    done = [place for place, kind in enumerate(kinds) if kind == "response.output_item.done"]
    added = [place for place, kind in enumerate(kinds) if kind == "response.output_item.added"]
    assert added[0] < done[0] < added[1] < done[1] < added[2]


def test_the_documented_order_of_a_message() -> None:
    assert [
        frame.type.removeprefix("response.") for frame in written(ChatDecoder(FREE), chunk(content="a"), chunk(content="b"), END)
    ] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_calls_side_by_side_with_one_id_or_a_late_name() -> None:
    frames = written(
        ChatDecoder(FREE),
        called(0, '{"a"', id="same"),
        called(0, ":1", name="exec"),
        called(1, '{"b":2}', id="same", name="exec"),
        called(0, "}"),
        END,
    )
    items = output(frames)
    assert [item["arguments"] for item in items] == ['{"a":1}', '{"b":2}']
    assert len({item["call_id"] for item in items}) == 2


def test_what_anthropic_says_as_a_block_begins_is_not_lost() -> None:
    events = message(block(0, {"type": "text", "text": "Be"}, {"type": "text_delta", "text": "gun"}))
    (item,) = output(written(AnthropicDecoder(FREE), *events, wire="anthropic"))
    assert item["content"][0]["text"] == "Begun"


def test_an_event_that_is_not_as_it_must_be_is_found() -> None:
    """The guard itself: without one field, or with another order, the checks fail."""
    frames = written(ChatDecoder(FREE), chunk(content="a"), END)
    for place in range(2, len(frames) - 1):
        with pytest.raises((AssertionError, RuntimeError, KeyError)):
            check_all([*frames[:place], *frames[place + 1 :]])
    event = msgspec.json.decode(frames[4].data)
    del event["content_index"]
    with pytest.raises(ValueError, match="content_index"):
        check_all([*frames[:4], msgspec.structs.replace(frames[4], data=msgspec.json.encode(event)), *frames[5:]])


@given(st.text(max_size=30), st.lists(st.integers(0, 60), max_size=6), st.booleans())
def test_free_form_text_is_read_as_it_comes_however_it_is_cut(text: str, cuts: list[int], ascii_only: bool) -> None:
    arguments = json.dumps({"input": text}, ensure_ascii=ascii_only)
    places = sorted({0, *(min(cut, len(arguments)) for cut in cuts), len(arguments)})
    reader = FreeText()
    pieces = [reader.feed(arguments[start:end]) for start, end in itertools.pairwise(places)]
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("*** Begin Patch", "*** Begin Patch"),  # the wrapping was forgotten
        ('{"patch":"x"}', '{"patch":"x"}'),
        ('{ "input" : "a\\nb" }', "a\nb"),
        ('{"input":"a\nb"}', "a\nb"),  # a line break that JSON forbids
        ('{"input":"cut of', "cut of"),
        ('{"input":"half \\ud83d', "half "),
        ('{"input":"a","input":"b"}', "a"),
        ("", ""),
    ],
)
def test_free_form_calls_that_are_not_as_promised(arguments: str, wanted: str) -> None:
    frames = written(ChatDecoder(FREE), called(0, arguments, id="c", name="patch"), END)
    (item,) = output(frames)
    assert item["input"] == wanted


def test_long_answers_cost_what_is_new() -> None:
    """Twice the pieces, twice the work: no piece is handled again."""
    writer = Writer(full_shell(), "m", FREE, lambda text, item: None)
    decoder = ChatDecoder(FREE)
    writer.begin()
    size = 0
    for _ in range(20_000):
        for frame in writer.feed(decoder.feed(ServerEvent("message", msgspec.json.encode(chunk(content="word "))))):
            size += len(frame.data)
    assert size < 20_000 * 400


words = st.sampled_from(["text", "thinking", "tool_use", "redacted_thinking", "exec", "patch", "", "stop"])
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5) | words
)
names = st.sampled_from(["type", "text", "thinking", "id", "name", "input", "arguments", "function", "content", "index", "data"])
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=4), max_leaves=6
)


def perhaps(*fields: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields, anything))


strange_chunks = st.fixed_dictionaries(
    {"choices": st.lists(st.fixed_dictionaries({"delta": perhaps("content", "refusal", "reasoning", "tool_calls")}), max_size=2)},
    optional={"usage": perhaps("prompt_tokens", "completion_tokens"), "error": anything, "model": anything},
)
kinds = ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message", "error"]
strange_events = st.fixed_dictionaries(
    {"type": st.sampled_from(kinds)},
    optional=dict.fromkeys(["index", "message", "content_block", "delta", "usage", "content", "stop_reason"], anything),
)


@pytest.mark.parametrize(
    ("make", "wire", "strange"), [(ChatDecoder, "chat", strange_chunks), (AnthropicDecoder, "anthropic", strange_events)]
)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_nothing_that_an_upstream_says_crashes(make: Any, wire: Any, strange: Any, data: st.DataObject) -> None:
    """It is read, or the answer is broken: nothing else."""
    events = data.draw(st.lists(strange, max_size=5))
    writer = Writer(full_shell(), "m", FREE, lambda text, item: seal_reasoning(wire, "p", text, item))
    decoder = make(FREE)
    writer.begin()
    try:
        for event in events:
            writer.feed(decoder.feed(ServerEvent("message", json.dumps(event).encode())))
    except (Malformed, StreamFailed):
        writer.fail("server_error", "broken")
