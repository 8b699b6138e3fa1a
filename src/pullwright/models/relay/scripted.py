"""A relay without a network, for tests of the rooms above: it answers from a mock server's script."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from pullwright.models.faults import FaultReader
from pullwright.models.line import Broken
from pullwright.models.mock import beside, responses
from pullwright.models.mock.pacing import Dropped, paced
from pullwright.models.mock.rendering import Told
from pullwright.models.mock.script import Answer, Reply, Script, Trouble
from pullwright.models.relay.passage import Passage
from pullwright.models.relay.reading import Pieces, frames_of
from pullwright.models.relay.relay import Compacted, Frame, Order
from pullwright.models.sse import EventParser
from pullwright.models.tokens import weigh
from pullwright.models.wires.responses import usage_of
from pullwright.protocol.errors import Unsupported
from pullwright.protocol.items import Item
from pullwright.protocol.usage import Usage

_encode = msgspec.json.Encoder().encode


class ScriptedRelay:
    """A `Relay` that says what it was told to say, event for event what a mock server would.

    A `Trouble` with a status fails before the first event as that status does; `cut_after`, `malformed`, `silent_after` and
    `pause` break or slow the stream. Tokens are four bytes. `orders` are all orders so far, `under_way` the streams that are
    open. `lacks` are fields that `check` refuses. `usd` is the price of a million tokens, None for unknown.
    """

    def __init__(
        self,
        answers: Sequence[Reply] | Callable[[Mapping[str, Any]], Reply],
        *,
        provider: str = "scripted",
        model: str = "scripted",
        lacks: Collection[str] = (),
        usd: float | None = 1.0,
    ) -> None:
        self.provider = provider
        self.model = model
        self.orders: list[Order] = []
        self.under_way = 0
        self._script = Script(answers)
        self._lacks = lacks
        self._usd = usd
        self._faults = FaultReader(provider, model, sign_in="no key is needed")

    def check(self, order: Order) -> None:
        """Refuses the fields that it lacks."""
        for name in order.fields:
            if name in self._lacks:
                raise Unsupported(f"{self.provider} has no {name}", fix=f"leave {name} out", param=name)

    def size(self, order: Order) -> tuple[int, int]:
        """See `Relay.size`."""
        size, images = weigh(order.items)
        return size + len(_encode(order.fields)), images

    async def stream(self, order: Order) -> AsyncGenerator[Frame, None]:
        """See `Relay.stream`."""
        self.orders.append(order)
        self.under_way += 1
        try:
            async with contextlib.aclosing(frames_of(self._pieces(order), Passage(order.shell), self._faults)) as frames:
                async for frame in frames:
                    yield frame
        finally:
            self.under_way -= 1

    async def _pieces(self, order: Order) -> Pieces:
        request = {**order.fields, "model": self.model, "input": [msgspec.json.decode(item.raw) for item in order.items]}
        reply = self._script.next(request)
        answer, trouble = (Answer(text="trouble"), reply) if isinstance(reply, Trouble) else (reply, reply.trouble or Trouble())
        await asyncio.sleep(answer.delay)
        if trouble.status is not None:
            raise self._faults.refused(trouble.status, trouble.headers, _encode(trouble.body or {}))
        told = Told(answer=answer, number=self._script.used, request=request, usage=self._usage(answer, order))
        parser = EventParser()
        async with contextlib.aclosing(paced(responses.events(told), trouble)) as pieces:
            try:
                async for piece in pieces:
                    yield parser.feed(piece)
            except Dropped:
                raise Broken("the connection broke off") from None

    def _usage(self, answer: Answer, order: Order) -> Usage | None:
        if answer.usage is not None or not answer.usage_sent:
            return answer.usage if answer.usage_sent else None
        wrote = len(answer.text) + len(answer.reasoning) + sum(len(call.text) for call in answer.calls)
        return Usage(input=self.size(order)[0] // 4, output=wrote // 4 + 1, reasoning=len(answer.reasoning) // 4)

    async def count(self, order: Order) -> int:
        """Four bytes a token."""
        return self.size(order)[0] // 4

    async def compact(self, order: Order) -> Compacted:
        """The last user's message, and one item for all the rest."""
        request = {"input": [msgspec.json.decode(item.raw) for item in order.items]}
        short = beside.compacted(len(order.items), request, self.size(order)[0])
        return Compacted(items=[Item(_encode(item)) for item in short["output"]], usage=usage_of(short["usage"]))

    def price(self, usage: Usage, answering: str = "") -> float | None:
        """Every token at the same price."""
        return None if self._usd is None else usage.total * self._usd / 1e6

    async def aclose(self) -> None:
        """Nothing is open."""
