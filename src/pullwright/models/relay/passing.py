"""An upstream that speaks the Responses API itself: requests and events pass, touched as little as can be."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator

import msgspec

from pullwright.models.credentials import Credential
from pullwright.models.faults import FaultReader
from pullwright.models.model import Effort
from pullwright.models.relay.endpoints import Endpoints
from pullwright.models.relay.passage import Passage
from pullwright.models.relay.pool import Pool
from pullwright.models.relay.reading import Pieces, frames_of
from pullwright.models.relay.relay import Compacted, Frame, Order
from pullwright.models.relay.request import request_for
from pullwright.models.relay.summary import summarised
from pullwright.models.relay.telling import tell
from pullwright.models.sse import EventParser, Malformed, ServerEvent
from pullwright.models.tokens import Estimator, weigh
from pullwright.models.wired import MAX_ERROR_BODY
from pullwright.models.wires.responses import usage_of
from pullwright.models.wires.wire import Quirks, StreamFailed, fields_of, list_of
from pullwright.protocol.items import Item
from pullwright.protocol.usage import Usage

_WHOLE_LIMIT = 64 << 20

_encode = msgspec.json.Encoder().encode


class PassingRelay:
    """A `Relay` to one model of a server of the Responses API. `effort` is asked for where the client asked for none."""

    def __init__(
        self,
        *,
        provider: str,
        model: str,
        pool: Pool,
        credential: Credential,
        faults: FaultReader,
        cost: Callable[[str, Usage], float | None],
        quirks: Quirks,
        effort: Effort = "",
    ) -> None:
        self.provider = provider
        self.model = model
        self._pool = pool
        self._credential = credential
        self._faults = faults
        self._cost = cost
        self._quirks = quirks
        self._effort: Effort = effort
        self._endpoints = Endpoints(pool, credential, faults, model, quirks)
        self._estimator = Estimator()

    def check(self, order: Order) -> None:
        """Nothing to object to: what the upstream cannot do it says itself."""

    def size(self, order: Order) -> tuple[int, int]:
        """See `Relay.size`."""
        size, images = weigh(order.items)
        return size + len(_encode(order.fields)), images

    async def stream(self, order: Order) -> AsyncGenerator[Frame, None]:
        """See `Relay.stream`."""
        body = request_for(order, self.model, self._quirks, self._effort)
        passage = Passage(order.shell, self._faults.clean)
        async with contextlib.aclosing(frames_of(self._events(body), passage, self._faults)) as frames:
            async for frame in frames:
                yield frame
        if passage.usage is not None:
            self._estimator.learn_of_size(*self.size(order), passage.usage.input)

    async def _events(self, body: bytes) -> Pieces:
        """The upstream's events as they come. Raises `Fault`, `Broken`, `Malformed`."""
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream",
            **await self._credential.headers(),
        }
        async with self._pool.request("POST", "/responses", headers, body) as response:
            if response.status != 200:
                raise self._faults.refused(response.status, response.headers, await response.read(MAX_ERROR_BODY))
            kind = response.headers.get("content-type", "text/event-stream").partition(";")[0].strip().lower()
            if kind == "application/json":
                yield list(_told(await response.read(_WHOLE_LIMIT)))
                return
            if kind != "text/event-stream":
                raise self._faults.not_a_stream(kind)
            parser = EventParser()
            async for piece in response.pieces():
                yield parser.feed(piece)

    async def count(self, order: Order) -> int:
        """See `Relay.count`."""
        answer = await self._endpoints.ask("/responses/input_tokens", order)
        counted = (answer or {}).get("input_tokens")
        return counted if isinstance(counted, int) else self._estimator.of_size(*self.size(order))

    async def compact(self, order: Order) -> Compacted:
        """See `Relay.compact`. A server that compacts nothing is asked for a summary."""
        answer = await self._endpoints.ask("/responses/compact", order)
        output = list_of((answer or {}).get("output"))
        if answer is None or not output:
            return await summarised(self, order)
        return Compacted(items=[Item(_encode(item)) for item in output], usage=usage_of(answer.get("usage")))

    def price(self, usage: Usage, answering: str = "") -> float | None:
        """See `Relay.price`."""
        cost = self._cost(self.model, usage)
        return cost if cost is not None or not answering else self._cost(answering, usage)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
        await self._credential.aclose()


def _told(body: bytes) -> Iterator[ServerEvent]:
    """The events of a response that came whole."""
    try:
        response = fields_of(msgspec.json.decode(body))
    except (msgspec.DecodeError, RecursionError):
        raise Malformed("the answer is not JSON") from None
    error = fields_of(response.get("error"))
    if error and not response.get("output"):
        raise StreamFailed(str(error.get("code") or error.get("type") or "server_error"), str(error.get("message") or ""))
    if not isinstance(response.get("output"), list):
        raise Malformed("the answer is no response object")
    for event in tell(response):
        yield ServerEvent(event["type"], _encode(event))
