"""A client of the `agent` model without a server: keeps rows as the face does, and holds what it is told to the SDK's types."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from llm_comply.schema import SpecLoader
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter
from sqlalchemy import Connection

from pullwright.models.relay.relay import Frame
from pullwright.protocol.ids import new_id
from pullwright.tasks.responses.agent.beginning import begin_task
from pullwright.tasks.responses.agent.ending import follow_responses, link_of
from pullwright.tasks.responses.agent.following import follow_up
from pullwright.tasks.responses.agent.watching import current, frames
from pullwright.tasks.responses.asked import Asked, read_asked
from pullwright.tasks.store.responses import add_response, find_response
from pullwright.tasks.store.rows.api import StoredResponse
from service_scene import Scene

EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def asking(given: Any, *, metadata: Mapping[str, str] | None = None, **more: Any) -> Asked:
    """A request as a client sends it."""
    told = {"project": "shop", **(metadata or {})}
    return read_asked(msgspec.json.encode({"model": "agent", "input": given, "metadata": told, "background": True, **more}))


def shell(name: str) -> dict[str, Any]:
    """The object before anything was said."""
    empty = ("completed_at", "error", "incomplete_details", "usage", "previous_response_id", "instructions", "reasoning")
    more = ("max_output_tokens", "max_tool_calls", "safety_identifier", "prompt_cache_key")
    return {
        "id": name,
        "object": "response",
        "created_at": 1,
        "status": "queued",
        "model": "agent",
        "output": [],
        "tools": [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "truncation": "disabled",
        "text": {"format": {"type": "text"}},
        "temperature": 1,
        "top_p": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "top_logprobs": 0,
        "store": True,
        "background": True,
        "service_tier": "default",
        "metadata": {},
        **dict.fromkeys((*empty, *more)),
    }


class Client:
    """What the face does with responses of the stage's user."""

    def __init__(self, stage: Scene) -> None:
        self.stage = stage
        self.service = stage.service

    async def create(self, text: Any, previous: StoredResponse | None = None, **more: Any) -> StoredResponse:
        """A response, kept; `previous`: one that follows it."""
        name = new_id("resp")
        if previous is None:
            link = await begin_task(self.service, self.stage.ann, asking(text, **more))
        else:
            asked = asking(text, previous_response_id=previous.id, **more)
            link = await follow_up(self.service, self.stage.ann, link_of(previous), asked, name)
        stored = StoredResponse(
            id=name,
            user_id=self.stage.ann.user_id,
            model="agent",
            status="queued",
            previous_id=previous.id if previous else "",
            background=True,
            resource=msgspec.json.encode(shell(name)),
            created=time.time(),
            **msgspec.to_builtins(link),
        )
        await self.service.database.write(_keep, stored)
        return stored

    async def row(self, stored: StoredResponse) -> StoredResponse:
        """As it is kept."""
        found = await self.service.database.read(find_response, stored.id)
        assert found is not None
        return found

    async def now(self, stored: StoredResponse) -> dict[str, Any]:
        """As it is shown."""
        return await current(self.service, link_of(stored), shell(stored.id))

    async def events(self, stored: StoredResponse, most: int = 10_000) -> list[Frame]:
        """To its end, or so many."""
        told: list[Frame] = []
        async with asyncio.timeout(60), aclosing(frames(self.service, link_of(stored), shell(stored.id))) as source:
            async for frame in source:
                told.append(frame)
                if len(told) == most:
                    break
        return told

    async def done(self, stored: StoredResponse) -> dict[str, Any]:
        """Its object, once it has ended: row, object and events say the same, and say it again."""
        told = await self.events(stored)
        now = await self.now(stored)
        assert told[-1].response is not None
        row = await self.row(stored)
        assert row.status == now["status"] == told[-1].response["status"]
        words = [item for item in now["output"] if item["type"] == "message"]
        assert msgspec.json.decode(row.resource)["output"] == words, "what a model is told that goes on from it"
        assert steady(now) == steady(told[-1].response)
        again = await self.events(stored)
        assert [frame.data for frame in again[:-1]] == [frame.data for frame in told[:-1]]
        check(told, now)
        return now


def steady(response: dict[str, Any]) -> dict[str, Any]:
    """Without what goes on after its end."""
    told = {name: value for name, value in response["pullwright"].items() if name not in ("state", "pull_request")}
    return {**response, "pullwright": told}


def kinds(response: dict[str, Any]) -> list[str]:
    """The types of its items."""
    return [item["type"] for item in response["output"]]


def text(response: dict[str, Any], number: int = -1) -> str:
    """What a message of it says."""
    return response["output"][number]["content"][0]["text"]


def check(told: Sequence[Frame], now: dict[str, Any]) -> None:
    """Numbers without a gap, everything in the SDK's types, items in their order, ids that are one item's."""
    assert [frame.number for frame in told] == list(range(len(told)))
    items: list[Any] = []
    for frame in told:
        event = msgspec.json.decode(frame.data)
        assert (event["type"], event["sequence_number"]) == (frame.type, frame.number)
        if event.get("response", {}).get("incomplete_details"):
            event["response"]["incomplete_details"] = None  # its reasons are ours
        if frame.type != "response.cancelled":  # for which the SDK has no type
            EVENTS.validate_python(event)
        if frame.type == "response.output_item.done":
            assert event["output_index"] == len(items)
            items.append(event["item"])
    assert items == now["output"]
    assert len({item["id"] for item in items}) == len(items)
    Response.model_validate({**now, "incomplete_details": None})
    open_responses({**now, "output": [item for item in items if item["type"] in OPEN]})


OPEN = frozenset({"message", "reasoning", "function_call", "function_call_output"})
"""Items that Open Responses knows."""


@cache
def _specification() -> Any:
    loader = SpecLoader(str(files("llm_comply") / "specs/openresponses.json"))
    found = {"$ref": "#/components/schemas/ResponseResource", **loader._spec}  # type: ignore[reportPrivateUsage]
    return Draft202012Validator(found)


def open_responses(response: dict[str, Any]) -> None:
    """The object is one of Open Responses."""
    whole = msgspec.json.decode(msgspec.json.encode(response))
    wrong = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in _specification().iter_errors(whole)]
    assert not wrong, wrong


def _keep(connection: Connection, stored: StoredResponse) -> None:
    add_response(connection, stored)
    follow_responses(connection, stored.task_id)
