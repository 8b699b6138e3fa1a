"""A conversation that grew too long: old tool outputs are masked, and if that is not enough, it is summarised.

    [opening][prompts, old steps ………………………………][last steps]     tokens >= limit, before any model call
    masked      [opening][prompts, old steps, outputs cut ][last steps]
    summarised  [opening][prompts][handover               ][last steps]

The limit counts tool schemas and leaves room for the answer. A call is never parted from its result, nor a
response in the middle. What comes out is smaller, or the turn stops and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pullwright.agent import handover
from pullwright.agent.context import fragment
from pullwright.agent.endings import Stuck, TurnEnded
from pullwright.agent.instructions import is_instructions
from pullwright.agent.streaming import call, called, request_of
from pullwright.protocol.errors import ContextTooLong
from pullwright.protocol.events import Compacted, raw_item
from pullwright.protocol.inputs import Compact
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    Message,
    TextPart,
    developer_message,
    user_message,
)
from pullwright.protocol.live import Progress

if TYPE_CHECKING:
    from pullwright.agent.agent import Agent

FULL = 0.9
"""The share of the usable window at which it happens."""
ENOUGH = 0.6
"""The share of the limit under which masking alone is enough."""
MOST_LEFT = 0.8
"""The share of the limit that a summarised conversation may have at most."""
TAIL, PROMPTS, HANDOVER = 0.2, 0.2, 0.15
"""Shares of the limit: last steps kept whole, the person's messages, the handover."""
RESERVE = 32_000
"""Tokens left for the answer, at most a quarter of the window."""
_ASIDE = "shortening the conversation"
MASKED_FROM = 800
"""Outputs of fewer bytes are not worth masking."""


