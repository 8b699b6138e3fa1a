"""What fills the context window, part by part, in estimated tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pullwright.log.replay import SessionState
from pullwright.protocol.items import CustomCall, CustomOutput, FunctionCall, FunctionOutput, Item, Message, Reasoning

BYTES_PER_TOKEN = 3.2
"""As `models.tokens` begins to count; what the provider counted scales it."""


def parts_of(state: SessionState, counted: int = 0) -> list[tuple[str, int]]:
    """Parts and their tokens, in the order of the request; scaled to the provider's count `counted` (0: not known)."""
    sizes: Counter[str] = Counter()
    if state.prefix is not None:
        sizes["system prompt"] = len(state.prefix.instructions)
        sizes["tool definitions"] = len(bytes(state.prefix.tools))
    names = _names(state.items)
    for item in state.items:
        sizes[_part(item, names)] += len(item.raw)
    whole = sum(sizes.values())
    scale = counted / whole if counted and whole else 1 / BYTES_PER_TOKEN
    return [(part, round(size * scale)) for part, size in sizes.items()]


def _names(items: Sequence[Item]) -> dict[str, str]:
    views = (item.view for item in items)
    return {view.call_id: view.name for view in views if isinstance(view, FunctionCall | CustomCall)}


def _part(item: Item, names: dict[str, str]) -> str:
    view = item.view
    if isinstance(view, FunctionOutput | CustomOutput):
        return f"results of {names.get(view.call_id, 'tools')}"
    if isinstance(view, FunctionCall | CustomCall):
        return "tool calls"
    if isinstance(view, Reasoning):
        return "reasoning"
    if isinstance(view, Message):
        return _said(view)
    return "other"


def _said(message: Message) -> str:
    if message.role == "assistant":
        return "answers"
    if message.role == "user":
        return "instructions" if message.text.startswith("<instructions") else "your messages"
    kind = message.text.partition(">")[0].removeprefix("<")
    return {"environment": "environment", "handover": "handover"}.get(kind, "notes")
