"""What all events of a session together say: a pure fold, the same for a live session and for a resumed one."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import Self

import msgspec

from pullwright.log.detached import attach, restored
from pullwright.log.log import Artifacts
from pullwright.protocol.events import (
    ChangeMade,
    Checkpointed,
    Compacted,
    Event,
    InputReceived,
    ItemAdded,
    ModelCalled,
    PermissionAnswered,
    PermissionAsked,
    PersonEdited,
    PlanStep,
    PlanUpdated,
    PrefixSent,
    Rewound,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
)
from pullwright.protocol.inputs import Input, RaiseBudget
from pullwright.protocol.items import Call, CustomCall, CustomOutput, FunctionCall, FunctionOutput, Item
from pullwright.protocol.outcomes import ChangeSummary, NeedsInput, Outcome
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend


class Position(msgspec.Struct, frozen=True):
    """What a rewind brings back: the conversation, the plan and the files' tree, after event `seq`."""

    seq: int = 0
    items: tuple[Item, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    tree: str = ""


class SessionState:
    """A session as it now stands. `apply` takes the next event; nothing else changes it.

    `items` is the conversation, images whole; `tree` the last checkpoint; `spend` what all turns used,
    `turn_spend` the last one, `budget` what that one's ceilings were raised to. `permissions` are open questions
    by id, `grants` what was allowed for the session. `running` are tool calls that started and did not finish;
    `unkept` those of the open turn that finished, could change files, and have no checkpoint after them.
    `outcome` is the last turn's, None while one is open.
    """

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._marks: list[_Mark] = []
        self._last: _Link | None = None
        self._items: list[Item] = []
        self.seq = 0
        self.started: SessionStarted | None = None
        self.turn: TurnStarted | None = None
        self.prefix: PrefixSent | None = None
        self.plan: tuple[PlanStep, ...] = ()
        self.tree = ""
        self.step = 0
        self.spend = Spend()
        self.turn_spend = Spend()
        self.budget: Budget | None = None
        self.inputs: dict[str, Input] = {}
        self.permissions: dict[str, PermissionAsked] = {}
        self.grants: list[PermissionAsked] = []
        self.running: dict[str, ToolStarted] = {}
        self.unkept: dict[str, ToolStarted] = {}
        self.change: ChangeSummary | None = None
        self.outcome: Outcome | None = None
        self._asked: dict[str, PermissionAsked] = {}
        self._before = Spend()
        self._clock = 0.0

    @classmethod
    def of(cls, events: Iterable[Event], artifacts: Artifacts) -> Self:
        """The state after `events`."""
        state = cls(artifacts)
        for event in events:
            state.apply(event)
        return state

    @property
    def items(self) -> list[Item]:
        """The conversation as the model will be sent it; append-only between compactions and rewinds."""
        return self._items

    @property
    def open(self) -> bool:
        """Whether a turn began and did not finish."""
        return self.turn is not None and self.outcome is None

    def unanswered(self) -> list[Call]:
        """Tool calls in the conversation that have no result, oldest first."""
        calls: dict[str, Call] = {}
        for item in self._items:
            view = item.view
            if isinstance(view, FunctionCall | CustomCall):
                calls[view.call_id] = view
            elif isinstance(view, FunctionOutput | CustomOutput):
                calls.pop(view.call_id, None)
        return list(calls.values())

    def apply(self, event: Event) -> None:
        """Take the next event."""
        self.seq = event.seq
        self.step = event.step or self.step
        self._measure(event)
        self._converse(event)
        self._permit(event)
        match event:
            case SessionStarted():
                self.started = event
            case TurnStarted():
                if self.turn is None or event.turn != self.turn.turn:
                    self.budget = None  # raised ceilings are the turn's that they were raised for
                    self.unkept.clear()
                self.turn, self.outcome, self.step = event, None, 0
            case TurnFinished():
                self._finish(event)
            case InputReceived():
                self._receive(event)
            case PrefixSent():
                self.prefix = event
            case ToolStarted():
                self.running[event.call_id] = event
            case ToolFinished():
                self._finish_call(event)
            case Checkpointed():
                self.unkept = {call: one for call, one in self.unkept.items() if one.step > event.step}
            case Rewound():
                self.unkept.clear()
            case ChangeMade():
                self.change = event.change
            case _:
                pass

    def _receive(self, event: InputReceived) -> None:
        given = msgspec.json.decode(attach(msgspec.json.encode(event.input), self._artifacts), type=Input)
        self.inputs[given.id] = given
        if isinstance(given, RaiseBudget):
            self.budget = given.budget

    def _finish_call(self, event: ToolFinished) -> None:
        started = self.running.pop(event.call_id, None)
        if started is not None and started.effect in ("edit", "execute"):
            self.unkept[event.call_id] = started

    def _finish(self, event: TurnFinished) -> None:
        self.outcome = event.outcome
        self.running.clear()
        self.unkept.clear()
        if not isinstance(event.outcome, NeedsInput):
            self.permissions.clear()

    def _measure(self, event: Event) -> None:
        """Spend: calls and money of each model call, steps as they are numbered, seconds between a turn's events."""
        if isinstance(event, TurnStarted):
            self._clock = event.time
            if self.turn is None or event.turn != self.turn.turn:  # else the same turn, resumed after a break
                self._before, self.turn_spend = self.spend, Spend()
        if not self.open and not isinstance(event, TurnStarted):
            return
        spend = self.turn_spend
        if isinstance(event, ModelCalled):
            spend = spend.plus_call(event.usage, event.cost_usd)
        self.turn_spend = msgspec.structs.replace(
            spend, steps=max(spend.steps, event.step), seconds=spend.seconds + max(0.0, event.time - self._clock)
        )
        self._clock = max(self._clock, event.time)
        self.spend = total((self._before, self.turn_spend))

    def _permit(self, event: Event) -> None:
        if isinstance(event, PermissionAsked):
            self.permissions[event.id] = self._asked[event.id] = event
        elif isinstance(event, PermissionAnswered):
            self.permissions.pop(event.id, None)
            if event.verdict in {"session", "always"} and event.id in self._asked:
                self.grants.append(self._asked[event.id])

    # --- what a rewind can bring back -------------------------------------------------------------

    def _converse(self, event: Event) -> None:
        match event:
            case ItemAdded():
                self._add(restored(event.item, self._artifacts))
            case Compacted():
                self._items, self._last = [], None
                for raw in event.items:
                    self._add(restored(raw, self._artifacts))
            case PlanUpdated():
                self.plan = event.plan
            case Checkpointed() | PersonEdited():
                self.tree = event.tree
            case Rewound():
                then = self._mark(min(event.to, event.seq - 1))
                self._last, self.plan, self.tree = then.last, then.plan, event.checkpoint or then.tree
                self._items = _chain(then.last)
            case _:
                return
        self._marks.append(_Mark(event.seq, self._last, self.plan, self.tree))

    def _add(self, item: Item) -> None:
        self._last = _Link(item, self._last)
        self._items.append(item)

    def _mark(self, seq: int) -> _Mark:
        found = bisect.bisect_right(self._marks, seq, key=lambda mark: mark.seq)
        return self._marks[found - 1] if found else _Mark(seq, None, (), "")

    def position(self, seq: int) -> Position:
        """Conversation, plan and tree as they were after event `seq` (rewinds before it counted in)."""
        then = self._mark(seq)
        return Position(seq, tuple(_chain(then.last)), then.plan, then.tree)


class _Link(msgspec.Struct, frozen=True):
    """An item and what came before it: conversations that were left behind share what they have in common."""

    item: Item
    before: _Link | None


class _Mark(msgspec.Struct, frozen=True):
    """How conversation, plan and tree stood after event `seq`."""

    seq: int
    last: _Link | None
    plan: tuple[PlanStep, ...]
    tree: str


def _chain(last: _Link | None) -> list[Item]:
    items: list[Item] = []
    while last is not None:
        items.append(last.item)
        last = last.before
    items.reverse()
    return items


def total(spends: Iterable[Spend]) -> Spend:
    """What several turns used together."""
    whole = Spend()
    for spend in spends:
        whole = Spend(
            usage=whole.usage.plus(spend.usage),
            cost_usd=whole.cost_usd + spend.cost_usd,
            unpriced=whole.unpriced + spend.unpriced,
            calls=whole.calls + spend.calls,
            steps=whole.steps + spend.steps,
            seconds=whole.seconds + spend.seconds,
        )
    return whole
