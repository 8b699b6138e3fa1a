"""Everything that one turn works with, and the few ways in which it changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, Literal

from pullwright.agent.budgets import Meter
from pullwright.agent.checkpoints import Checkpoint, Checkpoints
from pullwright.agent.context import fragment
from pullwright.agent.conversation import Conversation, specs
from pullwright.agent.hooks.hooks import Hooks
from pullwright.agent.inputs import Halt, Inputs
from pullwright.agent.instructions import Instructions
from pullwright.agent.ledger import Ledger
from pullwright.agent.permissions import Permissions, Policy
from pullwright.agent.person import Look
from pullwright.agent.repetition import Repetition
from pullwright.log.inbox import Inbox
from pullwright.log.recorder import Recorder
from pullwright.models.model import Effort, Model
from pullwright.protocol.events import Event, ItemAdded, Noticed, PermissionAsked, PersonEdited, PrefixSent, raw_item
from pullwright.protocol.items import Item, ToolSpec
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend
from pullwright.tools.tool import Bench, Tool

WAITS = frozenset({"process"})
"""Tools whose repeated use is waiting, not going in circles."""

Reason = Literal["start", "compaction", "rewind", "fork", "model", "tools", "agent"]
Begins = Literal["start", "rewind", "fork", "agent"]
"""Why a turn stands on a new prefix whatever its conversation says: `start` for no such reason."""
Source = Literal["user", "model", "tool", "pullwright"]


class Agent:
    """One turn's model, tools, log, inbox, rules and conversation.

    `bench` is awaited before the first tool call, so the sandbox may still be opening while the first request is on its
    way; it is never cancelled from here. `system` is the system prompt and `opening` what the model is told first
    (context.py); both are used when a new prefix begins; `told` goes before this turn's prompt. `pending` and `grants` come
    from the replayed log, `conversation` too when there is an earlier turn. `redact` is the last look at every tool output
    and every text of the project. `ledger` is fed by the caller, with `Recorder.watch`. `look` finds what the person edited
    meanwhile, where they and the agent work on the same files; `always` are scopes that need no question. `hooks` are asked
    and told at their points; None costs nothing. `moved`: the files were made anew on another machine. `lost`: calls, in
    words, of which the files show nothing, since the process that ran them ended before they were kept.
    """

    def __init__(
        self,
        *,
        model: Model,
        tools: Iterable[Tool],
        bench: Awaitable[Bench],
        recorder: Recorder,
        inbox: Inbox,
        conversation: Conversation,
        system: str,
        opening: Sequence[Item] = (),
        told: Sequence[Item] = (),
        policy: Policy | None = None,
        budget: Budget | None = None,
        already: Spend | None = None,
        checkpoint: Checkpoint | None = None,
        look: Look | None = None,
        instructions: Instructions | None = None,
        redact: Callable[[bytes], bytes] = bytes,
        pending: Iterable[PermissionAsked] = (),
        grants: Iterable[PermissionAsked] = (),
        always: Iterable[str] = (),
        ledger: Ledger | None = None,
        hooks: Hooks | None = None,
        effort: Effort = "",
        schema: dict[str, Any] | None = None,
        max_output: int | None = None,
        cache_key: str = "",
        moved: bool = False,
        lost: Sequence[str] = (),
        prefix_reason: Begins = "start",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.model = model
        self.tools = {tool.spec.name: tool for tool in sorted(tools, key=lambda tool: tool.spec.name)}
        self.recorder = recorder
        self.conversation = conversation
        self.system = system
        self.opening = tuple(opening)
        self.told = tuple(told)
        self.policy = policy = policy or Policy()
        self.inputs = Inputs(inbox, recorder)
        self.permissions = Permissions(policy, recorder, self.inputs, pending=pending, grants=grants, always=always)
        self.meter = Meter(budget or Budget(), clock, already or Spend())
        self.repetition = Repetition(WAITS)
        self.instructions = instructions
        self.ledger = ledger or Ledger()
        self.hooks = hooks
        self.redact = redact
        self.effort: Effort = effort
        self.schema = schema
        self.max_output = max_output
        self.cache_key = cache_key
        self.moved = moved
        self.lost = tuple(lost)
        self.prefix_reason: Begins = prefix_reason
        self.look = look
        self.edits: list[PersonEdited] = []
        self.begun: dict[str, bool] = {}
        self.nudges = 0
        self.told_blind = False
        self.halt = Halt()
        self.checkpoints: Checkpoints
        self._checkpoint = checkpoint
        self._bench = bench
        self._opened: Bench | None = None

    async def bench(self) -> Bench:
        """What tools work with. Raises what opening the sandbox raises."""
        if self._opened is None:
            bench = await asyncio.shield(asyncio.ensure_future(self._bench))
            self._opened = bench
            return bench
        return self._opened

    @property
    def opened(self) -> Bench | None:
        """The bench, when it is open already."""
        return self._opened

    def begin_checkpoints(self, group: asyncio.TaskGroup) -> None:
        """From here on checkpoints are taken in `group`."""
        self.checkpoints = Checkpoints(self._checkpoint or _none, self.recorder, group)
        self.recorder.watch(self.checkpoints.see)

    def put(self, source: Source, *items: Item, first: Sequence[Event] = ()) -> None:
        """Post events and items for the log and add the items to the conversation, both at once: there is no wait in between
        in which a cancellation could leave them apart. The log has them with the next flush."""
        for event in first:
            self.recorder.post(event)
        for item in items:
            self.recorder.post(ItemAdded(source=source, item=raw_item(item)))
        self.conversation.add(*items)

    async def say(self, source: Source, *items: Item, first: Sequence[Event] = ()) -> None:
        """`put`, and have it logged."""
        self.put(source, *items, first=first)
        await self.recorder.flush()

    async def tell(self, kind: str, text: str) -> None:
        """A small typed fragment to the model: something it should know that came up later."""
        await self.say("pullwright", fragment(kind, text))

    def cleaned(self, item: Item) -> Item:
        """The item without secrets: for texts of the project that no tool has read."""
        raw = self.redact(item.raw)
        return item if raw == item.raw else Item(raw)

    def notice(self, level: Literal["info", "warning", "error"], text: str) -> None:
        """Something for the reader of the log."""
        self.recorder.post(Noticed(level=level, text=text))

    def begin_prefix(self, reason: Reason) -> None:
        """Stand on a new prefix, made of what is offered now; the log says so."""
        self.conversation.begin(self.system, self.offered, model=self.model.name)
        tools = specs(self.offered)
        self.recorder.post(PrefixSent(reason=reason, model=self.model.name, instructions=self.system, tools=tools))

    @property
    def offered(self) -> tuple[ToolSpec, ...]:
        """The tools as the model is told of them, by name."""
        return tuple(tool.spec for tool in self.tools.values())


async def _none(_: Collection[str] | None) -> None:
    """No checkpoints: nothing is kept outside the sandbox."""
