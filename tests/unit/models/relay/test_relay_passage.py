"""Events of upstreams that keep to the Responses API more or less, on their way to our client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.models.mock import responses
from pullwright.models.mock.rendering import Told
from pullwright.models.mock.script import Answer, SaidCall
from pullwright.models.relay.numbering import numbered
from pullwright.models.relay.passage import Passage
from pullwright.models.relay.relay import Frame
from pullwright.models.relay.said import length
from pullwright.models.relay.telling import tell
from pullwright.models.sse import EventParser, Malformed, ServerEvent
from pullwright.models.wires.wire import StreamFailed
from pullwright.protocol.usage import Usage
from relay_orders import EVENT, check, shell

ANSWER = Answer(text="It is done – «so» it is.", reasoning="Hm.", calls=(SaidCall("read", {"path": "é"}),), piece=4)
SAID = len(ANSWER.text.encode()) + len(ANSWER.reasoning) + len('{"path":"é"}'.encode())
EVENTS = [
    EVENT.decode(event.data)
    for frame in responses.events(
        Told(answer=ANSWER, number=1, request={"model": "m"}, usage=Usage(input=7, output=9, reasoning=2))
    )
    for event in EventParser().feed(frame)
]


def passed(events: Sequence[dict[str, Any] | ServerEvent], *, named: bool = False) -> list[Frame]:
    """The frames of `events`; with `named` their type is in the `event:` line alone. Checks what holds for any."""
    passage = Passage(shell())
    frames: list[Frame] = []
    for event in events:
        if isinstance(event, dict):
            fields = {name: value for name, value in event.items() if name != "type"} if named else event
            event = ServerEvent(event["type"] if named else "message", msgspec.json.encode(fields))
        frames += passage.read(event)
    if passage.begun and not passage.ended:
        frames.append(passage.fail("server_error", "it broke off"))
    if frames:
        check(frames)
    return frames


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in names}


@pytest.mark.parametrize(
    "events",
    [
        [without(event, "sequence_number") for event in EVENTS],
        [{**event, "sequence_number": event["sequence_number"] + 1} for event in EVENTS],
        [{**event, "sequence_number": 3 * event["sequence_number"]} for event in EVENTS],
        [{**event, "sequence_number": None} for event in EVENTS],
    ],
    ids=["none", "from one", "with gaps", "null"],
)
@pytest.mark.parametrize("named", [False, True])
def test_numbers_are_ours_where_the_upstreams_are_not_contiguous(events: list[dict[str, Any]], named: bool) -> None:
    frames = passed(events, named=named)
    for frame, event in zip(frames, EVENTS, strict=True):
        if frame.response is None:
            assert EVENT.decode(frame.data) == event
    assert sum(frame.said for frame in frames) == SAID
    assert frames[-1].usage == Usage(input=7, output=9, reasoning=2)


def test_an_unknown_event_passes_as_it_is() -> None:
    odd = b'{"type" : "response.web_search_call.searching","sequence_number": 2,"x":1.50,"obfuscation":"ab"}'
    frames = passed([*EVENTS[:2], ServerEvent("message", odd), EVENTS[-1]])
    assert frames[2].data == odd


def test_data_of_many_lines_becomes_one_line() -> None:
    data = b'{"type":"response.output_text.delta",\n "sequence_number":2,\n "delta":"a\\nb"}'
    frames = passed([*EVENTS[:2], ServerEvent("message", data), EVENTS[-1]])
    assert EVENT.decode(frames[2].data) == EVENT.decode(data)
    assert frames[2].said == 3


END = EVENTS[-1]["response"]
LEFT_OUT: dict[str, list[Any]] = {
    "created": EVENTS[2:],
    "all but the end": EVENTS[-1:],
    "deltas": [event for event in EVENTS if not event["type"].endswith(".delta")],
    "whole items": [event for event in EVENTS if event["type"] != "response.output_item.done"],
    "output": [*EVENTS[:-1], {**EVENTS[-1], "response": without(END, "output", "status", "usage")}],
    "what the output has": [*EVENTS[:-1], {**EVENTS[-1], "response": {**END, "output": list[Any]()}}],
    "how it ended": [*EVENTS[:-1], {**EVENTS[-1], "type": "response.done"}],
    "nothing": [*EVENTS, ServerEvent("message", b"[DONE]")],
}


@pytest.mark.parametrize("events", LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_server_that_leaves_something_out_is_understood(events: list[Any]) -> None:
    frames = passed(events)
    assert sum(frame.said for frame in frames) == SAID
    last = frames[-1]
    assert last.response is not None
    assert (last.type, last.response["status"]) == ("response.completed", "completed")
    assert last.response["output"] == EVENTS[-1]["response"]["output"]
    assert last.response["completed_at"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "error", "code": "rate_limit_exceeded", "message": "slow", "param": None}, "rate_limit_exceeded"),
        ({"type": "error", "error": {"type": "server_error", "message": "slow"}}, "server_error"),
        ({"type": "error", "message": "slow"}, "server_error"),
        ({"type": "response.failed", "response": {"error": {"code": "server_error", "message": "slow"}}}, "server_error"),
    ],
)
def test_an_error_in_the_stream_ends_it_as_failed_with_all_that_was_said(event: dict[str, Any], code: str) -> None:
    whole = next(index for index, told in enumerate(EVENTS) if told["type"] == "response.output_item.done")
    frames = passed([*EVENTS[: whole + 1], event, *EVENTS[whole + 1 :]])
    last = frames[-1]
    assert last.type == "response.failed"
    assert last.response is not None
    assert last.response["error"] == {"code": code, "message": "slow"}
    assert last.response["status"] == "failed"
    assert [item["type"] for item in last.response["output"]] == ["reasoning"]
    with pytest.raises(StreamFailed):
        passed([event])


def test_a_key_in_an_error_is_taken_out() -> None:
    passage = Passage(shell(), lambda text: text.replace("sk-secret", "[key]"))
    frames = [frame for event in EVENTS[:2] for frame in passage.read(ServerEvent("message", msgspec.json.encode(event)))]
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"code": "x", "message": "key sk-secret"}}}
    frames += passage.read(ServerEvent("message", msgspec.json.encode(failed)))
    assert b"sk-secret" not in frames[-1].data


def test_what_is_no_event_is_malformed() -> None:
    for data in (b"{", b"[1]", b'"x"', b'{"type":7}', b"\xff", b'{"type":"response.completed","response":' + b"[" * 100_000):
        with pytest.raises(Malformed):
            passed([EVENTS[0], ServerEvent("message", data)])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("sequence_number"), inner, max_size=3)
    ),
    max_leaves=8,
)


KINDS = [*{event["type"] for event in EVENTS}, "response.failed", "response.queued", "response.done", "error", "x", 7, None]
FIELDS = ["sequence_number", "output_index", "delta", "item", "response", "error", "code", "message"]
INNER = ["id", "status", "output", "error", "usage", "type", "content", "summary", "arguments", "role", "metadata"]
SMALL: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 7, 1.5, "", "x", "completed", [], {}, [None], [{"type": "message"}], {"message": []}]
)
ODD = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={name: SMALL | st.dictionaries(st.sampled_from(INNER), SMALL, max_size=3) for name in FIELDS},
)


@given(st.lists(ODD, max_size=5))
def test_whatever_a_server_sends_our_client_gets_a_whole_response(events: list[dict[str, Any]]) -> None:
    for begun in ([], [EVENTS[0]]):
        try:
            passed([*begun, *events])
        except StreamFailed:
            assert not begun
        except Malformed:
            continue


OUTPUT = st.lists(st.dictionaries(st.sampled_from(INNER), SMALL, max_size=4), max_size=3)


@given(st.dictionaries(st.sampled_from([*INNER, "x"]), SMALL, max_size=4), OUTPUT)
def test_whatever_comes_whole_is_told_as_a_whole_response(response: dict[str, Any], output: list[dict[str, Any]]) -> None:
    passed(list(tell({**response, "status": "completed", "output": output})))


@given(st.dictionaries(st.sampled_from(["delta", "item", "sequence_number", "x"]), JSON), st.integers(0, 10**6), st.booleans())
def test_another_number_changes_nothing_else(fields: dict[str, Any], number: int, typed: bool) -> None:
    event = {**fields, **({"type": "response.x"} if typed else {})}
    data = numbered(msgspec.json.encode(event), "response.x", number, typed=typed, counted="sequence_number" in event)
    assert EVENT.decode(data) == {**event, "type": "response.x", "sequence_number": number}
    assert data.count(b'"sequence_number"') >= 1


@given(st.text())
def test_the_length_of_a_string_is_that_of_its_text(text: str) -> None:
    assert length(msgspec.json.encode(text)) == len(text.encode())
    assert length(b"12") == length(b"null") == 0


def test_a_whole_response_is_told_as_events() -> None:
    response: dict[str, Any] = {
        "id": "theirs",
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
        "unknown": {"a": 1},
        "usage": {"input_tokens": 3, "output_tokens": 4},
        "output": [
            {
                "type": "reasoning",
                "id": "r",
                "summary": [{"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "2"}],
            },
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "hello", "annotations": []}, {"type": "refusal", "refusal": "no"}],
            },
            {"type": "function_call", "id": "f", "call_id": "c", "name": "n", "arguments": "{}", "status": "completed"},
            {"type": "custom_tool_call", "id": "t", "call_id": "d", "name": "n", "input": "raw"},
            {"type": "made_up", "id": "m", "content": "text"},
        ],
    }
    frames = passed(list(tell(response)))
    last = frames[-1]
    assert last.type == "response.incomplete"
    assert last.response is not None
    assert last.response["unknown"] == {"a": 1}
    assert last.response["output"] == [EVENT.decode(frame.item.raw) for frame in frames if frame.item]
    assert [without(item, "id") for item in last.response["output"]] == [without(item, "id") for item in response["output"]]
    assert sum(frame.said for frame in frames) == len("one2hellono{}raw")
    assert {EVENT.decode(frame.data).get("item_id") for frame in frames} >= {"r", "f", "t"}
