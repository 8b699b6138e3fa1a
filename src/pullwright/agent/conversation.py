"""The conversation of a session as the model gets it: a prefix, and items that are only ever added.

    instructions ─┐
    tools        ─┴─ the prefix: made once, sent again byte for byte
    items         ── append-only; `rebuild` (compaction) is the one way to shorten them

Each item keeps its JSON bytes, so a wire encodes it once. A new prefix starts only by `begin`, and whoever
calls it logs `PrefixSent` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from pullwright.protocol.events import PrefixSent
from pullwright.protocol.items import (
    Call,
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    ToolSpec,
)
from pullwright.protocol.usage import Usage

Weigh = Callable[[str, tuple[ToolSpec, ...], Sequence[Item]], int]
"""Estimated tokens of instructions, tools and items: `Model.count_tokens`."""


class Conversation:
    """Prefix and items, with the calls that have no result yet and the size in tokens, both kept as it grows.

    `tokens` is what the provider counted last, plus an estimate of what came since: no step counts the history again.
    """

    def __init__(self, weigh: Weigh) -> None:
        self._weigh = weigh
        self.model = ""
        self.instructions = ""
        self.tools: tuple[ToolSpec, ...] = ()
        self.items: list[Item] = []
        self.open: list[Call] = []
        self._counted = 0
        self._since = 0

    @classmethod
    def replayed(cls, weigh: Weigh, items: Iterable[Item], prefix: PrefixSent | None) -> Conversation:
        """The conversation as a log tells it (`SessionState.items` and `.prefix`)."""
        conversation = cls(weigh)
        if prefix is not None:
            conversation.begin(prefix.instructions, specs_of(prefix.tools), model=prefix.model)
        conversation.add(*items)
        return conversation

    @property
    def begun(self) -> bool:
        """Whether there is a prefix yet."""
        return bool(self.instructions)

    @property
    def tokens(self) -> int:
        """The size of the next request, tool schemas included."""
        return self._counted + self._since

    def begin(self, instructions: str, tools: tuple[ToolSpec, ...], *, model: str) -> None:
        """Stand on a new prefix, made for `model`; the items stay."""
        self.instructions, self.tools, self.model = instructions, tools, model
        self._recount()

    def add(self, *items: Item) -> None:
        """Append items. A result closes the oldest open call with its id."""
        for item in items:
            self.items.append(item)
            self._track(item)
        if items:
            self._since += self._weigh("", (), items)

    def rebuild(self, items: Sequence[Item]) -> None:
        """Replace all items with a shorter conversation."""
        self.items, self.open = list(items), []
        for item in self.items:
            self._track(item)
        self._recount()

    def counted(self, usage: Usage) -> None:
        """The provider counted the last request, and `usage.output` is what it answered; both are in `items` now."""
        if usage.input > 0 and not usage.estimated:
            self._counted, self._since = usage.input + usage.output, 0

    def weigh(self, items: Sequence[Item], *, prefix: bool = False) -> int:
        """Estimated tokens of some items, alone or with the prefix."""
        if prefix:
            return self._weigh(self.instructions, self.tools, items)
        return self._weigh("", (), items) if items else 0

    def _recount(self) -> None:
        self._counted, self._since = 0, self._weigh(self.instructions, self.tools, self.items)

    def _track(self, item: Item) -> None:
        view = item.view
        if isinstance(view, FunctionCall | CustomCall):
            self.open.append(view)
        elif isinstance(view, FunctionOutput | CustomOutput):
            for index, call in enumerate(self.open):
                if call.call_id == view.call_id:
                    del self.open[index]
                    break


def specs(tools: Sequence[ToolSpec]) -> msgspec.Raw:
    """Tool schemas as the log keeps them."""
    return msgspec.Raw(msgspec.json.encode(list(tools)))


def specs_of(raw: msgspec.Raw | bytes) -> tuple[ToolSpec, ...]:
    """Tool schemas out of the log."""
    data = bytes(raw)
    return msgspec.json.decode(data, type=tuple[ToolSpec, ...]) if data else ()
