"""How a turn takes up the conversation, and how it lays it down.

start   prefix ─▶ calls left open ─▶ what was given ─▶ the loop
                   ├ a question waits and no new prompt came: go on at that call
                   └ else: each gets a result that says it was interrupted
close   every open call gets a result (but for a waiting question) ─▶ last checkpoint
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.agent.act import perform
from pullwright.agent.between import settle_budget_question, shorten
from pullwright.agent.context import fragment
from pullwright.agent.endings import Asked, Done, Ending, Gone, OutOfBudget, Stopped, Stuck, TurnEnded
from pullwright.agent.person import notice_edits, tell_edits
from pullwright.protocol.errors import Bug, PullwrightError
from pullwright.protocol.events import InputReceived
from pullwright.protocol.inputs import Compact, Input, Prompt
from pullwright.protocol.items import Call, ToolSpec, output_for, user_message
from pullwright.tools.mcp.names import PREFIX

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent, Reason

INTERRUPTED = (
    "Interrupted: this call has no result. It may have run in part, or not at all. "
    "Look at the state of things before you repeat it."
)
NOT_BEGUN = "Not run: the turn ended before it."
UNANSWERED = "Not run: permission was asked for, and instead of answering the person wrote the message below."
PROMPTED = "a new prompt came instead of an answer"
RESUMED = (
    "The session was interrupted and is now taken up again. Files are as the last checkpoint kept them; "
    "processes that were running are gone."
)

MOVED = (
    "The session goes on on another machine. Its files are as the last checkpoint kept them; files that git ignores (installed "
    "packages, caches, build output), files outside the project, and processes are gone: make again what you need."
)
LOST = (
    "The process that ran these calls ended before the files were kept as they left them. Whatever they changed in the files is "
    "gone, also where their results above say otherwise. Look, and do again what is still needed:"
)
MOST_LOST = 20


async def start(agent: Agent, given: Sequence[Input]) -> None:
    """Bring the conversation to where the model can be called. Raises `TurnEnded`.

    Prompts join the conversation here. Everything else waits in `agent.inputs` until it is heard or asked for.
    """
    prompts = [one for one in given if isinstance(one, Prompt)]
    shortening = [one for one in given if isinstance(one, Compact)]
    resumable = bool(agent.conversation.items)
    resumed = resumable and not given
    await _stand_on_prefix(agent)
    if agent.instructions is not None:
        agent.instructions.remember(agent.conversation.items)
    for one in given:
        if not isinstance(one, Prompt | Compact):
            agent.inputs.put(one)
    if prompts:
        agent.permissions.drop(PROMPTED)
    await settle_budget_question(agent)
    await _settle_open_calls(agent, prompted=bool(prompts))
    if agent.moved and resumable:
        agent.put("pullwright", fragment("note", MOVED))
    if agent.lost and resumable:
        agent.put("pullwright", fragment("note", _lost(agent.lost)))
    await notice_edits(agent)
    await tell_edits(agent)
    if agent.hooks is not None:
        await agent.hooks.started(agent)
    if prompts:
        agent.put("pullwright", *map(agent.cleaned, agent.told))
    for prompt in prompts:
        agent.recorder.post(InputReceived(input=prompt))
        if agent.hooks is not None and (refusal := await agent.hooks.refusal(agent, prompt.text)):
            raise TurnEnded(Stuck(refusal, fix="say it otherwise, or change the hook"))
        agent.put("user", user_message(prompt.text, prompt.images))
    if agent.hooks is not None:
        await agent.hooks.tell(agent)
    for one in shortening:
        agent.recorder.post(InputReceived(input=one))
    if shortening and not prompts:
        await shorten(agent, shortening[-1])
        raise TurnEnded(Done(""))
    if resumed:
        agent.put("pullwright", fragment("note", RESUMED))
    await agent.recorder.flush()


def _lost(calls: Sequence[str]) -> str:
    """The calls by line, each cut short; the newest where there are many."""
    lines = [f"- {call if len(call) <= 300 else call[:299] + '…'}" for call in calls[-MOST_LOST:]]
    return "\n".join([LOST, *lines])


async def _stand_on_prefix(agent: Agent) -> None:
    """Keep the logged prefix, byte for byte, unless the model or the set of tools is another; a new one begins the talk."""
    conversation = agent.conversation
    reason: Reason
    if not conversation.begun:
        reason = "start"
    elif agent.prefix_reason != "start":
        reason = agent.prefix_reason
    elif conversation.model != agent.model.name:
        reason = "model"
    elif _shapes(conversation.tools) != _shapes(agent.offered):
        reason = "tools"
    else:
        return
    agent.begin_prefix(reason)
    await agent.say("pullwright", *(() if conversation.items else map(agent.cleaned, agent.opening)))


def _shapes(tools: Sequence[ToolSpec]) -> list[object]:
    """What makes the set of tools the same. Ours may be described in other words by another version; a server's tool of which
    another definition was permitted is another tool."""
    return [(tool.name, tool if tool.name.startswith(PREFIX) else tool.grammar is not None) for tool in tools]


async def _settle_open_calls(agent: Agent, *, prompted: bool) -> None:
    """Calls of an earlier turn without a result: go on at the question that waits, or mark them as interrupted."""
    calls = list(agent.conversation.open)
    if any(call.call_id in agent.permissions.pending for call in calls):
        return await perform(agent, calls)
    asked = agent.permissions.dropped if prompted else frozenset[str]()
    return await agent.say("tool", *(output_for(call, UNANSWERED if call.call_id in asked else INTERRUPTED) for call in calls))


def _interrupted(agent: Agent, call: Call) -> str:
    """The result of a call that the end of the turn left open: it was not begun, or stopped with the output that it had."""
    if not agent.begun.get(call.call_id, True):
        return NOT_BEGUN
    said = agent.opened.cut.pop(call.call_id, "") if agent.opened is not None else ""
    return f"Interrupted: it was killed while it ran. Its output until then:\n{said}" if said.strip() else INTERRUPTED


async def close(agent: Agent, ending: Ending | None) -> Ending:
    """Lay the conversation down. `ending` is None when the turn is torn down from outside. Never raises `PullwrightError`."""
    agent.inputs.post_interrupts()
    if not isinstance(ending, Asked):
        agent.permissions.drop("the turn ended")
        agent.put("tool", *(output_for(call, _interrupted(agent, call)) for call in agent.conversation.open))
    if isinstance(ending, Stopped):
        said = f": {ending.reason}" if ending.reason else "."
        agent.put("pullwright", fragment("note", f"The person interrupted the turn{said}"))
    elif isinstance(ending, OutOfBudget):
        agent.put("pullwright", fragment("note", f"The turn was cut off here: its budget of {ending.ceiling} was used up."))
    try:
        await agent.recorder.flush()
        await agent.checkpoints.finish()
        await agent.recorder.flush()
    except PullwrightError as error:
        return ending if isinstance(ending, Gone | Stopped) else Gone(error)
    return ending or Gone(Bug("the turn was torn down"))
