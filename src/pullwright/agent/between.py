"""What happens between two model calls: people are heard, and the budget is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullwright.agent.budgets import Reached
from pullwright.agent.context import fragment
from pullwright.agent.endings import Asked, Stopped, TurnEnded
from pullwright.protocol.events import BudgetReached, PermissionAnswered, PermissionAsked
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Compact, Input, Prompt, RaiseBudget, Steer
from pullwright.protocol.items import Item, user_message

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent


WORTH_SHORTENING = 4_000
"""Tokens below which a summary would hardly be shorter than what it replaces."""


async def hear(agent: Agent) -> bool:
    """Take what came in; True when something joined the conversation. Raises `TurnEnded` for an interrupt."""
    heard = await agent.inputs.take()
    for given in heard:
        if isinstance(given, RaiseBudget):
            agent.meter.raised(given.budget)
        elif isinstance(given, Compact):
            await shorten(agent, given)
    remarks = [message for given in heard if await _may_join(agent, given) and (message := message_of(given)) is not None]
    if remarks:
        await agent.say("user", *remarks)
    if agent.hooks is not None:
        await agent.hooks.tell(agent)
    return bool(remarks)


async def _may_join(agent: Agent, given: Input) -> bool:
    """Whether hooks let the person's words through; a remark that they refuse is told to the person and goes no further."""
    if agent.hooks is None or not isinstance(given, Prompt | Steer):
        return True
    refusal = await agent.hooks.refusal(agent, given.text)
    if refusal:
        agent.notice("warning", refusal)
    return not refusal


async def shorten(agent: Agent, asked: Compact) -> None:
    """Shorten the conversation because a person asks for it; one too short to be worth it stays as it is."""
    from pullwright.agent.compaction import compact  # which needs this file

    if agent.conversation.tokens < WORTH_SHORTENING:
        agent.notice("info", f"the conversation has only some {agent.conversation.tokens:,} tokens: it was left as it is")
        return
    await compact(agent, asked=asked)


def message_of(given: Input) -> Item | None:
    """The item that an input adds to the conversation; None when it adds none."""
    if isinstance(given, Prompt):
        return user_message(given.text, given.images)
    if isinstance(given, Steer):
        return fragment("person", given.text) if given.ran else user_message(given.text)
    return None


async def watch_clock(agent: Agent) -> None:
    """Cut the turn off when its time is up."""
    reached = await agent.meter.time_up()
    if agent.halt.now(reached.ending):
        _log(agent, reached)


async def keep_to_budget(agent: Agent) -> None:
    """Before a model call: stop at a hard ceiling; at a soft one ask, or tell the model once. Raises `TurnEnded`."""
    hard = agent.meter.hard()
    if hard is not None:
        _log(agent, hard)
        raise TurnEnded(hard.ending)
    soft = agent.meter.soft()
    if soft is None:
        return
    _log(agent, soft)
    if agent.policy.answerable:
        await _ask_to_go_on(agent, soft)
    else:
        await agent.tell(
            "budget",
            f"{soft.text} are used; at the limit the turn is cut off, without a last word. Finish what matters most, "
            "leave the code in a working state, and give your final message.",
        )


async def _ask_to_go_on(agent: Agent, soft: Reached) -> None:
    title = f"{soft.text} are used. Go on up to the limit?"
    asked = PermissionAsked(id=new_id("perm"), call_id="", tool="budget", effect="ask", title=title)
    agent.permissions.budget = asked
    await agent.recorder.record(asked)
    await settle_budget_question(agent)


async def settle_budget_question(agent: Agent) -> None:
    """Wait for the answer to an open question on the budget, if there is one. Raises `TurnEnded` on a no, or when none comes."""
    asked = agent.permissions.budget
    if asked is None:
        return
    answer = await agent.inputs.raised(asked.id, agent.policy.patience if agent.policy.answerable else 0)
    if answer is None:
        raise TurnEnded(Asked(asked.id, asked.title))
    if isinstance(answer, RaiseBudget):
        agent.meter.raised(answer.budget)
    verdict = "no" if not isinstance(answer, RaiseBudget) and answer.verdict == "no" else "once"
    by = answer.by or "person"
    agent.permissions.budget = None
    await agent.recorder.record(PermissionAnswered(id=asked.id, call_id="", verdict=verdict, by=by))
    if verdict == "no":
        raise TurnEnded(Stopped("enough of the budget was used", by))


def _log(agent: Agent, reached: Reached) -> None:
    agent.recorder.post(BudgetReached(ceiling=reached.ceiling, level=reached.level, spent=reached.spent, limit=reached.limit))
