"""The agent of one turn, with everything that it works with.

agent_of(outfit)   what it reads first ─▶ tools ─▶ rules, hooks, sub-agents ─▶ Agent
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pullwright.agent.agent import Agent
from pullwright.agent.context import opening
from pullwright.agent.conversation import Conversation
from pullwright.agent.instructions import FolderReader, Instructions
from pullwright.agent.ledger import Ledger
from pullwright.agent.permissions import Policy
from pullwright.agent.prompt import system_prompt
from pullwright.agent.skills import listed
from pullwright.attempts.extending import explorers_of, hooks_of, skills_of, skills_told, tools_of
from pullwright.attempts.pairing import told
from pullwright.attempts.place import Place
from pullwright.attempts.servers import Offer
from pullwright.attempts.spec import TurnSpec
from pullwright.attempts.taking_up import Start, prefix_reason
from pullwright.attempts.workloads.templates import told as workload_told
from pullwright.log.inbox import Inbox
from pullwright.log.recorder import Recorder
from pullwright.log.replay import SessionState
from pullwright.models.model import Model, ModelRequest
from pullwright.protocol.items import Item, ToolSpec
from pullwright.protocol.policy import Access
from pullwright.tools.redaction import Redactor
from pullwright.tools.toolbox import toolbox


class Outfit(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn's agent is made of. `root` is the project's, `facts` the lines on it for the model; `fresh` says that no turn
    of this process came before (hooks hear of a session's start)."""

    spec: TurnSpec
    past: SessionState
    start: Start
    recorder: Recorder
    inbox: Inbox
    access: Access
    redactor: Redactor
    model: Model
    root: Path
    facts: str
    place: Place
    offered: Offer
    fresh: bool


async def agent_of(outfit: Outfit) -> Agent:
    """The agent, with its log, inbox, tools, rules and conversation; its first request is not made yet."""
    spec, past, model, place = outfit.spec, outfit.past, outfit.model, outfit.place
    instructions = Instructions()
    part = spec.agent.part if spec.agent else ""
    explorers = explorers_of(spec, opening(outfit.facts))
    ours = toolbox(model.family, spec.mode, answerable=spec.answerable, network_on=not spec.network.off)
    agent = Agent(
        model=model,
        tools=tools_of(spec, (*ours, *outfit.offered.tools), explorers),
        bench=place.bench,
        recorder=outfit.recorder,
        inbox=outfit.inbox,
        conversation=_conversation(model, past),
        system=system_prompt(spec.mode, model.family, pairing=spec.in_place) + part,
        opening=await _first(outfit, instructions),
        told=(
            *told(spec, outfit.access, outfit.recorder.log, fresh=outfit.fresh),
            *skills_told(spec, past.items),
            *workload_told(spec.workload, past.items),
        ),
        policy=_policy(outfit),
        budget=past.budget or spec.budget,
        already=outfit.start.already,
        checkpoint=place.checkpoint,
        look=place.look if spec.in_place else None,
        instructions=instructions if spec.instructed else None,
        redact=outfit.redactor.redact,
        pending=past.permissions.values(),
        grants=past.grants,
        always=spec.always,
        ledger=_ledger(outfit.recorder),
        hooks=hooks_of(spec, past, first=outfit.fresh),
        effort=spec.model.effort,
        schema=spec.schema,
        cache_key=spec.session,
        moved=spec.moved,
        lost=outfit.start.lost,
        prefix_reason=prefix_reason(outfit.recorder.log.read(), part),
    )
    if explorers is not None:
        explorers.serve(agent)
    return agent


async def _first(outfit: Outfit, instructions: Instructions) -> tuple[Item, ...]:
    """What the model is told before anything else; nothing where something was said already."""
    spec, past = outfit.spec, outfit.past
    if past.prefix is not None and past.items:
        return ()
    reader = FolderReader(*([outfit.root] if spec.instructed else []))
    texts = await instructions.opening(reader, user=spec.user_instructions)
    return (*opening(outfit.facts, texts), *listed(skills_of(spec)))


def _policy(outfit: Outfit) -> Policy:
    spec = outfit.spec
    return Policy(
        approval=spec.approval,
        access=outfit.access,
        answerable=spec.answerable,
        patience=spec.patience,
        asks=outfit.offered.asks,
    )


def _ledger(recorder: Recorder) -> Ledger:
    """What the session did so far, kept up to date from here on."""
    ledger = Ledger()
    for event in recorder.log.read():
        ledger.see(event)
    recorder.watch(ledger.see)
    return ledger


def _conversation(model: Model, past: SessionState) -> Conversation:
    """The conversation so far, as the log tells it."""

    def weigh(instructions: str, tools: tuple[ToolSpec, ...], items: Sequence[Item]) -> int:
        return model.count_tokens(ModelRequest(instructions=instructions, tools=tools, items=items))

    return Conversation.replayed(weigh, past.items, past.prefix)
