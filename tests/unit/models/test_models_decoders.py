"""Decoders against what compatible servers really send, and against nonsense."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pullwright.models.model import Delta, ItemDone
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.anthropic_answer import AnthropicDecoder
from pullwright.models.wires.chat_answer import ChatDecoder
from pullwright.models.wires.responses import ResponsesDecoder
from pullwright.models.wires.wire import Decoder, StreamFailed
from pullwright.protocol.items import CustomCall, FunctionCall, Message, Reasoning, View
from pullwright.protocol.usage import Usage


def told(decoder: Decoder, *events: Any) -> list[View]:
    """The items that `events` give."""
    items: list[View] = []
    for event in events:
        data = event.encode() if isinstance(event, str) else msgspec.json.encode(event)
        items += [said.item.view for said in decoder.feed(ServerEvent("message", data)) if isinstance(said, ItemDone)]
    return items


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def test_chat_calls_without_id_or_index_and_with_arguments_as_an_object() -> None:
    decoder = ChatDecoder(frozenset())
    calls = told(
        decoder,
        chunk(tool_calls=[{"function": {"name": "a", "arguments": {"x": 1}}}]),
        chunk(tool_calls=[{"function": {"name": "b", "arguments": '{"y":'}}]),
        chunk(tool_calls=[{"function": {"arguments": "2}"}}]),
        chunk(tool_calls=[{"index": 0, "id": "z", "function": {"name": "c", "arguments": ""}}], finish="tool_calls"),
    )
    assert [(call.name, call.arguments) for call in calls if isinstance(call, FunctionCall)] == [
        ("a", '{"x":1}'),
        ("b", '{"y":2}'),
        ("c", "{}"),
    ]
    assert len({call.call_id for call in calls if isinstance(call, FunctionCall)}) == 3
    assert decoder.ended is not None
    assert decoder.ended.usage is None


def test_chat_parallel_calls_interleaved_by_index() -> None:
    def piece(index: int, text: str, **more: Any) -> dict[str, Any]:
        return chunk(tool_calls=[{"index": index, **more, "function": {"name": more.get("id"), "arguments": text}}])

    decoder = ChatDecoder(frozenset())
    calls = told(decoder, piece(0, "{", id="a"), piece(1, "[", id="b"), piece(0, "}"), piece(1, "]"), chunk("tool_calls"))
    assert [(call.call_id, call.arguments) for call in calls if isinstance(call, FunctionCall)] == [("a", "{}"), ("b", "[]")]


@pytest.mark.parametrize("arguments", ['{"input":"*** Begin Patch"}', "*** Begin Patch", '"*** Begin Patch"'])
def test_free_form_calls_come_back_as_custom_calls(arguments: str) -> None:
    call = {"index": 0, "id": "p", "function": {"name": "patch", "arguments": arguments}}
    [item] = told(ChatDecoder(frozenset({"patch"})), chunk(tool_calls=[call]), chunk("tool_calls"))
    assert item == CustomCall(call_id="p", name="patch", input="*** Begin Patch")


def test_chat_reasoning_content_parts_usage_after_the_end_and_done_without_a_reason() -> None:
    decoder = ChatDecoder(frozenset())
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": None, "prompt_cache_hit_tokens": 4}
    items = told(
        decoder,
        chunk(role="assistant", content=None, reasoning="hm"),
        chunk(content=[{"type": "text", "text": "yes"}]),
        chunk(),
        "[DONE]",
        {"choices": [], "usage": usage},
    )
    assert [type(item) for item in items] == [Reasoning, Message]
    decoder = ChatDecoder(frozenset())
    told(decoder, chunk(content="x", finish="length"), {"choices": [], "usage": usage})
    assert decoder.ended is not None
    assert decoder.ended.stop == "max_output"
    assert decoder.ended.usage == Usage(input=10, cached=4, output=5)


def test_responses_that_only_send_the_end_and_both_forms_of_error() -> None:
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}], "new_field": [1]}
    decoder = ResponsesDecoder()
    end = {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [message]}}
    [item] = told(decoder, end)
    assert isinstance(item, Message)
    assert decoder.ended is not None
    for error in ({"error": {"code": "server_error", "message": "x"}}, {"code": "server_error", "message": "x"}):
        with pytest.raises(StreamFailed) as failed:
            told(ResponsesDecoder(), {"type": "error", **error})
        assert (failed.value.code, failed.value.message) == ("server_error", "x")
    with pytest.raises(StreamFailed):
        told(ResponsesDecoder(), {"type": "response.failed", "response": {"status": "failed", "error": {"code": "c"}}})


def test_responses_keep_the_bytes_of_an_item() -> None:
    raw = b'{ "type":"reasoning", "summary":[],"encrypted_content":"gA","unknown": [1,  2]}'
    event = b'{"type":"response.output_item.done","output_index":0,"item":' + raw + b"}"
    [done] = ResponsesDecoder().feed(ServerEvent("x", event))
    assert isinstance(done, ItemDone)
    assert done.item.raw == raw


def test_anthropic_blocks_signature_redaction_and_partial_usage() -> None:
    def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"type": "content_block_start", "index": index, "content_block": start},
            *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": index},
        ]

    decoder = AnthropicDecoder(frozenset({"patch"}))
    items = told(
        decoder,
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3, "cache_read_input_tokens": 7}}},
        {"type": "ping"},
        *block(
            0,
            {"type": "thinking", "thinking": ""},
            {"type": "thinking_delta", "thinking": "so"},
            {"type": "signature_delta", "signature": "s"},
        ),
        *block(1, {"type": "redacted_thinking", "data": "xyz"}),
        *block(
            2,
            {"type": "tool_use", "id": "t1", "name": "patch", "input": {}},
            {"type": "input_json_delta", "partial_json": '{"input":"p"}'},
        ),
        *block(3, {"type": "tool_use", "id": "t2", "name": "ls", "input": {}}),
        *block(4, {"type": "brand_new"}),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    )
    assert [type(item) for item in items] == [Reasoning, Reasoning, CustomCall, FunctionCall]
    assert items[3] == FunctionCall(call_id="t2", name="ls", arguments="{}")
    assert decoder.ended is not None
    assert decoder.ended.usage == Usage(input=10, cached=7, output=9)
    with pytest.raises(StreamFailed, match="Overloaded"):
        told(decoder, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})


@pytest.mark.parametrize("make", [ResponsesDecoder, lambda: ChatDecoder(frozenset()), lambda: AnthropicDecoder(frozenset())])
@pytest.mark.parametrize("data", [b"{broken", b"[1,2]", b"3", b"\xff\xfe", b'{"choices":5,"index":"x"}'])
def test_nonsense_has_a_name(make: Any, data: bytes) -> None:
    try:
        said = make().feed(ServerEvent("message", data))
    except Malformed:
        return
    assert said == []  # JSON that says nothing to this wire


@pytest.mark.parametrize("make", [ResponsesDecoder, lambda: ChatDecoder(frozenset()), lambda: AnthropicDecoder(frozenset())])
def test_an_answer_is_whole_only_when_the_wire_says_so(make: Any) -> None:
    decoder = make()
    for event in (
        {"type": "response.output_text.delta", "item_id": "m", "delta": "x"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
        {"choices": [{"delta": {"content": "x"}}]},
    ):
        assert all(isinstance(said, Delta) for said in decoder.feed(ServerEvent("message", msgspec.json.encode(event))))
    assert decoder.ended is None


@pytest.mark.parametrize("count", [-1, 10**30, 2**60])
def test_a_count_that_cannot_be_is_none(count: int) -> None:
    """Budgets add counts up: nonsense must not enter them."""
    chat = ChatDecoder(frozenset())
    told(chat, {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": count}})
    anthropic = AnthropicDecoder(frozenset())
    told(anthropic, {"type": "message_start", "message": {"usage": {"input_tokens": count}}}, {"type": "message_stop"})
    responses = ResponsesDecoder()
    told(responses, {"type": "response.completed", "response": {"status": "completed", "usage": {"input_tokens": count}}})
    assert [decoder.ended and decoder.ended.usage for decoder in (chat, anthropic, responses)] == [None, None, None]
