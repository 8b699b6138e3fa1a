"""What the agent says last, and whether that can be it.

A response without calls ends the turn, unless it is empty, was cut, or is not in the schema that was asked for:
then the model is told so, once for each step that gets nowhere, and the turn ends when that does not help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.agent.between import hear
from pullwright.agent.endings import Done, Gone, Stuck, TurnEnded
from pullwright.agent.person import notice_edits, tell_edits
from pullwright.agent.schemas import mismatch
from pullwright.protocol.errors import ContentFiltered
from pullwright.protocol.items import Message, Refusal

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent
    from pullwright.agent.think import Response

NUDGES = 2
"""How often in a row the model is told that its answer cannot be the last one."""

_EMPTY = "Your last answer had neither text nor a tool call. Go on with the task, or give your final message."
_CUT = "Your last answer was cut at the output limit and is incomplete. Go on from there in smaller parts."


async def conclude(agent: Agent, response: Response) -> None:
    """End the turn with the response's text, or tell the model why it cannot end so. Raises `TurnEnded`."""
    message = response.text
    if response.stop == "content_filter":
        fix = "rephrase the task, or ask whoever runs the provider's content filter"
        raise TurnEnded(Gone(ContentFiltered("the provider's content filter cut the answer", fix=fix)))
    if declined := _refusal(response):
        raise TurnEnded(Stuck(f"the model declined: {declined}", fix="rephrase the task or choose another model"))
    if response.stop == "max_output":
        await _nudge(agent, _CUT, "the model's answers do not fit the output limit")
    elif not message.strip():
        await _nudge(agent, _EMPTY, "the model gave empty answers")
    elif agent.schema is not None and (wrong := mismatch(message, agent.schema)):
        again = f"Your last message is not what was asked for: {wrong}. Answer again with the JSON alone, and nothing around it."
        await _nudge(agent, again, f"the last message does not fit the schema: {wrong}", times=1)
    elif not await hear(agent):
        await notice_edits(agent)
        await tell_edits(agent)
        if agent.hooks is None or not await agent.hooks.sends_on(agent, message):
            raise TurnEnded(Done(message))


async def _nudge(agent: Agent, text: str, why: str, times: int = NUDGES) -> None:
    gets_nowhere(agent, why, times)
    await agent.tell("note", text)


def gets_nowhere(agent: Agent, why: str, times: int = NUDGES) -> None:
    """One more response came to nothing. Raises `TurnEnded(Stuck)` when that is one too many in a row."""
    agent.nudges += 1
    if agent.nudges > times:
        raise TurnEnded(Stuck(why, fix="try again, or choose another model"))


def _refusal(response: Response) -> str:
    """What the model declined with, when its message is nothing else."""
    for item in response.items:
        view = item.view
        if isinstance(view, Message) and not isinstance(view.content, str):
            refusals = [part.refusal for part in view.content if isinstance(part, Refusal)]
            if refusals and len(refusals) == len(view.content):
                return " ".join(refusals)
    return ""
