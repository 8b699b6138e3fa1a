"""The turns of a review, one for each part of its diff, all in one session and within one budget.

Each part begins a conversation of its own, by a rewind to the session's start: the diffs of all parts would not fit together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from pullwright.agent.hooks.hook import OF_TOOLS
from pullwright.attempts.review.answer import SCHEMA
from pullwright.attempts.review.sides import Sides
from pullwright.attempts.runner import Watch, run_turn
from pullwright.attempts.spec import TurnSpec
from pullwright.log.inbox import Inbox
from pullwright.log.log import Log
from pullwright.log.recorder import Recorder
from pullwright.protocol.events import Event, InputReceived, Rewound, TurnFinished, TurnStarted
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import Outcome, Succeeded
from pullwright.protocol.policy import Budget
from pullwright.protocol.usage import Spend
from pullwright.tools.redaction import Redactor

GO_ON = "Go on where you stopped."
Number = TypeVar("Number", int, float)


def as_turn(spec: TurnSpec, sides: Sides) -> TurnSpec:
    """The record of a review's turns: they answer in the schema and change nothing; what is reviewed does not instruct them.

    Of what extends an agent only the person's own hooks on tool calls count: they may say no to one.
    """
    access = "read-only" if spec.access == "workspace-write" else spec.access
    return msgspec.structs.replace(
        spec,
        mode="ask",
        access=access,
        approval="full-auto" if access == "read-only" else spec.approval,
        verify=False,
        schema=SCHEMA,
        ref=sides.ref,
        local=sides.local,
        in_place=False,
        plan=False,
        instructed=False,
        mcp=(),
        hooks=tuple(hook for hook in spec.hooks if hook.own and hook.event in OF_TOOLS),
        skills=(),
        agent=None,
        subagents=None,
    )


async def run_part(spec: TurnSpec, text: str, number: int, log: Log, inbox: Inbox, watch: Watch | None) -> Outcome:
    """One part's turn: as the log has it, taken up where it was cut off, or begun."""
    events = list(log.read())
    turns = turns_of(events)
    done = [outcome for outcome in turns if isinstance(outcome, Succeeded)]
    if len(done) >= number:
        return done[number - 1]
    text = Redactor(spec.secrets).redact(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    given = Prompt(id=f"inp_{spec.session}_part{number}", by=spec.prompt.by, text=text)
    if not any(isinstance(event, InputReceived) and event.input.id == given.id for event in events):
        if turns:
            await _afresh(log)
    elif turns[-1] is not None:  # it ended, and not well; one that was cut off is taken up: its prompt is not given twice
        given = Prompt(id=new_id("inp"), by=spec.prompt.by, text=GO_ON)
    spent = [outcome.spend for outcome in turns if outcome is not None]
    turn = msgspec.structs.replace(spec, turn=new_id("turn"), prompt=given, budget=left_of(spec.budget, spent))
    return await run_turn(turn, log, inbox, watch)


async def _afresh(log: Log) -> None:
    """Leave the conversation on earlier parts behind: a part has the whole window to itself. The log keeps all of it."""
    recorder = Recorder(log)
    await recorder.record(Rewound(to=1))
    await recorder.sync()


def turns_of(events: Iterable[Event]) -> list[Outcome | None]:
    """How each turn of a log ended; None for one that did not."""
    found: dict[str, Outcome | None] = {}
    for event in events:
        if isinstance(event, TurnStarted):
            found.setdefault(event.turn, None)
        elif isinstance(event, TurnFinished):
            found[event.turn] = event.outcome
    return list(found.values())


def left_of(budget: Budget, spent: Sequence[Spend]) -> Budget:
    """The budget of a review is one for all of its turns: what is left of it after these."""
    return msgspec.structs.replace(
        budget,
        usd=_less(budget.usd, sum(each.cost_usd for each in spent)),
        tokens=_less(budget.tokens, sum(each.usage.total for each in spent)),
        steps=_less(budget.steps, sum(each.steps for each in spent)),
        seconds=_less(budget.seconds, sum(each.seconds for each in spent)),
    )


def _less(ceiling: Number | None, used: Number) -> Number | None:
    return None if ceiling is None else max(ceiling - used, type(ceiling)(0))


def together(spends: Iterable[Spend]) -> Spend:
    """What several turns used."""
    whole = Spend()
    for each in spends:
        whole = Spend(
            usage=whole.usage.plus(each.usage),
            cost_usd=whole.cost_usd + each.cost_usd,
            unpriced=whole.unpriced + each.unpriced,
            calls=whole.calls + each.calls,
            steps=whole.steps + each.steps,
            seconds=round(whole.seconds + each.seconds, 3),
        )
    return whole
