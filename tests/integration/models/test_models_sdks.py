"""The vendors' own packages talk to the mock server, so that what we test against is what they expect."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pullwright.models.mock.script import Answer, Reply, SaidCall, SaidCustom, Script, Trouble
from pullwright.models.mock.server import MockServer
from pullwright.protocol.usage import Usage

KEY = "sk-test"
FULL = Answer(
    text="I look.",
    reasoning="Hm.",
    calls=(SaidCall("exec", {"command": "ls"}, call_id="call_a"),),
    usage=Usage(input=100, cached=60, output=20, reasoning=5),
)


def serving(answers: list[Reply], body: Any, **fields: Any) -> None:
    async def run() -> None:
        async with MockServer(Script(answers), key=KEY, models=("m-1",), **fields) as server:
            work: Coroutine[Any, Any, None] = body(server)
            await work

    asyncio.run(run())


def openai_client(server: MockServer, **fields: Any) -> Any:
    openai = pytest.importorskip("openai")
    return openai.AsyncOpenAI(**{"base_url": server.url, "api_key": KEY, "max_retries": 0, **fields})


def anthropic_client(server: MockServer, **fields: Any) -> Any:
    anthropic = pytest.importorskip("anthropic")
    return anthropic.AsyncAnthropic(**{"base_url": server.root, "api_key": KEY, "max_retries": 0, **fields})


def test_openai_responses_create_stream_and_free_form_tools() -> None:
    custom = Answer(calls=(SaidCustom("patch", "*** Begin Patch", call_id="call_b"),))

    async def body(server: MockServer) -> None:
        async with openai_client(server) as client:
            made = await client.responses.create(model="m", input="hi")
            assert made.output_text == "I look."
            assert [item.type for item in made.output] == ["reasoning", "message", "function_call"]
            assert made.output[2].arguments == '{"command":"ls"}'
            assert made.usage.input_tokens_details.cached_tokens == 60
            async with client.responses.stream(model="m", input="hi") as stream:
                kinds = [event.type async for event in stream]
                final = await stream.get_final_response()
            assert kinds[0] == "response.created"
            assert kinds[-1] == "response.completed"
            assert final.output_text == "I look."
            free = await client.responses.create(model="m", input="hi")
            assert free.output[0].type == "custom_tool_call"
            assert free.output[0].input == "*** Begin Patch"
            assert [model.id async for model in client.models.list()] == ["m-1"]

    serving([FULL, FULL, custom], body)


def test_openai_chat_create_stream_and_structured_output() -> None:
    async def body(server: MockServer) -> None:
        async with openai_client(server) as client:
            messages = [{"role": "user", "content": "hi"}]
            made = await client.chat.completions.create(model="m", messages=messages)
            assert made.choices[0].message.content == "I look."
            assert made.choices[0].message.tool_calls[0].function.arguments == '{"command":"ls"}'
            assert made.choices[0].finish_reason == "tool_calls"
            stream = await client.chat.completions.create(
                model="m", messages=messages, stream=True, stream_options={"include_usage": True}
            )
            chunks = [chunk async for chunk in stream]
            said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
            assert said == "I look."
            assert chunks[-1].usage.prompt_tokens_details.cached_tokens == 60
            async with client.chat.completions.stream(model="m", messages=messages) as helper:
                final = await helper.get_final_completion()
            assert final.choices[0].message.tool_calls[0].function.name == "exec"

    serving([FULL, FULL, FULL], body)


def test_anthropic_create_and_stream() -> None:
    async def body(server: MockServer) -> None:
        async with anthropic_client(server) as client:
            asked: dict[str, Any] = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}
            made = await client.messages.create(**asked)
            assert [block.type for block in made.content] == ["thinking", "text", "tool_use"]
            assert made.content[2].input == {"command": "ls"}
            assert (made.usage.input_tokens, made.usage.cache_read_input_tokens) == (40, 60)
            async with client.messages.stream(**asked) as stream:
                text = "".join([piece async for piece in stream.text_stream])
                final = await stream.get_final_message()
            assert text == "I look."
            assert final.content[0].signature == "signed-2"
            assert final.stop_reason == "tool_use"
            assert [model.id async for model in client.models.list()] == ["m-1"]

    serving([FULL, FULL], body)


def test_both_read_our_refusals_and_our_retry_headers() -> None:
    busy = Trouble(
        status=429, headers={"retry-after-ms": "1"}, body={"error": {"message": "slow down", "type": "rate_limit_error"}}
    )
    bad = Trouble(status=400, body={"error": {"message": "bad", "type": "invalid_request_error", "code": "c"}})

    async def body(server: MockServer) -> None:
        import anthropic
        import openai

        async with openai_client(server, max_retries=1) as client:
            assert (await client.responses.create(model="m", input="hi")).output_text == "I look."
            with pytest.raises(openai.BadRequestError, match="bad"):
                await client.responses.create(model="m", input="hi")
        async with anthropic_client(server, max_retries=1) as client:
            asked: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
            assert (await client.messages.create(**asked)).content
            with pytest.raises(anthropic.BadRequestError, match="bad"):
                await client.messages.create(**asked)
        async with openai_client(server, api_key="wrong") as client:
            with pytest.raises(openai.AuthenticationError):
                await client.models.list()

    serving([busy, FULL, bad, busy, FULL, bad], body)


def test_azure_openai_by_the_v1_endpoint_and_by_its_header() -> None:
    async def body(server: MockServer) -> None:
        async with openai_client(
            server, base_url=f"{server.root}/openai/v1", api_key="x", default_headers={"api-key": KEY}
        ) as client:
            assert (await client.responses.create(model="deployment", input="hi")).output_text == "I look."
            assert server.requests[-1].path == "/openai/v1/responses"

    serving([FULL], body)
