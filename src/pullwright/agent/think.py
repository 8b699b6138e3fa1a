"""One model response: what is sent, what streams in, what it leaves in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from pullwright.agent.between import hear, keep_to_budget
from pullwright.agent.compaction import compact, make_room
from pullwright.agent.streaming import call, called, request_of
from pullwright.protocol.errors import ContextTooLong
from pullwright.protocol.items import Call, CustomCall, FunctionCall, Item, Message

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent


class Response(msgspec.Struct, frozen=True):
    """A whole response of the model: its items, all of them in the conversation, and why it stopped."""

    items: tuple[Item, ...]
    stop: Literal["completed", "max_output", "content_filter"]

    @property
    def calls(self) -> list[Call]:
        """The tool calls, in order."""
        views = (item.view for item in self.items)
        return [view for view in views if isinstance(view, FunctionCall | CustomCall)]

    @property
    def text(self) -> str:
        """What the model said."""
        views = (item.view for item in self.items)
        return "\n\n".join(view.text for view in views if isinstance(view, Message) and view.text)


async def think(agent: Agent) -> Response:
    """Ask the model for the next step, with everything that came in before it.

    Raises `TurnEnded` (interrupt, budget) and what `Model.stream` raises.
    """
    await hear(agent)
    await keep_to_budget(agent)
    await make_room(agent)
    agent.recorder.step = agent.meter.step()
    try:
        return await _respond(agent)
    except ContextTooLong:
        await compact(agent, must=True)
        return await _respond(agent)


async def _respond(agent: Agent) -> Response:
    """One call of the model, logged with its items in one piece once the response is whole."""
    answer = await call(agent, request_of(agent, agent.conversation.items))
    assert answer.finished is not None
    await agent.say("model", *answer.items, first=(called(agent, answer.finished),))
    agent.conversation.counted(answer.finished.usage)
    return Response(tuple(answer.items), answer.finished.stop)
