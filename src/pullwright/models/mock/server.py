"""The mock model server: all three wires over real HTTP/1.1, keep-alive, streams and whole answers.

    POST …/responses          POST …/chat/completions          POST …/messages          GET …/models
    POST …/responses/input_tokens          POST …/responses/compact

Any path before these is accepted, so that `/v1`, `/openai/v1` (Azure) and a proxy's prefix all work. A key
is asked for only when `key` is given: as a bearer, `api-key` or `x-api-key`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Collection
from functools import partial
from types import TracebackType
from typing import Any, cast

import h11
import msgspec

from pullwright.models.mock import anthropic, beside, chat, responses
from pullwright.models.mock.delivered import Delivered
from pullwright.models.mock.pacing import Dropped, paced, troubled
from pullwright.models.mock.rendering import Told, encode
from pullwright.models.mock.script import Answer, Script, Trouble
from pullwright.protocol.usage import Usage

_WIRES = {"/responses": responses, "/chat/completions": chat, "/messages": anthropic}
_SCRIPTED = {"x-pullwright-scripted": "1"}
_BATCH = 65536


class Received(msgspec.Struct, frozen=True):
    """A request exactly as it came. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body's JSON object; empty where it is none."""
        try:
            value = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return {}
        return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


class MockServer:
    """Serves `script` on a free port of the loopback; `async with` opens and closes it.

    `url` is the base URL for clients (ends in /v1), `root` the same without a path (for Anthropic's SDK); `requests`
    are all requests so far, `connections` how many connections were accepted, `answering` how many requests are being answered.
    `models` are what `/models` lists; `beside` is what it has beside the answers. `told` is called with the request and each
    piece of a stream before that is sent; `delivered` is what went out of each call that was answered (a refused one has none).
    """

    def __init__(
        self,
        script: Script,
        *,
        key: str = "",
        models: tuple[str, ...] = ("scripted",),
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        told: Callable[[Received, bytes], None] | None = None,
        beside: Collection[str] = ("input_tokens", "compact"),
    ) -> None:
        self._script = script
        self._key = key
        self._models = models
        self._tls = tls
        self._port = port
        self._told = told
        self._beside = beside
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen = b""
        self.requests: list[Received] = []
        self.delivered: list[Delivered] = []
        self.connections = 0
        self.answering = 0

    @property
    def root(self) -> str:
        """The server's address without a path."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return self.root + "/v1"

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of all model calls so far."""
        return [received.body for received in self.requests if received.method == "POST"]

    async def __aenter__(self) -> MockServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, ssl=self._tls)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        self.connections += 1
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=256 * 1024)
        try:
            while (received := await _receive(http, reader)) is not None:
                self.requests.append(received)
                self.answering += 1
                try:
                    await self._answer(http, writer, received)
                finally:
                    self.answering -= 1
                if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                    break
                http.start_next_cycle()
        except (Dropped, OSError, h11.ProtocolError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, http: h11.Connection, writer: asyncio.StreamWriter, received: Received) -> None:
        path = received.path.partition("?")[0]
        if self._key and not self._has_key(received):
            refusal = {
                "error": {"message": "Incorrect API key provided.", "type": "invalid_request_error", "code": "invalid_api_key"}
            }
            return await _send(http, writer, 401, refusal, {})
        if received.method == "GET" and path.endswith("/models"):
            return await _send(http, writer, 200, beside.models(self._models), {})
        if received.method == "POST" and (extra := self._extra(path, received)):
            return await _send(http, writer, 200, extra, {})
        ending = next((ending for ending in _WIRES if path.endswith(ending)), None)
        if received.method != "POST" or ending is None:
            return await _send(http, writer, 404, {"error": {"message": f"no {received.method} {path} here"}}, {})
        reply = self._script.next(received.json)
        if isinstance(reply, Trouble):
            trouble, reply = reply, Answer(text="trouble")
        else:
            trouble = reply.trouble or Trouble()
        await asyncio.sleep(reply.delay)
        if trouble.status is not None:
            return await _send(http, writer, trouble.status, trouble.body, trouble.headers)
        return await self._tell(http, writer, received, _WIRES[ending], reply, trouble)

    def _extra(self, path: str, received: Received) -> dict[str, Any] | None:
        name = path.rpartition("/")[2]
        api = "messages" if name == "count_tokens" else "responses"
        if name not in self._beside or not path.endswith(f"/{api}/{name}"):
            return None
        size = len(received.body)
        return beside.counted(size) if name != "compact" else beside.compacted(len(self.requests), received.json, size)

    async def _tell(
        self, http: h11.Connection, writer: asyncio.StreamWriter, received: Received, wire: Any, answer: Answer, trouble: Trouble
    ) -> None:
        counted = self._usage(answer, received.body)
        usage = answer.usage or counted
        request = received.json
        told = Told(answer=answer, number=self._script.used, request=request, usage=usage if answer.usage_sent else None)
        delivered = Delivered(received.path, request, usage, lambda: troubled(wire.events(told), trouble))
        self.delivered.append(delivered)
        if request.get("stream") and not answer.whole:
            watch = partial(self._told, received) if self._told else None
            async with contextlib.aclosing(paced(wire.events(told), trouble)) as pieces:
                await _stream(http, writer, pieces, trouble.headers, delivered, watch)
        else:
            await _send(http, writer, 200, wire.whole(told), {})
        delivered.whole = True

    def _has_key(self, received: Received) -> bool:
        headers = received.headers
        given = (headers.get("authorization", "").removeprefix("Bearer "), headers.get("api-key"), headers.get("x-api-key"))
        return self._key in given

    def _usage(self, answer: Answer, body: bytes) -> Usage:
        """Four bytes a token, and the shared beginning as cached."""
        seen, self._seen = self._seen, body
        shared = _shared(seen, body) // 4
        wrote = len(answer.text) + len(answer.reasoning) + sum(len(call.text) for call in answer.calls)
        return Usage(input=len(body) // 4, cached=shared, output=wrote // 4 + 1, reasoning=len(answer.reasoning) // 4)


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes two bodies have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


async def _receive(http: h11.Connection, reader: asyncio.StreamReader) -> Received | None:
    """The next whole request; None when the client has closed the connection."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_BATCH))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
            return Received(head.method.decode(), head.target.decode("latin-1"), headers, bytes(body))
        else:
            return None


async def _send(http: h11.Connection, writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str]) -> None:
    """A whole answer: `body` as JSON, or as it is when it is text or bytes."""
    payload = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else encode(body)
    fields = {"content-type": "application/json", **headers, **_SCRIPTED, "content-length": str(len(payload))}
    await _write(http, writer, h11.Response(status_code=status, headers=list(fields.items())), h11.Data(payload))
    await _write(http, writer, h11.EndOfMessage())


async def _stream(
    http: h11.Connection,
    writer: asyncio.StreamWriter,
    pieces: AsyncIterator[bytes],
    headers: dict[str, str],
    delivered: Delivered,
    watch: Callable[[bytes], None] | None,
) -> None:
    """An event stream; what was handed over is counted."""
    fields = {"content-type": "text/event-stream", "cache-control": "no-cache", **headers, **_SCRIPTED}
    await _write(http, writer, h11.Response(status_code=200, headers=list(fields.items())))
    async for piece in pieces:
        if watch:
            watch(piece)
        await _write(http, writer, h11.Data(piece))
        delivered.sent += len(piece)
    await _write(http, writer, h11.EndOfMessage())


async def _write(http: h11.Connection, writer: asyncio.StreamWriter, *events: Any) -> None:
    for event in events:
        sent = cast("bytes | None", http.send(event))
        writer.write(sent or b"")
    await writer.drain()
