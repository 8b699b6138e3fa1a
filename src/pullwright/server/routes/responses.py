"""Responses of models and agents, as OpenAI's clients ask for them."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import Response

from pullwright.protocol.errors import ChangeRequest
from pullwright.protocol.ids import new_id
from pullwright.server.bodies import answer
from pullwright.server.responses.allowed import own_response, require_caller
from pullwright.server.responses.conversing import Conversing
from pullwright.server.responses.records import (
    EVENTS,
    CompactedObject,
    CompactResponse,
    CountTokens,
    CreateResponse,
    DeletedObject,
    ItemPage,
    ResponseObject,
    TokensObject,
)
from pullwright.server.responses.streamed import Collected, Streamed, events_from, events_of
from pullwright.server.routing import Call, Routes
from pullwright.server.streams.socket import Socket
from pullwright.tasks.responses import agents, reading, sizing
from pullwright.tasks.responses.asked import AGENT, Asked, read_asked
from pullwright.tasks.responses.ending import cancel_response
from pullwright.tasks.responses.items import Order, Page
from pullwright.tasks.responses.kept_events import read_along
from pullwright.tasks.store.rows.api import StoredResponse

ROUTES = Routes("Responses")

Include = Annotated[list[str] | None, Query(alias="include[]", max_length=20)]
Limit = Annotated[int, Query(ge=1, le=100)]
After = Annotated[str, Query(max_length=128)]


def project_of(call: Call) -> str:
    """The project that the client names for what is charged: `OpenAI-Project`, which the SDKs send for `project`."""
    return call.request.headers.get("openai-project", "")


async def _may_ask(call: Call) -> None:
    require_caller(call.actor)


@ROUTES.post("/v1/responses", reads=CreateResponse, answers=ResponseObject, gives=EVENTS)
async def create_response(call: Call) -> Response:
    """Have a response: at once, as a stream of events, or in the background."""
    require_caller(call.actor)
    asked = read_asked(await call.request.body())
    if asked.model == AGENT:
        return await _agent(call, asked)
    desk = call.desk
    ready = await desk.answering.ready(call.actor, asked, project_of(call))
    if asked.background:
        begun = await desk.background.begin(ready)
        if asked.stream:
            return Streamed(events_from(read_along(call.service, ready.stored, -1)), ready.limits)
        return _with(answer(begun), ready.limits)
    frames = desk.answering.stream(ready)
    return Streamed(events_of(frames), ready.limits) if asked.stream else Collected(frames, ready.limits)


@ROUTES.socket("/v1/responses", before=_may_ask)
async def converse(socket: Socket) -> None:
    """Responses over one WebSocket."""
    await Conversing(socket, project_of(socket.call)).run()


async def _agent(call: Call, asked: Asked) -> Response:
    headers = call.request.headers
    again = headers.get("x-stainless-retry-count", "0") != "0"  # OpenAI's clients say so
    stored = await agents.begin(call.service, call.actor, asked, headers.get("idempotency-key", ""), again=again)
    if asked.stream:
        return Streamed(events_of(agents.follow(call.service, stored)))
    if asked.background:
        return answer(await agents.now(call.service, stored))
    return Collected(agents.follow(call.service, stored), kept=True)


@ROUTES.post("/v1/responses/input_tokens", reads=CountTokens, answers=TokensObject)
async def count_input_tokens(call: Call) -> TokensObject:
    """Count the input tokens of a request, without asking it."""
    call.actor.require("model.call")
    asked = read_asked(_completed(await call.request.body(), model="fast"))
    return TokensObject(input_tokens=await sizing.count(call.desk.answering, call.actor, asked))


@ROUTES.post("/v1/responses/compact", reads=CompactResponse, answers=CompactedObject)
async def compact_response(call: Call) -> CompactedObject:
    """Make a conversation shorter: the items that stand for it from now on."""
    call.actor.require("model.call")
    asked = read_asked(await call.request.body())
    output, usage = await sizing.compact(call.desk.answering, call.actor, asked, project_of(call))
    return CompactedObject(id=new_id("resp"), created_at=int(time.time()), output=output, usage=usage)


def _completed(body: bytes, **defaults: str) -> bytes:
    """A body with fields that may be left out."""
    try:
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return body
    return msgspec.json.encode({**defaults, **{name: raw for name, raw in parts.items() if bytes(raw) != b"null"}})


@ROUTES.get("/v1/responses/{response_id}", answers=ResponseObject, gives=EVENTS)
async def retrieve_response(
    call: Call,
    response_id: str,
    include: Include = None,
    stream: Annotated[bool, Query(description="Its events, from `starting_after` on.")] = False,
    starting_after: Annotated[int | None, Query(ge=0, le=2**31)] = None,
    include_obfuscation: bool = False,
) -> Response:
    """A stored response as it is now; with `stream`, its events after number `starting_after`."""
    stored = await _own(call, response_id)
    after = -1 if starting_after is None else starting_after
    if stored.task_id:
        if stream:
            return Streamed(events_of(agents.follow(call.service, stored, after)))
        return answer(await agents.now(call.service, stored))
    if not stream:
        return Response(stored.resource, headers={"Cache-Control": "no-store"}, media_type="application/json")
    if not stored.streamed:
        raise ChangeRequest(
            "this response's events are not kept", fix="Create it with background=true and stream=true.", param="stream"
        )
    return Streamed(events_from(read_along(call.service, stored, after)))


@ROUTES.delete("/v1/responses/{response_id}", answers=DeletedObject)
async def delete_response(call: Call, response_id: str) -> DeletedObject:
    """Delete a stored response. What runs in the background is cancelled; the task of an agent stays."""
    await reading.delete(call.service, await _own(call, response_id))
    return DeletedObject(id=response_id, object="response")


@ROUTES.post("/v1/responses/{response_id}/cancel", answers=ResponseObject)
async def cancel_background(call: Call, response_id: str) -> Response:
    """Cancel a background response; one that has ended stays as it is."""
    stored = await _own(call, response_id)
    if stored.task_id:
        await agents.cancel(call.service, call.actor, stored)
        return answer(await agents.now(call.service, stored))
    stored = await cancel_response(call.service, stored)
    return Response(stored.resource, headers={"Cache-Control": "no-store"}, media_type="application/json")


@ROUTES.get("/v1/responses/{response_id}/input_items", answers=ItemPage)
async def list_input_items(
    call: Call, response_id: str, order: Order = "desc", after: After = "", limit: Limit = 20, include: Include = None
) -> Page:
    """The items that a response was made from, those of the responses before it too."""
    return await reading.input_items(call.service, await _own(call, response_id), order=order, after=after, limit=limit)


async def _own(call: Call, response_id: str) -> StoredResponse:
    return await call.service.database.read(own_response, call.actor, response_id)


def _with(response: Response, headers: dict[str, str]) -> Response:
    response.headers.update(headers)
    return response