def limit(agent: Agent) -> int:
    """The size at which the conversation is compacted, in tokens."""
    window = agent.model.window
    return int((window - min(agent.max_output or RESERVE, window // 4)) * FULL)


async def make_room(agent: Agent) -> None:
    """Before a model call: compact when the conversation has grown to the limit. Raises `TurnEnded(Stuck)`."""
    if agent.conversation.tokens >= limit(agent):
        await compact(agent)


async def compact(agent: Agent, *, asked: Compact | None = None, must: bool = False) -> None:
    """Shorten the conversation. `must`: the provider refused its size, whatever we counted. `asked`: a person wants it.

    Raises `TurnEnded(Stuck)` when it cannot be made to fit; what only a person wanted shorter then stays as it is.
    """
    focus = asked.focus if asked else ""
    if agent.hooks is not None:
        focus = "\n".join(filter(None, (focus, await agent.hooks.focus(agent, "manual" if asked else "auto"))))
    must = must or asked is not None
    conversation = agent.conversation
    items = conversation.items
    before = conversation.weigh(items, prefix=True)
    most = min(limit(agent), before) if must else limit(agent)
    masked = mask(items, tail_of(agent, items, int(most * TAIL)))
    after = conversation.weigh(masked, prefix=True)
    if not must and after <= most * ENOUGH and after < before:
        return await _replace(agent, "masked", masked, before, after)
    if after < before and (must or conversation.tokens > agent.model.window * FULL):
        await _replace(agent, "masked", masked, before, after)
        before = after
    summary = await _summary(agent, focus)
    for shares in (1.0, 0.4, 0.0):
        rebuilt = _rebuilt(agent, items if shares == 1 else masked, summary, most, shares)
        after = conversation.weigh(rebuilt, prefix=True)
        if after < before and after <= most * MOST_LEFT:
            return await _replace(agent, "summarised", rebuilt, before, after)
    agent.begin_prefix("compaction")
    if asked is not None and before < limit(agent):
        return agent.notice("info", "the conversation could not be made shorter; it goes on as it is")
    raise TurnEnded(
        Stuck(
            f"the conversation does not fit the model's window of {agent.model.window:,} tokens, even summarised ({after:,})",
            fix="start a new session with a smaller task, or choose a model with a larger window",
        )
    )


async def _replace(agent: Agent, how: Literal["masked", "summarised"], items: Sequence[Item], before: int, after: int) -> None:
    agent.conversation.rebuild(items)
    raws = tuple(raw_item(item) for item in items)
    agent.recorder.post(Compacted(how=how, tokens_before=before, tokens_after=after, items=raws))
    agent.begin_prefix("compaction")
    await agent.recorder.flush()


def mask(items: Sequence[Item], until: int) -> list[Item]:
    """The items with the tool outputs before index `until` cut to their ends; images in them go."""
    return [_masked(item) if index < until else item for index, item in enumerate(items)]


def _masked(item: Item) -> Item:
    if len(item.raw) < MASKED_FROM or b'_output"' not in item.raw[:60]:
        return item
    view = item.view
    if not isinstance(view, FunctionOutput | CustomOutput):
        return item
    texts = [view.output] if isinstance(view.output, str) else [part.text for part in view.output if isinstance(part, TextPart)]
    text = "\n".join(texts)
    left_out = f"[… {max(0, len(text) - 300)} characters left out to save room; call again if you need them …]"
    cut = f"{text[:200]}\n{left_out}\n{text[-100:]}"
    return Item.of(type(view)(call_id=view.call_id, output=cut)) if len(cut) < len(item.raw) else item


def tail_of(agent: Agent, items: Sequence[Item], tokens: int) -> int:
    """The index from which at most `tokens` of whole steps follow; `len(items)` when not even one fits."""
    start, weight, low = len(items), 0, len(items)
    edges = step_edges(items)
    for edge in reversed(edges):
        weight += agent.conversation.weigh(items[edge:low])
        low = edge
        if weight > tokens:
            break
        start = edge
    return start


def step_edges(items: Sequence[Item]) -> list[int]:
    """Where the conversation may be parted: no call is open, and what comes before is not the model's."""
    edges: list[int] = []
    waiting, models = 0, False
    for index, item in enumerate(items):
        if waiting <= 0 and not models:
            edges.append(index)
        view = item.view
        if isinstance(view, FunctionCall | CustomCall):
            waiting, models = waiting + 1, True
        elif isinstance(view, FunctionOutput | CustomOutput):
            waiting, models = waiting - 1, False
        else:
            models = not isinstance(view, Message) or view.role == "assistant"
    return edges


def _rebuilt(agent: Agent, items: Sequence[Item], summary: handover.Handover, most: int, shares: float) -> list[Item]:
    """Opening, the person's messages, handover, last steps; `shares` scales how much of messages and steps is kept."""
    tail = tail_of(agent, items, int(most * TAIL * shares))
    kept = _prompts(agent, items[:tail], int(most * PROMPTS * max(shares, 0.2)))
    read_files = agent.opened.files if agent.opened is not None else ()
    text = handover.written(summary, agent.ledger, read_files)
    most_text = int(most * HANDOVER * max(shares, 0.3)) * 3
    if len(text) > most_text:
        text = f"{text[:most_text]}\n[cut: {len(text) - most_text} characters]"
    return [*kept, fragment("handover", text), *items[tail:]]


def _prompts(agent: Agent, items: Sequence[Item], tokens: int) -> list[Item]:
    """Environment and instructions, and what the person wrote within `tokens`: the first prompt, which says what all is about,
    then the newest; each at most half of it."""
    half = tokens // 2
    first = next((index for index, item in enumerate(items) if _is_persons(item)), None)
    if first is not None:
        tokens -= agent.conversation.weigh((_shortened(agent, items[first], half),))
    kept: list[Item] = []
    for index, item in reversed(list(enumerate(items))):
        view = item.view
        if isinstance(view, Message) and is_standing(view):
            kept.append(item)
        elif index == first:
            kept.append(_shortened(agent, item, half))
        elif _is_persons(item) and tokens > 0:
            prompt = _shortened(agent, item, half)
            tokens -= agent.conversation.weigh((prompt,))
            kept.append(prompt)
    return kept[::-1]


def _is_persons(item: Item) -> bool:
    view = item.view
    return isinstance(view, Message) and view.role == "user" and not is_standing(view)


def is_standing(message: Message) -> bool:
    """Whether a message holds for the whole session: the environment, and instructions of the person or the project."""
    text = message.text
    if message.role == "user":
        return is_instructions(text)
    return message.role == "developer" and text.startswith(("<environment>", "<skills>"))


def _shortened(agent: Agent, item: Item, tokens: int) -> Item:
    if agent.conversation.weigh((item,)) <= tokens:
        return item
    assert isinstance(item.view, Message)
    text = item.view.text
    half = max(200, tokens)
    return user_message(f"{text[:half]}\n[… {max(0, len(text) - 2 * half)} characters left out …]\n{text[-half:]}")


async def _summary(agent: Agent, focus: str) -> handover.Handover:
    """The model's own handover, asked for on the conversation as it stands. When it gives none, the log has to do."""
    if agent.schema is not None:  # it stands before the conversation, and is not what the handover is asked in
        await _announce(agent)
    text = await _asked(agent, agent.conversation.items, focus)
    if text is None:
        await _announce(agent)
        text = await _asked(agent, agent.conversation.items[_half(agent.conversation.items) :], focus)
    if text and text.strip():
        return handover.read(text)
    agent.notice("warning", "the model gave no summary; the conversation goes on from what the log recorded")
    return handover.Handover()


async def _announce(agent: Agent) -> None:
    agent.begin_prefix("compaction")
    await agent.recorder.flush()


async def _asked(agent: Agent, items: Sequence[Item], focus: str) -> str | None:
    """The model's answer to the request for a handover; None when even that does not fit."""
    wanted = f"{handover.REQUEST}\nThe person wants this kept above all: {focus}" if focus else handover.REQUEST
    try:
        agent.recorder.show(Progress(_ASIDE))
        answer = await call(agent, request_of(agent, [*items, developer_message(wanted)], schema=False), aside=_ASIDE)
    except ContextTooLong:
        return None
    except BaseException:
        agent.begin_prefix("compaction")  # the next request does not go on from the one that was just sent
        raise
    if answer.finished is not None:
        await agent.recorder.record(called(agent, answer.finished))
    views = [item.view for item in answer.items]
    return "".join(view.text for view in views if isinstance(view, Message))


def _half(items: Sequence[Item]) -> int:
    """An edge near the middle."""
    edges = step_edges(items)
    return next((edge for edge in edges if edge >= len(items) // 2), len(items))
