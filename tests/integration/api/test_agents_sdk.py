"""The OpenAI Agents SDK runs an agent with tools against the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from agents import Agent, ModelSettings, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from openai.types.shared import Reasoning

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
