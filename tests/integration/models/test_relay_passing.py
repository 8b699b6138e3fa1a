"""Requests and events that pass to and from an upstream that speaks the Responses API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, Reply, SaidCall, SaidCustom, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.models.relay.open import open_relay
from pullwright.models.relay.relay import Frame, Relay
from pullwright.protocol import errors
from pullwright.protocol.items import Item, user_message
from pullwright.protocol.usage import Usage
from relay_orders import EVENT, check, frames_of, order

KEY = "sk-very-secret-value"
EVERYTHING = Answer(
    text="Some words, «quoted» – and\nmore.",
    reasoning="First I think.",
    calls=(SaidCall("read", {"path": "a"}), SaidCustom("patch", "*** Begin")),
    usage=Usage(input=50, cached=20, output=30, reasoning=10),
    piece=5,
)


@asynccontextmanager
async def relaying(
    *replies: Reply, model: str = "gpt-6-luna", beside: tuple[str, ...] = ("input_tokens", "compact"), **fields: Any
) -> AsyncIterator[tuple[Relay, MockServer]]:
    """A relay to a mock server that answers so."""
    async with MockServer(Script(replies), beside=beside) as server:
        choice = ModelChoice(provider="custom", model=model, wire="responses", key=KEY, base_url=server.url, **fields)
        relay = open_relay(choice, environ={})
        try:
            yield relay, server
        finally:
            await relay.aclose()


def said(frames: Sequence[Frame]) -> int:
    return sum(frame.said for frame in frames)


def test_events_pass_byte_for_byte_and_the_response_is_ours() -> None:
    async def run() -> None:
        async with relaying(EVERYTHING, EVERYTHING) as (relay, server):
            frames = await frames_of(relay, order())
            theirs = await upstream_events(server)
            assert [frame.type for frame in frames] == [EVENT.decode(data)["type"] for data in theirs]
            for frame, data in zip(frames, theirs, strict=True):
                if frame.response is None:
                    assert frame.data == re.sub(rb"((?:_0+|sealed-))2", rb"\g<1>1", data)
            last = frames[-1]
            assert last.response is not None
            assert last.response["output"] == [EVENT.decode(frame.item.raw) for frame in frames if frame.item]
            assert last.usage == Usage(input=50, cached=20, output=30, reasoning=10)
            texts = (EVERYTHING.text, EVERYTHING.reasoning, '{"path":"a"}', "*** Begin")
            assert said(frames) == sum(len(text.encode()) for text in texts)

    asyncio.run(run())


async def upstream_events(server: MockServer) -> list[bytes]:
    """What the server says to the same request, without us between."""
    from pullwright.models.http import Client
    from pullwright.models.sse import EventParser

    parser = EventParser()
    async with (
        Client(server.url, {}) as client,
        client.request("POST", "/responses", {}, server.bodies[-1]) as response,
    ):
        return [event.data async for piece in response.pieces() for event in parser.feed(piece)]


def test_what_the_client_sent_survives_and_what_is_ours_is_set() -> None:
    async def run() -> None:
        async with relaying(Answer(text="x"), effort="low") as (relay, server):
            odd = Item(b'{"type" : "message", "role":"user","content":"1", "unheard_of":{"b":1.0,"a":[null]}}')
            call = Item(b'{"type":"made_up_call","id":"x_1","n":12345678901234567890}')
            fields: dict[str, Any] = {
                "temperature": 0.25,
                "reasoning": {"summary": "auto", "new": 1},
                "include": ["message.output_text.logprobs"],
                "unknown": {"deep": [1, None, "é"]},
                "instructions": None,
            }
            await frames_of(relay, order(odd, call, **fields))
            body = server.bodies[0]
            assert odd.raw + b"," + call.raw in body
            sent = EVENT.decode(body)
            assert sent.pop("input") == [EVENT.decode(odd.raw), EVENT.decode(call.raw)]
            assert sent == {
                **fields,
                "model": "gpt-6-luna",
                "stream": True,
                "store": False,
                "reasoning": {"summary": "auto", "new": 1, "effort": "low"},
                "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
            }

    asyncio.run(run())


def test_an_effort_that_the_client_asked_for_stays_and_a_model_that_does_not_reason_is_asked_for_no_reasoning() -> None:
    async def run() -> None:
        async with relaying(Answer(text="x"), effort="low") as (relay, server):
            await frames_of(relay, order(reasoning={"effort": "high"}))
            assert EVENT.decode(server.bodies[0])["reasoning"] == {"effort": "high"}
        async with relaying(Answer(text="x"), model="gpt-4o") as (relay, server):
            await frames_of(relay, order())
            assert not {"reasoning", "include"} & set(EVENT.decode(server.bodies[0]))

    asyncio.run(run())


@pytest.mark.parametrize(("quirks", "kept"), [({}, ["sealed"]), ({"store": True, "item_ids": True}, ["sealed", "open"])])
def test_reasoning_that_the_upstream_cannot_read_is_left_out(quirks: dict[str, Any], kept: list[str]) -> None:
    async def run() -> None:
        async with relaying(Answer(text="x"), quirks=quirks) as (relay, server):
            sealed = Item(b'{"type":"reasoning","id":"sealed","summary":[],"encrypted_content":"e"}')
            foreign = Item(b'{"type":"reasoning","id":"foreign","summary":[],"encrypted_content":"e","origin":"anthropic"}')
            bare = Item(b'{"type":"reasoning","id":"open","summary":[]}')
            says = Item(b'{"type":"message","role":"user","content":"of \\"reasoning\\""}')
            await frames_of(relay, order(sealed, foreign, bare, says))
            sent = EVENT.decode(server.bodies[0])
            assert [item["id"] for item in sent["input"] if "id" in item] == kept
            assert sent["input"][-1] == EVENT.decode(says.raw)
            assert sent["store"] is bool(quirks)

    asyncio.run(run())


@pytest.mark.parametrize(
    "trouble",
    [Trouble(cut_after=3000), Trouble(malformed=True), Trouble(silent_after=3000, silence=60)],
    ids=["cut", "malformed", "silent"],
)
def test_a_stream_that_breaks_ends_as_failed(trouble: Trouble) -> None:
    async def run() -> None:
        answer = Answer(text="word " * 2000, reasoning="thought", piece=100, trouble=trouble)
        async with relaying(answer, Answer(text="again"), idle_timeout=0.3) as (relay, _):
            frames = await frames_of(relay, order())
            last = frames[-1]
            assert last.type == "response.failed"
            assert last.response is not None
            assert last.response["error"]["code"] == "server_error"
            assert last.response["error"]["message"]
            assert last.usage is None
            assert last.response["output"] == [EVENT.decode(frame.item.raw) for frame in frames if frame.item] != []
            assert (await frames_of(relay, order()))[-1].type == "response.completed"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble(status=401, body={"error": {"message": f"wrong key {KEY}"}}), errors.ModelRefused),
        (Trouble(status=403), errors.ModelRefused),
        (Trouble(status=429, headers={"retry-after": "7"}, body={"error": {"message": "slow"}}), errors.ModelBusy),
        (Trouble(status=503), errors.ModelUnavailable),
        (Trouble(cut_after=0), errors.ModelUnavailable),
        (Trouble(garbage=b"data: {\n\n"), errors.ModelUnavailable),
        (Trouble(garbage=b'data: {"type":"error","code":"context_length_exceeded","message":"long"}\n\n'), errors.ContextTooLong),
        (Trouble(garbage=b'data: {"type":"error","error":{"type":"server_error","message":"x"}}\n\n'), errors.ModelUnavailable),
        (
            Trouble(garbage=b'data: {"type":"response.failed","response":{"error":{"code":"invalid_prompt","message":"x"}}}\n\n'),
            errors.ChangeRequest,
        ),
    ],
)
def test_what_fails_before_the_first_event_is_raised_and_nothing_is_sent_twice(
    trouble: Trouble, error: type[errors.PullwrightError]
) -> None:
    async def run() -> None:
        async with relaying(trouble, Answer(text="never")) as (relay, server):
            with pytest.raises(error) as raised:
                await frames_of(relay, order())
            assert type(raised.value) is error
            assert KEY not in f"{raised.value!r}{raised.value.fix}"
            assert len(server.bodies) == 1
            if isinstance(raised.value, errors.ModelBusy):
                assert (raised.value.retry_after, raised.value.retry) == (7.0, True)

    asyncio.run(run())


def test_a_refusal_keeps_what_the_upstream_says_of_it() -> None:
    async def run() -> None:
        body = {"error": {"message": "no such tool", "type": "invalid_request_error", "code": "bad_tool", "param": "tools[0]"}}
        unwise = {"x-should-retry": "false"}
        async with relaying(Trouble(status=422, body=body), Trouble(status=429, headers=unwise)) as (relay, _):
            with pytest.raises(errors.ChangeRequest) as raised:
                await frames_of(relay, order())
            assert (raised.value.code, raised.value.param, raised.value.status) == ("bad_tool", "tools[0]", 422)
            with pytest.raises(errors.ModelBusy) as busy:
                await frames_of(relay, order())
            assert busy.value.retry is False

    asyncio.run(run())


def test_closing_one_stream_drops_its_connection_alone() -> None:
    async def run() -> None:
        slow = Answer(text="word " * 400, piece=5, trouble=Trouble(pause=0.005))
        async with relaying(slow, slow, Answer(text="x")) as (relay, server):
            one, other = relay.stream(order()), relay.stream(order())
            first, begun = await anext(one), await anext(other)
            assert first.type == "response.created"
            await one.aclose()  # type: ignore[attr-defined]
            check([begun, *[frame async for frame in other]])
            await frames_of(relay, order())
            assert server.connections == 2  # the third call went over the second's connection

    asyncio.run(run())


def test_many_at_once_over_kept_connections() -> None:
    async def run() -> None:
        async with relaying(*[EVERYTHING] * 120) as (relay, server):
            for _ in range(3):
                await asyncio.gather(*(frames_of(relay, order()) for _ in range(40)))
            assert 40 <= server.connections <= 40 + 2 * 8  # 32 are kept

    asyncio.run(run())


def test_a_price_is_the_models_or_the_one_that_answers() -> None:
    async def run() -> None:
        async with relaying(model="my-deployment") as (relay, _):
            usage = Usage(input=1000, output=1000)
            assert relay.price(usage) is None
            assert (relay.price(usage, "gpt-6-luna") or 0) > 0
            assert relay.size(order(user_message("hi", ["data:image/png;base64,AAAA"])))[1] == 1
            relay.check(order(anything={"goes": 1}))

    asyncio.run(run())


def test_tokens_are_counted_by_a_server_that_counts() -> None:
    async def run() -> None:
        async with relaying() as (relay, server):
            asked = order(tools=[], temperature=0.5, instructions="be brief")
            assert await relay.count(asked) == len(server.bodies[0]) // 4
            assert server.requests[0].path == "/v1/responses/input_tokens"
            sent = EVENT.decode(server.bodies[0])
            assert set(sent) == {"model", "input", "tools", "instructions"}

    asyncio.run(run())


def test_tokens_are_estimated_for_a_server_that_does_not_count_which_is_asked_once() -> None:
    async def run() -> None:
        usage = Usage(input=90, output=1)
        async with relaying(Answer(text="x", usage=usage), beside=()) as (relay, server):
            asked = order(user_message("word " * 40))
            estimated = await relay.count(asked)
            assert 40 < estimated < 200
            await frames_of(relay, asked)
            assert abs(await relay.count(asked) - 90) <= 1  # learned from what the server counted
            assert [received.path for received in server.requests].count("/v1/responses/input_tokens") == 1

    asyncio.run(run())


def test_a_conversation_is_compacted_by_a_server_that_compacts() -> None:
    async def run() -> None:
        async with relaying() as (relay, server):
            asked = order(*(user_message(f"word {number}") for number in range(5)), instructions="x", temperature=1)
            short = await relay.compact(asked)
            assert EVENT.decode(short.items[-1].raw)["type"] == "compaction"
            assert short.usage is not None
            assert short.usage.input > 0
            assert set(EVENT.decode(server.bodies[0])) == {"model", "input", "instructions"}

    asyncio.run(run())


def test_a_server_that_does_not_stream_is_told_as_events() -> None:
    async def run() -> None:
        whole = {
            "id": "resp_theirs",
            "object": "response",
            "status": "completed",
            "model": "theirs",
            "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}],
            "usage": {"input_tokens": 3, "output_tokens": 2},
        }
        error = {"error": {"code": "server_error", "message": "x"}, "status": "failed"}
        broken = [Trouble(status=200, body=body) for body in (error, {"pong": 1}, "no JSON")]
        html = Trouble(status=200, body="<html>", headers={"content-type": "text/html"})
        async with relaying(Trouble(status=200, body=whole), *broken, html) as (relay, _):
            frames = await frames_of(relay, order())
            assert (said(frames), frames[-1].usage) == (5, Usage(input=3, output=2))
            assert "response.output_text.delta" in [frame.type for frame in frames]
            for _ in range(3):
                with pytest.raises(errors.ModelUnavailable):
                    await frames_of(relay, order())
            with pytest.raises(errors.PullwrightError, match="text/html"):
                await frames_of(relay, order())

    asyncio.run(run())
