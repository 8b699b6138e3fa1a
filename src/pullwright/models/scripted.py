"""A model without a network, for tests of the rooms above.

It answers from a list, and holds the caller to the rule of the prefix: a later request must extend the one before
it, unless a new prefix was announced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

import msgspec

from pullwright.models.model import Delta, Finished, ItemDone, ModelEvent, ModelRequest, Retried
from pullwright.models.tokens import Estimator
from pullwright.protocol.errors import Bug, PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    Message,
    OutputText,
    Reasoning,
    SummaryText,
)
from pullwright.protocol.usage import Usage


class Call(msgspec.Struct, frozen=True):
    """A function call; `arguments` become JSON."""

    name: str
    arguments: dict[str, object] | str = {}


class FreeCall(msgspec.Struct, frozen=True):
    """A call of a free-form tool."""

    name: str
    input: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `retries` are told first, as if the answer had broken off; `seconds` is how long it takes."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[Call | FreeCall, ...] = ()
    usage: Usage | None = None
    stop: Literal["completed", "max_output", "content_filter"] = "completed"
    retries: int = 0
    seconds: float = 0.0


Answers = Sequence[Reply | PullwrightError] | Callable[[ModelRequest], Reply | PullwrightError]


class ScriptedModel:
    """A `Model` that says what it was told to say; an error in the list is raised.

    `requests` are all requests, their items as they were. Raises `Bug` when a request does not extend the one before
    it (same instructions, tools and earlier items) and `expect_new_prefix()` was not called in between, when a
    call is without its output or the other way round, and when the answers run out.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        name: str = "scripted",
        provider: str = "scripted",
        family: Literal["openai", "anthropic", "other"] = "openai",
        window: int = 200_000,
        cost_usd: float | None = 0.001,
    ) -> None:
        self.name = name
        self.provider = provider
        self.family: Literal["openai", "anthropic", "other"] = family
        self.window = window
        self.scripted = True
        self.requests: list[ModelRequest] = []
        self.closed = False
        self._answers = answers
        self._cost_usd = cost_usd
        self._estimator = Estimator()
        self._new_prefix = True

    def expect_new_prefix(self) -> None:
        """The next request may begin anew: after a compaction, a rewind, or a change of tools."""
        self._new_prefix = True

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """The next answer, as `Model.stream` gives it."""
        self._check(request)
        kept = msgspec.structs.replace(request, items=tuple(request.items))
        self.requests.append(kept)
        reply = self._next(kept)
        for attempt in range(1, reply.retries + 1):
            yield Delta("text", "broken", reply.text[:3])
            yield Retried(attempt, "the stream was cut, as scripted", None, 0.0)
        await asyncio.sleep(reply.seconds)
        for item in _items(reply):
            for delta in _deltas(item):
                yield delta
            yield ItemDone(item)
        yield self._finished(kept, reply)

    def _finished(self, request: ModelRequest, reply: Reply) -> Finished:
        usage = reply.usage or Usage(input=self.count_tokens(request), output=len(reply.text) // 4 + 1)
        return Finished(
            model=self.name,
            response_id=f"resp_{len(self.requests)}",
            stop=reply.stop,
            usage=usage,
            cost_usd=self._cost_usd,
            seconds=reply.seconds,
            first_token_seconds=reply.seconds,
            request_bytes=sum(len(item.raw) for item in request.items),
        )

    def _next(self, request: ModelRequest) -> Reply:
        answers, number = self._answers, len(self.requests)
        if callable(answers):
            reply = answers(request)
        elif number <= len(answers):
            reply = answers[number - 1]
        else:
            raise Bug(f"the scripted model has {len(answers)} answers, and this is request {number}")
        if isinstance(reply, PullwrightError):
            raise reply
        return reply

    def _check(self, request: ModelRequest) -> None:
        last = self.requests[-1] if self.requests else None
        if last and not self._new_prefix:
            if (request.instructions, request.tools) != (last.instructions, last.tools):
                raise Bug("instructions or tools changed without a new prefix")
            if list(request.items[: len(last.items)]) != list(last.items):
                raise Bug("earlier items changed without a new prefix")
        self._new_prefix = False
        called = [item.view.call_id for item in request.items if isinstance(item.view, FunctionCall | CustomCall)]
        answered = [item.view.call_id for item in request.items if isinstance(item.view, FunctionOutput | CustomOutput)]
        if sorted(called) != sorted(answered):
            raise Bug(f"calls and outputs do not pair: {called} against {answered}")

    def count_tokens(self, request: ModelRequest) -> int:
        """An estimate, see `Model.count_tokens`."""
        return self._estimator.estimate(request)

    def price(self, usage: Usage) -> float | None:
        """The same for every call, as told."""
        return self._cost_usd

    async def aclose(self) -> None:
        """Remembered in `closed`."""
        self.closed = True


def _items(reply: Reply) -> list[Item]:
    items: list[Item] = []
    if reply.reasoning:
        summary = (SummaryText(reply.reasoning),)
        items.append(Item.of(Reasoning(id=new_id("rs"), summary=summary, encrypted_content="sealed")))
    if reply.text:
        items.append(Item.of(Message(role="assistant", content=(OutputText(reply.text),), id=new_id("msg"), status="completed")))
    for call in reply.calls:
        common = {"call_id": new_id("call"), "id": new_id("fc"), "status": "completed"}
        if isinstance(call, FreeCall):
            items.append(Item.of(CustomCall(name=call.name, input=call.input, **common)))
        else:
            text = call.arguments if isinstance(call.arguments, str) else msgspec.json.encode(call.arguments).decode()
            items.append(Item.of(FunctionCall(name=call.name, arguments=text, **common)))
    return items


def _deltas(item: Item) -> list[Delta]:
    match item.view:
        case Message() as message:
            half = len(message.text) // 2
            return [Delta("text", message.id or "", piece) for piece in (message.text[:half], message.text[half:]) if piece]
        case Reasoning() as thought:
            return [Delta("reasoning", thought.id or "", thought.text)]
        case FunctionCall() as call:
            return [Delta("call", call.id or "", call.arguments, call.name)]
        case CustomCall() as call:
            return [Delta("call", call.id or "", call.input, call.name)]
        case _:
            return []
