"""Responses over one WebSocket: what OpenAI's clients send and are sent there (`responses.connect()` in the SDKs).

    client      response.create {…a request…, stream_id?, generate?}       response.steer {previous_response_id, input}
    server      the response's events, each a message; error {status, error}; response.steer.accepted | failed

Requests of one `stream_id` (or without any) are answered one after the other, those of different ones side by side. A response
that is not stored can be gone on with for as long as the connection lasts. `generate: false` answers at once, asking no upstream,
so that a client can send ahead what it goes on from.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec
from starlette.websockets import WebSocketDisconnect

from pullwright.models.relay.relay import ENDS, Frame
from pullwright.protocol.errors import ChangeRequest, PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Steer
from pullwright.protocol.items import Item
from pullwright.server.problems import Refusal
from pullwright.server.responses.errors import error_of
from pullwright.server.streams.socket import Socket
from pullwright.tasks.responses import agents
from pullwright.tasks.responses.asked import AGENT, Asked, read_asked
from pullwright.tasks.responses.history import said_in
from pullwright.tasks.service.giving import give
from pullwright.tasks.store.responses import get_response

LANES = 16
"""Streams of one connection that are answered side by side."""
REMEMBERED = 16
"""Responses of one connection that are not stored and can be gone on with."""
WAITING = 32


class _Message(msgspec.Struct):
    type: str = ""
    stream_id: str | None = None
    generate: bool | None = None
    previous_response_id: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"null")


class Conversing:
    """One WebSocket's requests. `run` serves it until it ends."""

    def __init__(self, socket: Socket, project: str) -> None:
        self._socket = socket
        self._project = project
        self._lanes: dict[str, asyncio.Queue[tuple[_Message, bytes]]] = {}
        self._serving: list[asyncio.Task[None]] = []
        self._remembered: OrderedDict[str, tuple[Item, ...]] = OrderedDict()
        self._number = 0

    async def run(self) -> None:
        """Answer what comes, until nobody asks any more; what is being answered then is left."""
        async with asyncio.TaskGroup() as group:
            try:
                while True:
                    try:
                        raw = await self._socket.receive()
                    except PullwrightError as error:
                        await self._refuse(error, None)
                        continue
                    if raw is None:
                        return
                    await self._hear(group, raw)
            finally:
                for task in self._serving:
                    task.cancel()

    async def _hear(self, group: asyncio.TaskGroup, raw: bytes) -> None:
        lane: str | None = None
        try:
            message = _read(raw)
            lane = message.stream_id
            if message.type == "response.steer":
                await self._steer(message)
            elif message.type == "response.create":
                self._line_up(group, message, raw)
            else:
                fix = "Send `response.create` or `response.steer`."
                raise ChangeRequest(f"there is no event '{message.type}'", fix=fix, code="invalid_value", param="type")
        except PullwrightError as error:
            await self._refuse(error, lane)

    def _line_up(self, group: asyncio.TaskGroup, message: _Message, raw: bytes) -> None:
        name = message.stream_id or ""
        if name not in self._lanes:
            if len(self._lanes) >= LANES:
                raise ChangeRequest(f"a connection has {LANES} streams", fix="Use one that is there, or another connection.")
            self._lanes[name] = asyncio.Queue(WAITING)
            self._serving.append(group.create_task(self._serve(self._lanes[name])))
        if self._lanes[name].full():
            raise Refusal(429, "too many requests wait", fix="Wait for answers to those that were sent.")
        self._lanes[name].put_nowait((message, raw))

    async def _serve(self, lane: asyncio.Queue[tuple[_Message, bytes]]) -> None:
        while True:
            message, raw = await lane.get()
            try:
                async with contextlib.aclosing(self._answer(message, raw)) as frames:
                    async for frame in frames:
                        await self._send(frame.data, message.stream_id)
            except PullwrightError as error:
                await self._refuse(error, message.stream_id)
            except WebSocketDisconnect:
                return

    async def _answer(self, message: _Message, raw: bytes) -> AsyncGenerator[Frame, None]:
        call = self._socket.call
        asked = self._asked(raw)
        if asked.model == AGENT:
            stored = await agents.begin(call.service, call.actor, asked)
            frames = agents.follow(call.service, stored)
        else:
            before = self._remembered.get(asked.previous_id)
            ready = await call.desk.answering.ready(call.actor, asked, self._project, before=before)
            silent = message.generate is False
            frames = call.desk.answering.silence(ready) if silent else call.desk.answering.stream(ready)
            if silent or not asked.store:
                frames = self._remembering(ready.order.items, frames)
        async with contextlib.aclosing(frames):
            async for frame in frames:
                yield frame

    def _asked(self, raw: bytes) -> Asked:
        parts = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        for ours in ("type", "stream_id", "generate", "stream"):
            parts.pop(ours, None)
        asked = read_asked(msgspec.json.encode(parts))
        if asked.background:
            raise ChangeRequest("a WebSocket's responses are not made in the background", fix="Use HTTP.", param="background")
        return msgspec.structs.replace(asked, stream=True)

    async def _remembering(self, items: Sequence[Item], frames: AsyncGenerator[Frame, None]) -> AsyncGenerator[Frame, None]:
        async with contextlib.aclosing(frames):
            async for frame in frames:
                if frame.type in ENDS and frame.response is not None:
                    self._remembered[str(frame.response["id"])] = (*items, *said_in(frame.response))
                    while len(self._remembered) > REMEMBERED:
                        self._remembered.popitem(last=False)
                yield frame

    async def _steer(self, message: _Message) -> None:
        """Let a running agent hear something; models cannot be told anything while they answer."""
        target = message.previous_response_id or ""
        call = self._socket.call
        steer: dict[str, Any] = {"previous_response_id": target, "id": new_id("inp")}
        try:
            stored = await call.service.database.read(get_response, target, call.actor.user_id)
            if not stored.task_id:
                raise ChangeRequest("a model is not steered while it answers", fix="Send the input with `response.create`.")
            text = "\n\n".join(text_of(item) for item in read_asked(_as_request(message.input)).input)
            await give(call.service, call.actor, stored.attempt_id, Steer(id=str(steer["id"]), text=text))
        except PullwrightError as error:
            code = "steering_not_supported" if isinstance(error, ChangeRequest) else "response_not_active"
            detail = {"type": "invalid_request_error", "code": code, "message": f"{error}. {error.fix}".strip()}
            told = {"type": "response.steer.failed", "steer": {**steer, "input": message.input}, "error": detail}
        else:
            told = {"type": "response.steer.accepted", "steer": steer}
        await self._tell(told, message.stream_id)

    async def _refuse(self, error: PullwrightError, lane: str | None) -> None:
        status, detail = error_of(error, str(self._socket.call.request.state.request))
        await self._tell({"type": "error", "status": status, "error": detail}, lane)

    async def _tell(self, told: dict[str, Any], lane: str | None) -> None:
        self._number += 1
        await self._send(msgspec.json.encode({**told, "sequence_number": self._number}), lane)

    async def _send(self, data: bytes, lane: str | None) -> None:
        if lane is not None:
            data = b'{"stream_id":%b,%b' % (msgspec.json.encode(lane), data.lstrip()[1:])
        await self._socket.send(data)


class _Text(msgspec.Struct):
    text: str = ""


class _Spoken(msgspec.Struct):
    content: str | list[_Text] = ""


def text_of(item: Item) -> str:
    """The text of a user message."""
    try:
        content = msgspec.json.decode(item.raw, type=_Spoken).content
    except msgspec.DecodeError:
        return ""
    return content if isinstance(content, str) else "\n".join(part.text for part in content if part.text)


def _as_request(raw: msgspec.Raw) -> bytes:
    return msgspec.json.encode({"model": AGENT, "input": raw})


def _read(raw: bytes) -> _Message:
    try:
        return msgspec.json.decode(raw, type=_Message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChangeRequest(f"the message cannot be read: {error}", fix="Send a JSON object.", code="invalid_json") from None
