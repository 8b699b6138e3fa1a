"""Upstreams of Chat Completions and Anthropic Messages, asked and heard as one of the Responses API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, Reply, SaidCall, SaidCustom, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.models.relay.open import open_relay
from pullwright.models.relay.relay import Frame, Order, Relay
from pullwright.protocol import errors
from pullwright.protocol.items import FunctionOutput, Item, assistant_message, user_message
from pullwright.protocol.usage import Usage
from relay_events import check_all, full_shell

WIRES = ["chat", "anthropic"]
KEY = "sk-very-secret-value"
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "name": "exec", "parameters": {"type": "object", "properties": {"command": {"type": "string"}}}},
    {"type": "custom", "name": "patch", "format": {"type": "grammar", "syntax": "regex", "definition": ".*"}},
]
FULL = Answer(
    text="I look, «quoted».",
    reasoning="Hm, so.",
    calls=(
        SaidCall("exec", {"command": "ls"}, call_id="call_a"),
        SaidCustom("patch", '*** "Begin"\n\U0001f4a1', call_id="call_b"),
    ),
    usage=Usage(input=100, cached=60, output=20),
    piece=3,
)
Body = Callable[[Relay, MockServer], Awaitable[None]]


@asynccontextmanager
async def relaying(wire: Any, *replies: Reply, **fields: Any) -> AsyncIterator[tuple[Relay, MockServer]]:
    """A relay to a mock server that answers so."""
    async with MockServer(Script(replies), beside=fields.pop("beside", ())) as server:
        model = "claude-opus-5" if wire == "anthropic" else "gpt-6"
        choice = ModelChoice(provider="custom", **{"model": model, "wire": wire, "key": KEY, "base_url": server.url, **fields})
        relay = open_relay(choice, environ={})
        try:
            yield relay, server
        finally:
            await relay.aclose()


def run(wire: str, replies: list[Reply], body: Body, **fields: Any) -> None:
    async def all_of_it() -> None:
        async with relaying(wire, *replies, **fields) as (relay, server):
            await body(relay, server)

    asyncio.run(all_of_it())


def order(*items: Item, **fields: Any) -> Order:
    return Order(fields=fields, items=items or (user_message("hi"),), shell=full_shell())


async def frames_of(relay: Relay, asked: Order) -> list[Frame]:
    frames = [frame async for frame in relay.stream(asked)]
    check_all(frames)
    return frames


def output(frames: list[Frame]) -> list[dict[str, Any]]:
    assert frames[-1].response is not None
    return frames[-1].response["output"]


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_in_every_kind(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        frames = await frames_of(relay, order(tools=TOOLS, instructions="Be brief.", reasoning={"summary": "auto"}))
        last = frames[-1].response
        assert last is not None
        assert last["status"] == "completed"
        assert last["usage"]["total_tokens"] == 120
        assert last["usage"]["input_tokens_details"] == {"cached_tokens": 60, "cache_write_tokens": 0}
        assert frames[-1].usage == FULL.usage
        thought, message, call, custom = last["output"]
        assert thought["summary"] == [{"type": "summary_text", "text": "Hm, so."}]
        assert thought["encrypted_content"].startswith(f"pw1.{wire}.")
        assert message["content"] == [{"type": "output_text", "text": FULL.text, "annotations": [], "logprobs": []}]
        assert (call["type"], call["call_id"], call["arguments"]) == ("function_call", "call_a", '{"command":"ls"}')
        assert (custom["type"], custom["call_id"], custom["input"]) == ("custom_tool_call", "call_b", FULL.calls[1].input)  # type: ignore[union-attr]
        said = (FULL.text, FULL.reasoning, call["arguments"], custom["input"])
        assert sum(frame.said for frame in frames) == sum(len(text.encode()) for text in said)

    run(wire, [FULL], body)


@pytest.mark.parametrize("wire", WIRES)
def test_a_tools_loop_gives_the_upstream_its_own_words_back(wire: str) -> None:
    """What the client was given goes back with the results; clients that drop all fields they do not know change nothing."""

    async def body(relay: Relay, server: MockServer) -> None:
        first = output(await frames_of(relay, order(tools=TOOLS)))
        known = {"type", "summary", "encrypted_content", "role", "content", "call_id", "name", "arguments", "input"}
        kept = [Item(msgspec.json.encode({name: item[name] for name in item if name in known})) for item in first]
        results = [
            Item.of(FunctionOutput(call_id="call_a", output="README")),
            Item(b'{"type":"custom_tool_call_output","call_id":"call_b","output":[{"type":"input_text","text":"done"}]}'),
        ]
        await frames_of(relay, order(user_message("hi"), *kept, *results, tools=TOOLS))
        messages = server.requests[-1].json["messages"]
        assert [message["role"] for message in messages] == (
            ["user", "assistant", "user"] if wire == "anthropic" else ["user", "assistant", "tool", "tool"]
        )
        if wire == "anthropic":
            blocks = messages[1]["content"]
            assert blocks[0] == {"type": "thinking", "thinking": "Hm, so.", "signature": "signed-1"}
            assert [block["type"] for block in blocks[1:]] == ["text", "tool_use", "tool_use"]
            assert [block["tool_use_id"] for block in messages[2]["content"]] == ["call_a", "call_b"]
        else:
            assert messages[1]["reasoning_content"] == "Hm, so."
            assert [call["id"] for call in messages[1]["tool_calls"]] == ["call_a", "call_b"]

    run(wire, [FULL, Answer(text="done")], body)


def test_reasoning_never_goes_to_another_provider() -> None:
    async def run_both() -> None:
        async with relaying("anthropic", FULL) as (relay, _):
            items = [Item(msgspec.json.encode(item)) for item in output(await frames_of(relay, order(tools=TOOLS)))[:2]]
        for wire, provider in (("chat", "custom"), ("anthropic", "anthropic"), ("responses", "openai")):
            async with _other(wire, provider) as (relay, server):
                async for _ in relay.stream(order(user_message("a"), *items, user_message("b"))):
                    pass
                assert b"signed-1" not in server.bodies[-1]
                assert b"pw1." not in server.bodies[-1]
                assert b"I look" in server.bodies[-1]

    asyncio.run(run_both())


@asynccontextmanager
async def _other(wire: Any, provider: str) -> AsyncIterator[tuple[Relay, MockServer]]:
    async with MockServer(Script([Answer(text="x")])) as server:
        relay = open_relay(ModelChoice(provider=provider, model="m", wire=wire, key=KEY, base_url=server.url), environ={})
        yield relay, server
        await relay.aclose()


@pytest.mark.parametrize("wire", WIRES)
def test_reasoning_is_shown_to_who_asks_for_it_and_counts_for_all(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        frames = await frames_of(relay, order(tools=TOOLS))
        thought = output(frames)[0]
        assert (thought["type"], thought["summary"]) == ("reasoning", [])
        assert thought["encrypted_content"]
        assert not [frame for frame in frames if "summary" in frame.type]
        shown = await frames_of(relay, order(tools=TOOLS, reasoning={"summary": "concise"}))
        assert sum(frame.said for frame in frames) == sum(frame.said for frame in shown)

    run(wire, [FULL, FULL], body)


@pytest.mark.parametrize("wire", WIRES)
def test_pieces_arrive_as_they_are_said(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        seen = 0
        async for frame in relay.stream(order()):
            seen += frame.type == "response.output_text.delta"
            if seen:
                # The server is still at it: the rest has not even been written.
                assert seen < 50
            if seen == 3:
                break
        assert seen == 3

    run(wire, [Answer(text="word " * 100, piece=5, trouble=Trouble(pause=0.02))], body)


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_in_one_piece(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        frames = await frames_of(relay, order(tools=TOOLS))
        assert [item["type"] for item in output(frames)] == ["reasoning", "message", "function_call", "custom_tool_call"]
        assert frames[-1].usage == FULL.usage

    run(wire, [msgspec.structs.replace(FULL, whole=True)], body)


@pytest.mark.parametrize("wire", WIRES)
def test_what_fails_before_anything_was_said_is_raised(wire: str) -> None:
    refusals = [
        (Trouble(status=401, body={"error": {"message": f"bad {KEY}"}}), errors.ModelRefused),
        (Trouble(status=429, headers={"retry-after": "7"}, body={"error": {"message": "slow"}}), errors.ModelBusy),
        (Trouble(status=500), errors.ModelUnavailable),
        (Trouble(status=400, body={"error": {"message": "prompt is too long"}}), errors.ContextTooLong),
        (Answer(text="x", trouble=Trouble(cut_after=0)), errors.ModelUnavailable),
        (Answer(text="x", trouble=Trouble(garbage=b"data: {broken\n\n")), errors.ModelUnavailable),
        (Trouble(status=200, headers={"content-type": "text/html"}, body="<html>"), errors.ChangeRequest),
    ]

    async def body(relay: Relay, server: MockServer) -> None:
        for number, (_, kind) in enumerate(refusals, 1):
            with pytest.raises(kind) as raised:
                await frames_of(relay, order())
            assert KEY not in str(raised.value)
            assert len(server.requests) == number  # nothing is sent twice

    run(wire, [reply for reply, _ in refusals], body)


@pytest.mark.parametrize("wire", WIRES)
def test_what_fails_later_fails_the_response(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        frames = await frames_of(relay, order())
        assert frames[-1].type == "response.failed"
        assert frames[-1].response is not None
        assert frames[-1].response["error"]["code"] == "server_error"
        assert frames[-1].response["usage"] is None
        assert frames[-1].usage is None

    run(wire, [Answer(text="long " * 1000, piece=5, trouble=Trouble(cut_after=4000))], body)


@pytest.mark.parametrize("wire", WIRES)
def test_usage_that_never_came_is_null(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        frames = await frames_of(relay, order())
        assert frames[-1].response is not None
        assert (frames[-1].response["usage"], frames[-1].usage) == (None, None)

    run(wire, [Answer(text="hi", usage_sent=False)], body)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(("stop", "reason"), [("max_output", "max_output_tokens"), ("content_filter", "content_filter")])
def test_a_cut_answer_is_incomplete_and_so_is_its_last_item(wire: str, stop: Any, reason: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        last = (await frames_of(relay, order(tools=TOOLS)))[-1].response
        assert last is not None
        assert (last["status"], last["incomplete_details"], last["completed_at"]) == ("incomplete", {"reason": reason}, None)
        assert [item["status"] for item in last["output"]] == ["completed", "incomplete"]

    run(wire, [Answer(text="so", calls=(SaidCall("exec", '{"command":'),), stop=stop)], body)


def test_a_refusal_is_a_part_of_its_own() -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        (message,) = output(await frames_of(relay, order()))
        assert [part["type"] for part in message["content"]] == ["output_text", "refusal"]
        assert message["content"][1] == {"type": "refusal", "refusal": "No, I will not."}

    run("chat", [Answer(text="Well.", refusal="No, I will not.", piece=4)], body)


def test_a_refusal_of_anthropics_is_a_filter() -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        last = (await frames_of(relay, order()))[-1].response
        assert last is not None
        assert last["incomplete_details"] == {"reason": "content_filter"}

    run("anthropic", [Answer(refusal="no")], body)


@pytest.mark.parametrize("wire", WIRES)
def test_leaving_early_drops_the_connection_and_nobody_elses(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        stream: Any = relay.stream(order())
        async for frame in stream:
            if frame.type == "response.output_text.delta":
                break
        assert server.answering == 1
        await stream.aclose()
        async with asyncio.timeout(2):
            while server.answering:
                await asyncio.sleep(0.01)
        assert output(await frames_of(relay, order()))

    run(wire, [Answer(text="long " * 5000, piece=5, trouble=Trouble(pause=0.01)), Answer(text="again")], body)


@pytest.mark.parametrize("wire", WIRES)
def test_many_at_once_keep_apart(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        async def one(number: int) -> None:
            frames = await frames_of(relay, order(user_message(f"number {number}")))
            assert output(frames)[0]["content"][0]["text"] == f"number {number}"

        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(one(number))

    def answer(request: Any) -> Answer:
        content = request["messages"][-1]["content"]
        return Answer(text=content if isinstance(content, str) else content[0]["text"], piece=2)

    async def all_of_it() -> None:
        async with MockServer(Script(answer)) as server:
            relay = open_relay(ModelChoice(provider="custom", model="m", wire=wire, base_url=server.url), environ={})  # type: ignore[arg-type]
            await body(relay, server)
            await relay.aclose()

    asyncio.run(all_of_it())


def test_tokens_are_counted_where_the_server_counts() -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        asked = order(tools=TOOLS, max_output_tokens=99)
        counted = await relay.count(asked)
        sent = server.requests[-1]
        assert sent.path.endswith("/messages/count_tokens")
        assert counted > 0
        assert not {"stream", "max_tokens", "metadata"} & set(sent.json)
        assert sent.json["tools"]

    run("anthropic", [], body, beside=["count_tokens"])


@pytest.mark.parametrize("wire", WIRES)
def test_tokens_are_estimated_where_it_does_not_and_it_is_asked_once(wire: str) -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        assert await relay.count(order()) > 0
        assert await relay.count(order(user_message("hello " * 500))) > 500
        assert len(server.requests) == (1 if wire == "anthropic" else 0)

    run(wire, [], body)


@pytest.mark.parametrize("wire", WIRES)
def test_a_conversation_is_made_shorter_and_goes_on(wire: str) -> None:
    items = [
        user_message("Find the bug. " * 20),
        Item(b'{"type":"function_call","call_id":"c1","name":"exec","arguments":"{}"}'),
        Item.of(FunctionOutput(call_id="c1", output="lines " * 500)),
        assistant_message("Found it."),
        user_message("Now mend it."),
    ]

    async def body(relay: Relay, server: MockServer) -> None:
        compacted = await relay.compact(order(*items))
        told = server.requests[-1].json
        assert "tools" not in told
        assert b"lines lines" in server.bodies[-1]
        assert [msgspec.json.decode(item.raw)["type"] for item in compacted.items] == ["message", "message", "compaction"]
        assert sum(len(item.raw) for item in compacted.items) < sum(len(item.raw) for item in items)
        assert compacted.items[1] == items[-1]
        assert compacted.usage is not None
        await frames_of(relay, order(*compacted.items, user_message("Go on.")))
        assert b"The bug is in line 3." in server.bodies[-1]
        assert b"compaction" not in server.bodies[-1]
        again = await relay.compact(order(*compacted.items, assistant_message("Mended, in line 3, by hand. " * 90)))
        assert b"The bug is in line 3." in server.bodies[-1]
        assert again.items

    summary = Answer(text="The bug is in line 3.")
    run(wire, [summary, Answer(text="ok"), summary], body)


def test_a_conversation_shorter_than_its_summary_is_kept_as_it_is() -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        compacted = await relay.compact(order(user_message("Tuesday."), assistant_message("Yes.")))
        await frames_of(relay, order(*compacted.items, user_message("When?")))
        assert b"user: Tuesday." in server.bodies[-1]
        assert b"very long" not in server.bodies[-1]

    run("chat", [Answer(text="very long " * 20), Answer(text="Tuesday")], body)


@pytest.mark.parametrize("wire", WIRES)
def test_no_summary_is_an_error_and_a_conversation_too_long_is_told_with_less(wire: str) -> None:
    long = Item.of(FunctionOutput(call_id="c1", output="x" * 50_000))
    call = Item(b'{"type":"function_call","call_id":"c1","name":"exec","arguments":"{}"}')

    async def body(relay: Relay, server: MockServer) -> None:
        assert (await relay.compact(order(user_message("hi"), call, long))).items
        assert len(server.bodies[1]) < 10_000 < len(server.bodies[0])
        with pytest.raises(errors.ModelUnavailable, match="not made shorter"):
            await relay.compact(order(user_message("hi")))

    too_long = Trouble(status=400, body={"error": {"message": "prompt is too long", "code": "context_length_exceeded"}})
    run(wire, [too_long, Answer(text="short"), Answer(calls=(SaidCall("exec", {}),))], body)


def test_prices_follow_the_model_or_the_one_that_answered() -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        usage = Usage(input=1_000_000)
        assert relay.price(usage) is None
        assert relay.price(usage, "gpt-6-luna")

    run("chat", [], body, model="deployment-x")


def test_a_stream_that_is_whole_and_does_not_end_is_not_waited_for() -> None:
    async def body(relay: Relay, server: MockServer) -> None:
        async with asyncio.timeout(20):
            (message,) = output(await frames_of(relay, order()))
        assert message["content"][0]["text"] == "hi"

    garbage = b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n'
    run("chat", [Answer(text="x", trouble=Trouble(garbage=garbage + b" " * 10, silent_after=len(garbage)))], body)
