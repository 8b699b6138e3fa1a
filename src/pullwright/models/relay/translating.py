"""A relay to an upstream that speaks Chat Completions or Anthropic Messages: translated both ways, as it streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Literal

import msgspec

from pullwright.models.credentials import Credential
from pullwright.models.faults import Fault, FaultReader
from pullwright.models.line import Broken
from pullwright.models.model import Delta, Effort, ItemDone, ModelRequest
from pullwright.models.relay.counting import Counting, headers_of
from pullwright.models.relay.namespaces import namespaces_of
from pullwright.models.relay.pool import Pool
from pullwright.models.relay.reading import drain
from pullwright.models.relay.relay import Compacted, Frame, Order
from pullwright.models.relay.requesting import model_request, summaries
from pullwright.models.relay.sealing import seal_reasoning
from pullwright.models.relay.summary import summarised
from pullwright.models.relay.upstream import TYPE, Upstream, wrong
from pullwright.models.relay.writing import Writer
from pullwright.models.sse import EventParser, Malformed, ServerEvent
from pullwright.models.tokens import Estimator, weigh
from pullwright.models.wired import MAX_ERROR_BODY
from pullwright.models.wires.anthropic import AnthropicWire
from pullwright.models.wires.chat import ChatWire
from pullwright.models.wires.wire import Decoder, Quirks, StreamFailed, Wire
from pullwright.protocol.errors import ChangeRequest, ModelBusy, PullwrightError
from pullwright.protocol.items import Item
from pullwright.protocol.usage import Usage

_MOST_WHOLE = 64 << 20
"""Bytes of an answer that does not stream."""
_PATIENCE = 2.0
_FILE = b'"file_data":"'
_FILE_AS_IMAGE = 100_000
"""Base64 of a file that counts as one image: about a page."""
_encode = msgspec.json.Encoder().encode


_Events = AsyncGenerator[Sequence[ServerEvent], None]
_Told = AsyncGenerator[list[Delta | ItemDone], None]


class TranslatingRelay:
    """A `Relay`. A call keeps nothing here but the connection that it gives back; any number may run at once."""

    def __init__(
        self,
        *,
        provider: str,
        model: str,
        wire: Literal["chat", "anthropic"],
        pool: Pool,
        credential: Credential,
        faults: FaultReader,
        cost: Callable[[str, Usage], float | None],
        quirks: Quirks,
        effort: Effort = "",
    ) -> None:
        self.provider = provider
        self.model = model
        self._upstream = Upstream(provider=provider, model=model, wire=wire, quirks=quirks)
        self._pool = pool
        self._credential = credential
        self._faults = faults
        self._cost = cost
        self._effort: Effort = effort
        self._counting = Counting(pool, credential, faults)
        self._estimator = Estimator()
        self._latest: tuple[Order, ModelRequest] | None = None

    def check(self, order: Order) -> None:
        """See `Relay.check`; raises `ChangeRequest` too, for what no upstream could do."""
        self._request(order)

    def size(self, order: Order) -> tuple[int, int]:
        """See `Relay.size`. A file counts as images, by its bytes."""
        return _size(self._request(order))

    def _request(self, order: Order) -> ModelRequest:
        """What is asked; read once for an order that is checked, weighed and then streamed."""
        if self._latest is None or self._latest[0] is not order:
            self._latest = (order, model_request(order, self._upstream, self._effort))
        return self._latest[1]

    def _wire(self) -> Wire:
        """A wire remembers what it wrote, so that each call has its own."""
        wire = AnthropicWire if self._upstream.wire == "anthropic" else ChatWire
        return wire(self.model, self._upstream.quirks)

    async def stream(self, order: Order) -> AsyncGenerator[Frame, None]:
        """See `Relay.stream`."""
        request = self._request(order)
        self._latest = None
        wire = self._wire()
        body = _written(wire, request)
        decoder = wire.decoder(request)
        free_form = frozenset(tool.name for tool in request.tools if tool.grammar is not None)
        writer = Writer(
            order.shell,
            self.model,
            free_form,
            self._seal,
            namespaces=namespaces_of(order.fields),
            summaries=summaries(order),
        )
        try:
            async with contextlib.aclosing(self._told(wire.path, body, decoder)) as told:
                async for said in told:
                    for frame in [*([] if writer.begun else writer.begin()), *writer.feed(said)]:
                        yield frame
            if decoder.ended is None:
                raise self._faults.broken("the stream ended before the answer was whole")
        except Fault as fault:
            if not writer.begun:
                raise fault.error from None
            for frame in writer.fail(_code(fault.error), str(fault.error)):
                yield frame
            return
        if decoder.ended.usage is not None:
            self._estimator.learn_of_size(*_size(request), decoder.ended.usage.input)
        for frame in [*([] if writer.begun else writer.begin()), *writer.end(decoder.ended)]:
            yield frame

    async def _told(self, path: str, body: bytes, decoder: Decoder) -> _Told:
        """What each event of the upstream's says, as it comes. Raises `Fault`."""
        try:
            async with contextlib.aclosing(self._events(path, body)) as pieces:
                while (events := await _next(pieces, decoder)) is not None:
                    for event in events:
                        yield decoder.feed(event)
                        if _is_last(event):
                            await drain(pieces)
                            return
        except (Broken, Malformed) as broken:
            if decoder.ended is None:
                raise self._faults.broken(str(broken)) from None
        except StreamFailed as failed:
            raise self._faults.failed(failed.code, failed.message) from None

    async def _events(self, path: str, body: bytes) -> _Events:
        """The upstream's events, as many as come at once; an answer that does not stream is one. Raises `Fault`, `Broken`."""
        async with self._pool.request("POST", path, await headers_of(self._credential, "text/event-stream"), body) as response:
            if response.status != 200:
                raise self._faults.refused(response.status, response.headers, await response.read(MAX_ERROR_BODY))
            kind = response.headers.get("content-type", "text/event-stream").partition(";")[0].strip().lower()
            if kind == "application/json":
                yield [ServerEvent("message", await response.read(_MOST_WHOLE))]
                return
            if kind != "text/event-stream":
                raise self._faults.not_a_stream(kind)
            parser = EventParser()
            async for piece in response.pieces():
                yield parser.feed(piece)

    def _seal(self, text: str, item: Item | None) -> str | None:
        return seal_reasoning(self._upstream.wire, self.provider, text, item)

    async def count(self, order: Order) -> int:
        """See `Relay.count`."""
        request = self._request(order)
        counted = await self._counting.ask(_written(self._wire(), request)) if self._upstream.wire == "anthropic" else None
        return self._estimator.of_size(*_size(request)) if counted is None else counted

    async def compact(self, order: Order) -> Compacted:
        """See `Relay.compact`."""
        return await summarised(self, order)

    def price(self, usage: Usage, answering: str = "") -> float | None:
        """See `Relay.price`."""
        cost = self._cost(self.model, usage)
        return cost if cost is not None or not answering else self._cost(answering, usage)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
        await self._credential.aclose()


