"""A call on its way past the rules and the person, and what is then run of it.

    permitted(agent, prepared) ─┬─ ToolResult    it does not run: no such tool, refused, or an edit that finds no place
                                └─ Work          what to run: the call as it is, or as the person changed it

An edit that has to be allowed is drafted first, so that the person sees what would change, and an edit that would
miss is never asked about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from pullwright.agent.hooks.hooks import Clearance
from pullwright.agent.permissions import Changed, Refused, Shown
from pullwright.agent.scopes import commands_of
from pullwright.protocol.items import Call, FunctionCall, TextPart
from pullwright.protocol.policy import Effect
from pullwright.protocol.previews import encode
from pullwright.tools.proposal import Proposal
from pullwright.tools.tool import Bench, Tool, ToolResult

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

AFTER_NO = "Not run: the person did not allow a call before it in this step. Send it again if it still makes sense."

Work = Callable[[Bench], Awaitable[ToolResult]]


@runtime_checkable
class Proposing(Protocol):
    """A tool whose edits can be drafted before they are written."""

    async def propose(self, call: Call, bench: Bench) -> Proposal | ToolResult:
        """The draft; a result when there is nothing to draft."""
        ...


class Prepared(msgspec.Struct, frozen=True):
    """A call with what is known before it runs. `tool` is None when there is no such tool; `cleared` is what hooks say of it."""

    call: Call
    tool: Tool | None
    effect: Effect
    title: str
    cleared: Clearance | None = None

    async def work(self, bench: Bench) -> ToolResult:
        """Run the call as it is."""
        assert self.tool is not None
        return await self.tool.run(self.call, bench)


async def permitted(agent: Agent, prepared: Prepared) -> Work | ToolResult:
    """What may run of the call, or the result that it gets without running. Raises `TurnEnded` when nobody answers."""
    if prepared.tool is None:
        names = ", ".join(agent.tools)
        return ToolResult(output=f"There is no tool `{prepared.call.name}`. The tools are: {names}.", ok=False)
    cleared = prepared.cleared
    if cleared is not None and cleared.refused:
        return ToolResult(output=cleared.refused, ok=False)
    if agent.permissions.refused and agent.permissions.needs(prepared.call, prepared.effect, cleared):
        return ToolResult(output=AFTER_NO, ok=False)
    if isinstance(prepared.tool, Proposing) and agent.permissions.needs(prepared.call, prepared.effect, cleared):
        return await _proposed(agent, prepared, prepared.tool)
    verdict = await agent.permissions.allow(prepared.call, prepared.effect, prepared.title, cleared=cleared)
    if isinstance(verdict, Refused):
        return ToolResult(output=verdict.text, ok=False)
    if verdict is None:
        return prepared.work
    return _with_command(prepared, verdict) if commands_of(prepared.call) else _with_arguments(prepared, verdict)


async def _proposed(agent: Agent, prepared: Prepared, tool: Proposing) -> Work | ToolResult:
    """An edit, drafted before it is asked about."""
    proposal = await tool.propose(prepared.call, await agent.bench())
    if isinstance(proposal, ToolResult):
        return proposal
    call_id = prepared.call.call_id
    if not proposal.changes:
        return lambda _: proposal.land(call_id)
    shown = Shown(proposal.diff, _keep(agent, prepared.call, proposal))
    verdict = await agent.permissions.allow(prepared.call, prepared.effect, prepared.title, shown, prepared.cleared)
    if isinstance(verdict, Refused):
        return ToolResult(output=verdict.text, ok=False)
    files = verdict.files if verdict is not None else None
    if files is not None:
        return lambda _: proposal.land_instead(call_id, files)
    return lambda bench: _landed(prepared.call, tool, proposal, bench)


async def _landed(call: Call, tool: Proposing, proposal: Proposal, bench: Bench) -> ToolResult:
    """The edit as the person saw it. Where they edited other lines of its files meanwhile, it is drafted anew on theirs."""
    if await proposal.outdated():
        again = await tool.propose(call, bench)
        if isinstance(again, Proposal) and again.lines == proposal.lines:
            proposal = again
    return await proposal.land(call.call_id)


def _keep(agent: Agent, call: Call, proposal: Proposal) -> str:
    """The preview as an artifact. None for files that hold a secret: what the log keeps has none, and an edit made on a text
    without it would write the mark in its place."""
    data = encode(proposal.preview)
    if agent.redact(data) != data:
        return ""
    name = hashlib.sha256(call.call_id.encode() + data).hexdigest()[:24]
    return agent.recorder.log.artifacts.put(f"previews/{name}.json", data)


def _with_arguments(prepared: Prepared, changed: Changed) -> Work | ToolResult:
    """The call with the person's arguments in place of the model's: of a server's tool, or of ours that run no shell line.

    What they wrote is what happens, or nothing does.
    """
    call = prepared.call
    if not changed.command.strip() or not isinstance(call, FunctionCall):
        return prepared.work
    try:
        msgspec.json.decode(changed.command, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        text = f"Not called: the person changed the arguments, and what they wrote is no JSON object ({error}). Ask them."
        return ToolResult(output=text, ok=False)
    other = msgspec.structs.replace(prepared, call=msgspec.structs.replace(call, arguments=changed.command))

    async def work(bench: Bench) -> ToolResult:
        result = await other.work(bench)
        told = f"[the person changed the arguments before the call, to: {changed.command}]"
        if isinstance(result.output, str):
            return msgspec.structs.replace(result, output=f"{told}\n{result.output}")
        return msgspec.structs.replace(result, output=(TextPart(told), *result.output))

    return work


def _with_command(prepared: Prepared, changed: Changed) -> Work:
    """The call with the person's shell line in place of the model's."""
    call = prepared.call
    if not changed.command.strip() or not isinstance(call, FunctionCall):
        return prepared.work
    arguments: dict[str, Any] = msgspec.json.decode(call.arguments, type=dict[str, Any])
    other = msgspec.structs.replace(call, arguments=msgspec.json.encode({**arguments, "command": changed.command}).decode())

    async def work(bench: Bench) -> ToolResult:
        result = await msgspec.structs.replace(prepared, call=other).work(bench)
        told = f"[the person changed the command before it ran, to: {changed.command}]"
        return msgspec.structs.replace(result, output=f"{told}\n{result.output}") if isinstance(result.output, str) else result

    return work
