"""All wires and Azure over real HTTP against the mock server: answers whole and broken, and what is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from itertools import pairwise
from typing import Any

import pytest

from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, Reply, SaidCall, SaidCustom, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.models.model import Delta, Finished, ItemDone, Model, ModelEvent, ModelRequest, Retried
from pullwright.models.open import list_models, open_model
from pullwright.models.retry import Backoff
from pullwright.protocol import errors
from pullwright.protocol.items import CustomCall, FunctionCall, Item, Message, Reasoning, ToolSpec, output_for, user_message
from pullwright.protocol.usage import Usage

KEY = "sk-never-shown-anywhere"
WIRES = ("responses", "chat", "anthropic", "azure")
TOOLS = (
    ToolSpec(name="exec", description="run", parameters={"type": "object", "properties": {"command": {"type": "string"}}}),
    ToolSpec(name="patch", description="edit", grammar='start: "*** Begin Patch"'),
)
FULL = Answer(
    text="I look.",
    reasoning="Hm.",
    calls=(SaidCall("exec", {"command": "ls"}), SaidCall("exec", {"command": "pwd"}), SaidCustom("patch", "*** Begin Patch\n")),
    usage=Usage(input=100, cached=60, output=20, reasoning=5),
)


def choice(wire: str, server: MockServer, **fields: Any) -> ModelChoice:
    provider = {"responses": "openai", "chat": "custom", "anthropic": "anthropic", "azure": "azure"}[wire]
    url = server.root if wire in ("azure", "anthropic") else server.url
    return ModelChoice(provider=provider, model="gpt-5", base_url=url, key=KEY, **fields)


async def events_of(model: Model, items: list[Item]) -> list[ModelEvent]:
    request = ModelRequest(instructions="Be brief.", tools=TOOLS, items=items, cache_key="session")
    return [event async for event in model.stream(request)]


def with_model(
    wire: str,
    script: list[Reply] | Callable[[Mapping[str, Any]], Reply],
    body: Callable[[Model, MockServer], Coroutine[Any, Any, None]],
    **fields: Any,
) -> None:
    """Run `body` with a model open on a mock server that answers from `script`."""

    async def run() -> None:
        async with MockServer(Script(script), key=KEY) as server:
            model = await open_model(choice(wire, server, **fields), environ={}, backoff=Backoff(first=0.001, most=0.001))
            try:
                await body(model, server)
            finally:
                await model.aclose()

    asyncio.run(run())


def items_of(events: list[ModelEvent]) -> list[Item]:
    """What is left of an answer: items after the last retry."""
    last = max((index for index, event in enumerate(events) if isinstance(event, Retried)), default=-1)
    return [event.item for event in events[last + 1 :] if isinstance(event, ItemDone)]


@pytest.mark.parametrize("wire", WIRES)
def test_a_conversation_goes_there_and_back_on_one_connection(wire: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        items = [user_message("Fix it.", ["data:image/png;base64,iVBORw0KGgo="])]
        for _ in range(2):
            events = await events_of(model, items)
            said = items_of(events)
            assert [type(item.view) for item in said] == [Reasoning, Message, FunctionCall, FunctionCall, CustomCall]
            assert said[-1].view.input == "*** Begin Patch\n"  # type: ignore[union-attr]
            finished = events[-1]
            assert isinstance(finished, Finished)
            assert finished.usage.total == 120
            assert finished.usage.cached == 60
            assert finished.cost_usd == pytest.approx((40 * 1.25 + 60 * 0.125 + 20 * 10) / 1e6)
            assert "".join(event.text for event in events if isinstance(event, Delta) and event.kind == "text") == "I look."
            calls = [item.view for item in said if isinstance(item.view, FunctionCall | CustomCall)]
            items += [*said, *(output_for(call, "done") for call in calls)]
        await events_of(model, items)
        bodies = server.bodies
        assert all(later.startswith(earlier[:-2]) for earlier, later in pairwise(bodies))
        assert b"sealed-1" in bodies[1] or b"signed-1" in bodies[1] or b'"reasoning_content":"Hm."' in bodies[1]
        assert server.connections == 1
        assert model.scripted
        assert finished.request_bytes == len(bodies[1])

    with_model(wire, [FULL, FULL, Answer(text="Done.")], body)


def test_azure_gets_its_path_its_header_and_its_store() -> None:
    async def body(model: Model, server: MockServer) -> None:
        await events_of(model, [user_message("hi")])
        [received] = server.requests
        assert received.path == "/openai/v1/responses"
        assert received.headers["api-key"] == KEY
        assert "authorization" not in received.headers
        assert received.json["store"] is True
        assert received.json["include"] == ["reasoning.encrypted_content"]

    with_model("azure", [Answer(text="hi")], body)


BROKEN = {
    "status 408": Trouble(status=408),
    "status 409": Trouble(status=409),
    "status 429": Trouble(status=429, headers={"retry-after-ms": "1"}, body={"error": {"message": "slow down"}}),
    "status 500": Trouble(status=500, body="<html>oops</html>"),
    "status 529": Trouble(status=529, body={"error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "cut at once": Answer(text="no", trouble=Trouble(cut_after=0)),
    "cut in the middle": Answer(text="wrong", calls=(SaidCall("exec"),), trouble=Trouble(cut_after=500)),
    "malformed": Answer(text="wrong", trouble=Trouble(malformed=True)),
    "garbage": Trouble(garbage=b"\x00\xff garbage\n\n" * 100),
    "ended early": Trouble(garbage=b""),
    "silent": Answer(text="no", trouble=Trouble(silent_after=100)),
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_asked_for_again_whole(wire: str, name: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        events = await events_of(model, [user_message("hi")])
        [retried] = [event for event in events if isinstance(event, Retried)]
        assert retried.attempt == 1
        assert (retried.status is not None) == name.startswith("status")
        assert [item.view.text for item in items_of(events) if isinstance(item.view, Message)] == ["right"]
        first, second = server.bodies
        assert first == second

    with_model(wire, [BROKEN[name], Answer(text="right")], body, idle_timeout=0.5 if name == "silent" else 20.0)


@pytest.mark.parametrize("wire", WIRES)
def test_retries_end_with_the_error_that_names_what_to_do(wire: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        with pytest.raises(errors.ModelUnavailable) as raised:
            await events_of(model, [user_message("hi")])
        assert raised.value.fix
        assert len(server.bodies) == 3

    with_model(wire, [Trouble(status=503)] * 3, body, retries=2)


@pytest.mark.parametrize("wire", WIRES)
def test_a_refusal_is_not_repeated_and_shows_no_key(wire: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        with pytest.raises(errors.ModelRefused) as raised:
            await events_of(model, [user_message("hi")])
        assert KEY not in f"{raised.value}{raised.value.fix}{raised.value!r}{raised.value.__context__!r}"
        assert len(server.bodies) == 1
        assert KEY not in f"{vars(model)!r}"

    with_model(wire, [Trouble(status=401, body={"error": {"message": f"Incorrect API key: {KEY}"}})], body)


@pytest.mark.parametrize("wire", WIRES)
def test_a_slow_drip_arrives_whole(wire: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        events = await events_of(model, [user_message("hi")])
        assert not any(isinstance(event, Retried) for event in events)
        assert len(items_of(events)) == 5

    dripping = Answer(text=FULL.text, reasoning=FULL.reasoning, calls=FULL.calls, trouble=Trouble(drip=7, pause=0.0002))
    with_model(wire, [dripping], body, idle_timeout=20)


@pytest.mark.parametrize("wire", WIRES)
def test_huge_bodies_both_ways(wire: str) -> None:
    text = "0123456789abcdef" * (4 << 16)

    async def body(model: Model, server: MockServer) -> None:
        events = await events_of(model, [user_message(text)])
        assert [item.view.text for item in items_of(events) if isinstance(item.view, Message)] == [text]
        assert len(server.bodies[0]) > len(text)

    with_model(wire, [Answer(text=text)], body)


@pytest.mark.parametrize("wire", WIRES)
def test_usage_left_out_is_estimated_and_says_so(wire: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        finished = (await events_of(model, [user_message("hello " * 100)]))[-1]
        assert isinstance(finished, Finished)
        assert finished.usage.estimated
        assert finished.usage.input > 100
        assert finished.usage.output > 0

    with_model(wire, [Answer(text="hi", usage_sent=False)], body)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("stop", ["max_output", "content_filter"])
def test_why_it_stopped(wire: str, stop: Any) -> None:
    async def body(model: Model, server: MockServer) -> None:
        finished = (await events_of(model, [user_message("hi")]))[-1]
        assert isinstance(finished, Finished)
        assert finished.stop == stop

    with_model(wire, [Answer(text="hi", stop=stop)], body)


@pytest.mark.parametrize("wire", WIRES)
def test_leaving_early_drops_the_connection_and_the_model_can_be_asked_again(wire: str) -> None:
    async def body(model: Model, server: MockServer) -> None:
        request = ModelRequest(instructions="", tools=(), items=[user_message("hi")])
        stream = model.stream(request)
        async for event in stream:
            assert isinstance(event, Delta)
            break
        await stream.aclose()  # type: ignore[attr-defined]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await events_of(model, [user_message("hi")])
        assert items_of(await events_of(model, [user_message("hi")]))
        assert server.connections == 3

    slow = Answer(text="long " * 5000, trouble=Trouble(drip=3000, pause=0.05))
    with_model(wire, [slow, Answer(text="late", delay=60), Answer(text="again")], body)


def test_an_ordinary_page_instead_of_a_stream_is_said_at_once() -> None:
    async def body(model: Model, server: MockServer) -> None:
        with pytest.raises(errors.ChangeRequest, match="text/html") as raised:
            await events_of(model, [user_message("hi")])
        assert "base_url" in raised.value.fix
        assert len(server.bodies) == 1

    with_model("chat", [Trouble(status=200, headers={"content-type": "text/html"}, body="<html>log in</html>")], body)


@pytest.mark.parametrize("wire", WIRES)
def test_the_list_of_models(wire: str) -> None:
    async def run() -> None:
        async with MockServer(Script([]), key=KEY, models=("b", "a")) as server:
            assert await list_models(choice(wire, server), environ={}) == ["a", "b"]
            wrong = choice(wire, server).__class__(provider="openai", model="m", base_url=server.url, key="sk-another-one")
            with pytest.raises(errors.ModelRefused):
                await list_models(wrong, environ={})

    asyncio.run(run())


@pytest.mark.parametrize(("answer", "refused"), [("401 Unauthorized", True), ("404 Not Found", False)])
def test_where_anybody_gets_the_list_the_key_is_proved_elsewhere(answer: str, refused: bool) -> None:
    """OpenRouter lists its models without a key: a wrong one must not look right. A proxy that has no such path stops nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            body = b'{"data": [{"id": "a"}]}'
            status = answer if b"/key " in head else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
            if b"/models " in head:
                return writer.close()
        return None

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1"
            open_list = ModelChoice(provider="openai", model="", base_url=url, key="sk-wrong")
            assert await list_models(open_list, environ={}) == ["a"]
            proved = ModelChoice(provider="openrouter", model="", base_url=url, key="sk-wrong")
            if refused:
                with pytest.raises(errors.ModelRefused):
                    await list_models(proved, environ={})
            else:
                assert await list_models(proved, environ={}) == ["a"]

    asyncio.run(run())


def test_no_server_there_is_named() -> None:
    async def run() -> None:
        nowhere = ModelChoice(provider="ollama", model="m", base_url="http://127.0.0.1:9/v1", retries=1)
        model = await open_model(nowhere, environ={}, backoff=Backoff(first=0.001))
        with pytest.raises(errors.ModelUnavailable, match=r"no connection to 127\.0\.0\.1:9"):
            await events_of(model, [])
        with pytest.raises(errors.ModelUnavailable):
            await list_models(nowhere, environ={})

    asyncio.run(run())


def test_leave_to_come_back_after_zero_seconds_is_no_leave_to_hammer() -> None:
    busy = Trouble(status=429, headers={"retry-after": "0"}, body={"error": {"message": "slow down"}})

    async def body(model: Model, server: MockServer) -> None:
        events = await events_of(model, [user_message("hi")])
        assert [event.wait > 0 for event in events if isinstance(event, Retried)] == [True, True]

    with_model("responses", [busy, busy, Answer(text="hi")], body)
