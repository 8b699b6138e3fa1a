"""Sub-agents: small agents that look around for the one that sent them, and report.

    explore ─▶ Explorers.send ─▶ a loop of its own: own conversation, model and ceilings; read, search, read-only commands
                              ◀─ one bounded report, with path:line

An explorer can do nothing that its sender could not: it has those of the sender's tools that only read, in the same sandbox with
the workspace read-only, and the same hooks look at its calls. It asks nobody and sends nobody. What it uses is counted in the
turn's budget as well; it ends with the turn. Its whole conversation is a log of its own below the session (`agents/`); in the
session's log its calls carry its name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pullwright.agent.conversation import Conversation
from pullwright.agent.endings import Ending, Gone
from pullwright.agent.explorers.mirror import Mirror
from pullwright.agent.explorers.words import SYSTEM, ceilings, report, spent
from pullwright.agent.permissions import Policy
from pullwright.log.files import FileLog
from pullwright.log.inbox import MemoryInbox
from pullwright.log.recorder import Recorder
from pullwright.models.model import Effort, Model, ModelRequest
from pullwright.protocol.errors import PullwrightError, SandboxLost
from pullwright.protocol.events import SessionStarted
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.items import Call, Item, ToolSpec
from pullwright.protocol.policy import Budget
from pullwright.tools.exec import Exec
from pullwright.tools.read import Read
from pullwright.tools.search import Search
from pullwright.tools.tool import Bench, Tool, ToolResult

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

AT_ONCE = 4
"""Explorers that work side by side; more wait."""


class Explorers:
    """Those of one turn. `open_model` opens the model of one (closed by it), `budget` holds for each.

    `opening` is what each is told of its environment, `folder` where their logs lie. `serve` says whom they work for.
    """

    def __init__(
        self,
        open_model: Callable[[], Awaitable[Model]],
        *,
        budget: Budget,
        folder: Path,
        opening: Sequence[Item] = (),
        effort: Effort = "",
    ) -> None:
        self._open_model = open_model
        self._budget = budget
        self._folder = folder
        self._opening = tuple(opening)
        self._effort: Effort = effort
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._sent = 0
        self._sender: Agent

    def serve(self, sender: Agent) -> None:
        """The agent that sends them."""
        self._sender = sender

    async def send(self, task: str, call: Call, bench: Bench) -> ToolResult:
        """One goes, and its report comes back. Raises `SandboxLost`."""
        self._sent += 1
        name = f"explore-{self._sent}"
        async with self._gate:
            try:
                model = await self._open_model()
            except PullwrightError as error:
                return ToolResult(output=f"No sub-agent can be sent: {error} {error.fix}".rstrip(), ok=False)
            try:
                return await self._explore(name, task, call, bench, model)
            finally:
                await model.aclose()

    async def _explore(self, name: str, task: str, call: Call, bench: Bench, model: Model) -> ToolResult:
        budget = _within(self._budget, self._sender)
        self._sender.notice("info", f"{name} looks around with {model.provider}/{model.name}: at most {ceilings(budget)}")
        await self._sender.recorder.flush()
        above = self._sender.recorder
        with FileLog.create(self._folder / new_id("agt"), f"{above.log.session}-{name}") as log:
            recorder = Recorder(log)
            recorder.turn = above.turn
            await recorder.record(SessionStarted(session=log.session, project="", pullwright="", parent=above.log.session))
            own = _bench(bench, name, recorder)
            agent = self._agent(name, model, budget, recorder, own)
            mirror = Mirror(self._sender, agent, name, call.call_id)
            recorder.watch(mirror)
            async with mirror.shown():
                ending = await self._run(agent, own, task)
        return report(ending, agent.conversation, f"[{name}: {spent(agent.meter.spend)}, {model.provider}/{model.name}]")

    async def _run(self, agent: Agent, bench: Bench, task: str) -> Ending:
        from pullwright.agent.loop import run  # which knows this room's other files

        try:
            ending = await run(agent, Prompt(id=new_id("inp"), by="agent", text=task))
        finally:
            for process in bench.background.values():
                await process.kill()
        if isinstance(ending, Gone) and isinstance(ending.error, SandboxLost):
            raise ending.error
        return ending

    def _agent(self, name: str, model: Model, budget: Budget, recorder: Recorder, bench: Bench) -> Agent:
        from pullwright.agent.agent import Agent

        def weigh(instructions: str, tools: tuple[ToolSpec, ...], items: Sequence[Item]) -> int:
            return model.count_tokens(ModelRequest(instructions=instructions, tools=tools, items=items))

        sender = self._sender
        tools: tuple[Tool, ...] = (Read(), Search(), Exec(only_reading=True))
        agent = Agent(
            model=model,
            tools=[tool for tool in tools if tool.spec.name in sender.tools],
            bench=_ready(bench),
            recorder=recorder,
            inbox=MemoryInbox(),
            conversation=Conversation(weigh),
            system=SYSTEM,
            opening=self._opening,
            policy=Policy(access="read-only"),
            budget=budget,
            redact=sender.redact,
            hooks=sender.hooks.of_tools() if sender.hooks is not None else None,
            effort=self._effort,
            cache_key=f"{sender.cache_key}-explore" if sender.cache_key else "",
        )
        agent.told_blind = budget.tokens is not None  # then it is not money alone that holds it
        return agent


def _ready(bench: Bench) -> asyncio.Future[Bench]:
    ready: asyncio.Future[Bench] = asyncio.get_running_loop().create_future()
    ready.set_result(bench)
    return ready


def _bench(bench: Bench, name: str, recorder: Recorder) -> Bench:
    """The sender's sandbox with the workspace read-only; what commands put out is kept apart from the sender's."""
    scratch = bench.scratch / name
    scratch.mkdir(parents=True, exist_ok=True)
    return Bench(
        sandbox=bench.sandbox,
        artifacts=bench.artifacts,
        record=recorder.record,
        show=lambda _: None,
        redact=bench.redact,
        scratch=scratch,
        outputs_at=f"{bench.outputs_at}/{name}",
        access="read-only",
    )


def _within(budget: Budget, sender: Agent) -> Budget:
    """An explorer's ceilings, none above what is left of the turn's."""
    spend, turn = sender.meter.spend, sender.meter.budget
    usd = _least(budget.usd, None if turn.usd is None else turn.usd - spend.cost_usd)
    tokens = _least(budget.tokens, None if turn.tokens is None else turn.tokens - spend.usage.total)
    return msgspec.structs.replace(budget, usd=usd, tokens=None if tokens is None else int(tokens))


def _least(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, max(other, 0))
