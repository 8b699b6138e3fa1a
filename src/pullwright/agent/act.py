"""The calls of one response: in order, neighbours that only read side by side.

response ─▶ calls ─▶ [read read] [edit] [exec] [read] ─▶ permission (asking.py) ─▶ run ─▶ result items, in the calls' order
         └▶ no calls ─▶ answers.conclude
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from pullwright.agent import repetition
from pullwright.agent.answers import conclude, gets_nowhere
from pullwright.agent.asking import Prepared, Work, permitted
from pullwright.agent.endings import Stuck, TurnEnded
from pullwright.agent.hooks.hooks import Hooks
from pullwright.agent.person import notice_edits, tell_edits
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.events import Event, ToolFinished, ToolStarted
from pullwright.protocol.items import Call, Item, TextPart, output_for
from pullwright.tools.schedule import run_calls
from pullwright.tools.tool import Bench, ToolResult

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent
    from pullwright.agent.think import Response

CUT = (
    "Not run: your answer was cut off (at the output limit, or by a filter), so this call may be incomplete. "
    "Send it again, in smaller parts."
)

TITLE, QUESTION = 1_000, 8_000
"""Characters of a call's title, and of a question of the agent's."""


async def act(agent: Agent, response: Response) -> None:
    """Do what the response asks for, or end the turn with it. Raises `TurnEnded`, `SandboxLost`."""
    if not response.calls:
        return await conclude(agent, response)
    if response.stop != "completed":
        await agent.say("tool", *(output_for(call, CUT) for call in response.calls))
        return gets_nowhere(agent, "the model's answers do not fit the output limit")
    agent.nudges = 0
    return await perform(agent, response.calls)


async def perform(agent: Agent, calls: Sequence[Call]) -> None:
    """Run calls, in order, each to its result in the log; then look at what the step came to."""
    results: list[Item] = []
    agent.permissions.refused = False
    agent.begun = {call.call_id: False for call in calls}
    prepared = [_prepare(agent, call) for call in calls]
    if agent.hooks is not None and agent.hooks.write:
        await notice_edits(agent)
    beside = _writes_beside(agent)
    for batch in _batches(prepared):
        if agent.hooks is not None:
            batch = [await _hooked(agent, agent.hooks, one) for one in batch]
        if len(batch) > 1 and all(one.cleared is None for one in batch):
            results += await _side_by_side(agent, batch)
        else:
            results += [await _alone(agent, one) for one in batch]
    agent.checkpoints.dirty |= beside or _writes_beside(agent)
    agent.checkpoints.begin()
    await _read_new_instructions(agent)
    await tell_edits(agent)
    if agent.hooks is not None:
        await agent.hooks.tell(agent)
    match agent.repetition.step(calls, results):
        case "tell":
            await agent.tell("note", repetition.told(calls))
        case "stop":
            raise TurnEnded(
                Stuck("the agent went in circles: the same calls gave the same results", fix="say more exactly what to do")
            )
        case _:
            pass


def _writes_beside(agent: Agent) -> bool:
    """Whether a command of an earlier step goes on that can change files, whatever this step does."""
    if agent.opened is None or agent.policy.access == "read-only":
        return False
    return any(not process.command.read_only for process in agent.opened.background.values())


def _writes(agent: Agent, prepared: Prepared) -> bool:
    return prepared.effect in {"edit", "execute"} and agent.policy.access != "read-only"


def _batches(prepared: Sequence[Prepared]) -> Iterator[list[Prepared]]:
    """Runs of reading calls together, every other call alone."""
    for reading, group in itertools.groupby(prepared, key=lambda one: one.effect == "read" and one.tool is not None):
        if reading:
            yield list(group)
        else:
            yield from ([one] for one in group)


def _prepare(agent: Agent, call: Call) -> Prepared:
    tool = agent.tools.get(call.name)
    if tool is None:
        return Prepared(call, None, "read", call.name)
    effect, title = tool.effect(call), _clean(agent, tool.title(call))
    return Prepared(call, tool, effect, shortened(title, QUESTION if effect == "ask" else TITLE))


async def _hooked(agent: Agent, hooks: Hooks, prepared: Prepared) -> Prepared:
    """The call as hooks leave it: refused, to be asked about, or another one."""
    cleared = await hooks.before(agent, prepared.call)
    if cleared is None:
        return prepared
    return msgspec.structs.replace(_prepare(agent, cleared.call), cleared=cleared)


async def _side_by_side(agent: Agent, batch: Sequence[Prepared]) -> list[Item]:
    """Reading calls at the same time; results in order, logged together."""
    bench = await agent.bench()
    for prepared in batch:
        _started(agent, prepared)
    await agent.recorder.flush()
    done = await run_calls(batch, lambda prepared: prepared.effect, lambda prepared: _run(agent, prepared, prepared.work, bench))
    items = [output_for(prepared.call, result.output) for prepared, (result, _) in zip(batch, done, strict=True)]
    await agent.say("tool", *items, first=[finished for _, finished in done])
    return items


async def _alone(agent: Agent, prepared: Prepared) -> Item:
    """One call: permission, the last checkpoint settled, run, answer of a person where it asks for one."""
    if agent.look is not None:
        await agent.checkpoints.settled()  # what the person does while they are asked is not to count as the last call's
    work = await permitted(agent, prepared)
    events: tuple[Event, ...] = ()
    if isinstance(work, ToolResult):
        result = work
    else:
        bench = await agent.bench()
        writes = _writes(agent, prepared)
        if writes:
            await agent.checkpoints.settled()
            await notice_edits(agent)  # while the person was asked, they may have edited
        _started(agent, prepared)
        await agent.recorder.flush()
        if writes:
            agent.checkpoints.dirty = True
            if prepared.effect == "execute":
                agent.checkpoints.ran()
        result, finished = await _run(agent, prepared, work, bench)
        if writes and agent.look is not None:
            agent.checkpoints.begin()  # what the person does before the next call is not to count as this one's
        if result.asks:
            answer = await agent.permissions.ask(prepared.call, "ask", result.asks)
            result = msgspec.structs.replace(result, output=_answered(answer.text, answer.verdict))
        events = (finished,)
    item = output_for(prepared.call, result.output)
    await agent.say("tool", item, first=events)
    return item


async def _run(agent: Agent, prepared: Prepared, work: Work, bench: Bench) -> tuple[ToolResult, Event]:
    """Run one call. A fault of ours in a tool is a result too: the turn goes on, and the log says so."""
    began = time.monotonic()
    try:
        result = await work(bench)
    except PullwrightError:
        raise
    except Exception as error:
        text = f"`{prepared.call.name}` failed inside Pullwright ({type(error).__name__}: {error}); what it did is unknown."
        agent.notice("error", _clean(agent, text))
        result = ToolResult(output=f"{text} Look before you repeat it.", ok=False)
    result = _redacted(agent, result)
    seconds = round(time.monotonic() - began, 6)
    if agent.hooks is not None:
        result = await _told_hooks(agent, agent.hooks, prepared, result, seconds)
    error = "" if result.ok or not isinstance(result.output, str) else result.output[:300]
    call = prepared.call
    return result, ToolFinished(call_id=call.call_id, name=call.name, ok=result.ok, seconds=seconds, error=error)


async def _told_hooks(agent: Agent, hooks: Hooks, prepared: Prepared, result: ToolResult, seconds: float) -> ToolResult:
    """Hooks hear of the result; the model hears what a hook had changed of its call."""
    await hooks.after(agent, prepared.call, result, seconds)
    note = prepared.cleared.note if prepared.cleared is not None else ""
    return msgspec.structs.replace(result, output=note + result.output) if note and isinstance(result.output, str) else result


def _started(agent: Agent, prepared: Prepared) -> None:
    call = prepared.call
    agent.begun[call.call_id] = True
    agent.recorder.post(ToolStarted(call_id=call.call_id, name=call.name, effect=prepared.effect, title=prepared.title))


def _answered(text: str, verdict: str | None) -> str:
    return text or ("The person declined to answer." if verdict == "no" else "Yes.")


def shortened(text: str, most: int) -> str:
    """The text, cut where it is longer than anybody reads: a model can write megabytes into a path."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def _clean(agent: Agent, text: str) -> str:
    return agent.redact(text.encode(errors="replace")).decode(errors="replace")


def _redacted(agent: Agent, result: ToolResult) -> ToolResult:
    """The last look for secrets before a result reaches model and log."""
    if isinstance(result.output, str):
        return msgspec.structs.replace(result, output=_clean(agent, result.output))
    parts = tuple(TextPart(_clean(agent, part.text)) if isinstance(part, TextPart) else part for part in result.output)
    return msgspec.structs.replace(result, output=parts)


async def _read_new_instructions(agent: Agent) -> None:
    """Instructions of folders whose files this step touched for the first time."""
    bench = agent.opened
    if agent.instructions is None or bench is None:
        return
    for item in await agent.instructions.below(bench.files, bench.sandbox):
        await agent.say("pullwright", agent.cleaned(item))