async def _next(pieces: _Events, decoder: Decoder) -> Sequence[ServerEvent] | None:
    """The next events; None at the end. Once the answer is whole only its usage may follow, and nobody waits for it long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None if decoder.ended is None else _PATIENCE):
            return await anext(pieces, None)
    return None


def _is_last(event: ServerEvent) -> bool:
    """Whether nothing comes after it, whatever the connection does."""
    return event.name == "message_stop" or event.data.strip() == b"[DONE]"


def _written(wire: Wire, request: ModelRequest) -> bytes:
    try:
        return wire.encode(request)
    except (UnicodeError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise wrong(
            "", f"the request cannot be written as JSON: {error}", "Send text that is Unicode, and smaller numbers.", TYPE
        ) from None


def _size(request: ModelRequest) -> tuple[int, int]:
    said, images = weigh(request.items)
    for item in request.items:
        files = _files(item.raw)
        said -= sum(files)
        images += sum(1 + size // _FILE_AS_IMAGE for size in files)
    schemas = len(_encode(request.tools)) if request.tools else 0
    return len(request.instructions.encode()) + schemas + said, images


def _files(raw: bytes) -> list[int]:
    """The sizes of the files in an item."""
    sizes: list[int] = []
    at = raw.find(_FILE)
    while at >= 0:
        end = raw.find(b'"', at + len(_FILE))
        sizes.append(end - at - len(_FILE))
        at = raw.find(_FILE, end)
    return sizes


def _code(error: PullwrightError) -> str:
    """The response's error code, of those that clients know."""
    if isinstance(error, ModelBusy):
        return "rate_limit_exceeded"
    return "invalid_prompt" if isinstance(error, ChangeRequest) else "server_error"
