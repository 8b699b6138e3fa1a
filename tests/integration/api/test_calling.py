"""The Python SDK, unmodified but for address and key: answers as a whole, and as streams, from an upstream of each wire."""

from __future__ import annotations

import asyncio
import base64

import pytest
from openai import OpenAI
from pydantic import BaseModel

from api.world import ApiWorld


class Step(BaseModel):
    title: str
    minutes: int


class Plan(BaseModel):
    name: str
    steps: list[Step]


PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def test_an_answer(client: OpenAI, model: str) -> None:
    made = client.responses.create(
        model=model, input="hello", instructions="Be kind.", metadata={"for": "tests"}, max_output_tokens=900, temperature=1.0
    )
    assert made.id.startswith("resp_")
    assert made.output_text == "You said: hello (1)"
    assert (made.object, made.status, made.error) == ("response", "completed", None)
    assert made.model == "scripted"  # who answered, as OpenAI names the snapshot
    assert (made.instructions, made.metadata, made.max_output_tokens) == ("Be kind.", {"for": "tests"}, 900)
    assert made.completed_at
    assert made.completed_at >= made.created_at
    assert made.usage
    assert made.usage.input_tokens > 0
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens
    assert made._request_id


def test_headers_say_who_answered_and_how_long_it_took(client: OpenAI, model: str) -> None:
    raw = client.responses.with_raw_response.create(model=model, input="hello")
    assert raw.headers["x-request-id"] == raw.request_id
    assert float(raw.headers["openai-processing-ms"]) >= 0
    assert raw.headers["content-type"].startswith("application/json")


def test_a_stream(client: OpenAI, model: str) -> None:
    with client.responses.create(
        model=model, input="[long 40]", reasoning={"effort": "low", "summary": "auto"}, stream=True
    ) as s:
        events = list(s)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    thought = "".join(event.delta for event in events if event.type == "response.reasoning_summary_text.delta")
    last = events[-1].response  # type: ignore[union-attr]
    assert said == last.output_text == " ".join(f"word{number}" for number in range(40))
    assert thought == "Let me think about it."
    assert [item.type for item in last.output] == ["reasoning", "message"]
    done = [event.item for event in events if event.type == "response.output_item.done"]
    assert [item.id for item in done] == [item.id for item in last.output]
    assert {event.response.id for event in events if hasattr(event, "response")} == {last.id}
    assert last.usage
    assert client.responses.retrieve(last.id).output == last.output


def test_the_stream_helper(client: OpenAI, model: str) -> None:
    with client.responses.stream(model=model, input="hello") as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(pieces) == final.output_text == "You said: hello (1)"


def test_what_must_follow_a_schema(client: OpenAI, model: str) -> None:
    parsed = client.responses.parse(model=model, input="Plan it.", text_format=Plan)
    assert parsed.output_parsed == Plan(name="some name", steps=[Step(title="some title", minutes=7)])
    with client.responses.stream(model=model, input="Plan it.", text_format=Plan) as stream:
        assert stream.get_final_response().output_parsed == parsed.output_parsed


def test_an_image(api: ApiWorld, client: OpenAI, model: str) -> None:
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    parts = [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": url, "detail": "auto"}]
    made = client.responses.create(model=model, input=[{"role": "user", "content": parts}])  # type: ignore[arg-type,list-item]
    assert made.output_text == f"I see image/png of {len(PNG)} bytes."


def test_reasoning_can_be_sent_back(client: OpenAI, model: str) -> None:
    first = client.responses.create(
        model=model,
        input="hello",
        reasoning={"effort": "low", "summary": "auto"},
        include=["reasoning.encrypted_content"],
        store=False,
    )
    reasoning = first.output[0]
    assert reasoning.type == "reasoning"
    assert reasoning.encrypted_content
    again = [
        {"role": "user", "content": "hello"},
        *(item.model_dump() for item in first.output),
        {"role": "user", "content": "and?"},
    ]
    second = client.responses.create(model=model, input=again, store=False, reasoning={"effort": "low"})  # type: ignore[arg-type]
    assert second.output_text == "You said: and? (2)"


@pytest.mark.parametrize(("how", "reason"), [("[full]", "max_output_tokens"), ("[filtered]", "content_filter")])
def test_an_answer_that_is_not_whole_says_why(client: OpenAI, model: str, how: str, reason: str) -> None:
    made = client.responses.create(model=model, input=f"hello {how}")
    assert made.status == "incomplete"
    assert made.incomplete_details
    assert made.incomplete_details.reason == reason
    with client.responses.create(model=model, input=f"hello {how}", stream=True) as stream:
        assert [event.type for event in stream][-1] == "response.incomplete"


def test_an_upstream_that_breaks_off(client: OpenAI, model: str) -> None:
    with client.responses.create(model=model, input="[cut]", stream=True) as stream:
        last = list(stream)[-1]
    assert last.type == "response.failed"
    assert last.response.status == "failed"
    assert last.response.error
    assert last.response.error.code == "server_error"
    assert client.responses.retrieve(last.response.id).status == "failed"


def test_without_the_upstreams_count_there_is_an_estimate(client: OpenAI, model: str) -> None:
    made = client.responses.create(model=model, input="hello [unsaid]")
    assert made.usage
    assert made.usage.input_tokens > 0
    assert made.usage.output_tokens > 0


def test_many_at_once_asynchronously(api: ApiWorld, model: str) -> None:
    async def ask() -> list[str]:
        async with api.async_client() as client:
            asked = (client.responses.create(model=model, input=f"number {number}") for number in range(8))
            return [made.output_text for made in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == [f"You said: number {number} (1)" for number in range(8)]


def test_the_input_is_counted(client: OpenAI, model: str) -> None:
    short = client.responses.input_tokens.count(model=model, input="hello")
    long = client.responses.input_tokens.count(model=model, input="hello " * 400)
    assert short.object == "response.input_tokens"
    assert 0 < short.input_tokens < long.input_tokens


# The SDK knows no user's message among what comes out of a model, and says so when it sends it on.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_conversation_is_made_shorter(client: OpenAI, model: str) -> None:
    items = [
        {"role": "user", "content": "We launch on Tuesday."},
        {"role": "assistant", "content": "Understood."},
    ]
    shorter = client.responses.compact(model=model, input=items)  # type: ignore[arg-type]
    assert shorter.object == "response.compaction"
    assert shorter.output[-1].type == "compaction"
    assert shorter.usage.total_tokens > 0
    made = client.responses.create(model=model, input=[*shorter.output, {"role": "user", "content": "When?"}])  # type: ignore[list-item]
    assert made.output_text.startswith("You said: When?")


def test_models(api: ApiWorld, client: OpenAI, model: str) -> None:
    listed = {one.id: one for one in client.models.list()}
    assert {"fast", "deep", model} <= set(listed)
    assert "agent" not in listed, "a key that may not dispatch has no agent"
    found = client.models.retrieve(model)
    assert (found.id, found.object) == (model, "model")
    assert found == listed[model]
