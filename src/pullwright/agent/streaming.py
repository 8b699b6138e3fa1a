"""One call of the model: streamed, shown as it comes, counted however it ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, cast

from pullwright.models.model import Delta, Finished, ItemDone, ModelEvent, ModelRequest, Retried
from pullwright.protocol.errors import ModelUnavailable
from pullwright.protocol.events import ModelCalled, ModelRetried
from pullwright.protocol.items import Item
from pullwright.protocol.live import CallDelta, Progress, ReasoningDelta, TextDelta
from pullwright.protocol.usage import Usage

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent


def request_of(agent: Agent, items: Sequence[Item], *, schema: bool = True) -> ModelRequest:
    """A request on the conversation's prefix; `schema` false: not in the schema that the last message is asked in."""
    return ModelRequest(
        instructions=agent.conversation.instructions,
        tools=agent.conversation.tools,
        items=items,
        effort=agent.effort,
        schema=agent.schema if schema else None,
        max_output=agent.max_output,
        cache_key=agent.cache_key,
    )


async def call(agent: Agent, request: ModelRequest, *, aside: str = "") -> Answer:
    """Stream one response. What was cut off in the middle is counted by estimate, and nothing of it is kept. `aside` says what it
    is for where it is no answer to the person: only how far it is shows then."""
    answer = Answer(agent, aside)
    try:
        async with contextlib.aclosing(cast(AsyncGenerator[ModelEvent], agent.model.stream(request))) as stream:
            async for event in stream:
                answer.take(event)
                if isinstance(event, Retried):  # whoever watches is told before the wait, not after the next answer
                    await agent.recorder.flush()
    except BaseException as error:
        if answer.begun or (isinstance(error, asyncio.CancelledError) and answer.is_on_its_way):
            _count_cut(agent, answer)
        raise
    if answer.finished is None:
        raise ModelUnavailable("the model's answer ended before it was whole")
    return answer


def called(agent: Agent, finished: Finished) -> ModelCalled:
    """The event of a whole response, counted against the budget."""
    agent.meter.called(finished.usage, finished.cost_usd)
    if agent.meter.blind and not agent.told_blind:
        agent.told_blind = True
        agent.notice(
            "warning",
            f"the price of {finished.model} is unknown, so the ceiling in money cannot hold: "
            "set one in tokens (--budget 500000tokens), or the price in prices.toml",
        )
    return ModelCalled(
        model=finished.model,
        provider=agent.model.provider,
        response_id=finished.response_id,
        stop=finished.stop,
        usage=finished.usage,
        cost_usd=finished.cost_usd,
        seconds=round(finished.seconds, 6),
        first_token_seconds=round(finished.first_token_seconds, 6),
        request_bytes=finished.request_bytes,
    )


def _count_cut(agent: Agent, answer: Answer) -> None:
    """Usage that never arrived is estimated, not zero, and costs what it would have cost."""
    usage = Usage(input=agent.conversation.tokens, output=answer.written // 4 + 1, estimated=True)
    cost = agent.model.price(usage)
    agent.meter.called(usage, cost)
    agent.recorder.post(
        ModelCalled(model=agent.model.name, provider=agent.model.provider, stop="cut", usage=usage, cost_usd=cost)
    )


class Answer:
    """A response while it streams: deltas are shown, completed items kept, all of it void when it is sent again.

    `begun` says that this try gave something, `is_on_its_way` that none has failed or ended: the provider works on it.
    """

    def __init__(self, agent: Agent, aside: str = "") -> None:
        self._agent = agent
        self._aside = aside
        self._offsets: dict[str, int] = {}
        self.items: list[Item] = []
        self.finished: Finished | None = None
        self.begun = False
        self.is_on_its_way = True
        self.written = 0

    def take(self, event: ModelEvent) -> None:
        """The next event of the stream."""
        if isinstance(event, Delta):
            self.begun = True
            self._show(event)
        elif isinstance(event, ItemDone):
            self.begun = True
            self.items.append(event.item)
        elif isinstance(event, Retried):
            self._void()
            self._agent.recorder.post(
                ModelRetried(attempt=event.attempt, reason=event.reason, status=event.status, wait=event.wait)
            )
        else:
            self.finished = event
            self.begun = self.is_on_its_way = False

    def _void(self) -> None:
        """Forget a try that broke off; what it gave was paid for all the same."""
        if self.begun:
            _count_cut(self._agent, self)
        self.items.clear()
        self._offsets.clear()
        self.begun = self.is_on_its_way = False
        self.written = 0

    def _show(self, delta: Delta) -> None:
        key = f"{delta.kind}:{delta.item}"
        offset = self._offsets.get(key, 0)
        self._offsets[key] = offset + len(delta.text)
        self.written += len(delta.text)
        show = self._agent.recorder.show
        if self._aside:
            show(Progress(self._aside, self.written, unit="characters"))
        elif delta.kind == "text":
            show(TextDelta(delta.item, offset, delta.text))
        elif delta.kind == "reasoning":
            show(ReasoningDelta(delta.item, offset, delta.text))
        else:
            show(CallDelta(delta.item, delta.name, offset, delta.text))
