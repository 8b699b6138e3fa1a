"""The OpenAI Agents SDK runs an agent with tools against the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from agents import (
    Agent,
    ModelSettings,
    OpenAIConversationsSession,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai.types.shared import Reasoning
from pydantic import BaseModel

from api.world import ApiWorld


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    set_tracing_disabled(True)
    yield
    set_tracing_disabled(False)


def run(api: ApiWorld, model: str, *, streamed: bool) -> tuple[str, list[str]]:
    """What the agent said in the end, and the cities that it asked for."""
    asked: list[str] = []

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return f"sunny in {city}"

    async def play() -> str:
        async with api.async_client() as client:
            agent = Agent(
                name="Forecaster",
                instructions="Ask the tool.",
                tools=[get_weather],
                model=OpenAIResponsesModel(model=model, openai_client=client),
                model_settings=ModelSettings(reasoning=Reasoning(effort="low", summary="auto")),
            )
            if not streamed:
                return (await Runner.run(agent, "How is it?")).final_output
            running = Runner.run_streamed(agent, "How is it?")
            async for _ in running.stream_events():
                pass
            return running.final_output

    return asyncio.run(play()), asked


@pytest.mark.parametrize("streamed", [False, True])
def test_an_agent_with_a_tool(api: ApiWorld, model: str, *, streamed: bool) -> None:
    said, asked = run(api, model, streamed=streamed)
    assert asked == ["some city"]
    assert said == "The tools said: sunny in some city"


class Forecast(BaseModel):
    city: str
    degrees: int


def test_an_agents_conversation_is_kept_here(api: ApiWorld, model: str) -> None:
    async def play() -> list[str]:
        async with api.async_client() as client:
            agent = Agent(name="Listener", model=OpenAIResponsesModel(model=model, openai_client=client))
            session = OpenAIConversationsSession(openai_client=client)
            said = [(await Runner.run(agent, f"number {number}", session=session)).final_output for number in (1, 2)]
            await session.clear_session()
            return said

    assert asyncio.run(play()) == ["You said: number 1 (1)", "You said: number 2 (2)"]


def test_an_agent_hands_over_and_answers_by_a_schema(api: ApiWorld, model: str) -> None:
    async def play() -> object:
        async with api.async_client() as client:
            speaks = OpenAIResponsesModel(model=model, openai_client=client)
            second = Agent(name="Second", model=speaks, output_type=Forecast)
            first = Agent(name="First", model=speaks, handoffs=[second])
            ran = await Runner.run(first, "How is it?")
            assert ran.last_agent is second
            return ran.final_output

    assert asyncio.run(play()) == Forecast(city="some city", degrees=7)
