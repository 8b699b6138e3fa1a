"""Items grouped into messages, for the wires that speak in turns (Chat Completions, Anthropic).

A run of items of one side becomes one message: the model's reasoning, text and calls; or what the other side
says. A message is written when the next item cannot join it, or when the request is sent; what was written is
never touched again, so that the list only grows. (Items that could have joined a message already sent begin another
of the same role: a body that differs from that of an earlier process is possible there, and only there.)
"""

from __future__ import annotations

from typing import Literal, Protocol

from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    Message,
    Reasoning,
    Unknown,
    View,
)

Side = Literal["model", "other"]


class MessageForm(Protocol):
    """How a wire writes a run of items of one side."""

    def write(self, side: Side, run: list[Item]) -> list[bytes]:
        """The messages that say `run`, as JSON; none when nothing of it can be said here."""
        ...


def side_of(view: View) -> Side | None:
    """Whose words an item is; None for what only the Responses API understands."""
    match view:
        case Message(role="assistant") | Reasoning() | FunctionCall() | CustomCall():
            return "model"
        case Message() | FunctionOutput() | CustomOutput():
            return "other"
        case Unknown():
            return None


class Dialogue:
    """A `growing.Transcript` of messages."""

    def __init__(self, form: MessageForm) -> None:
        self._form = form
        self._side: Side | None = None
        self._run: list[Item] = []

    def add(self, item: Item) -> list[bytes]:
        """The messages that `item` completed by not joining them."""
        side = side_of(item.view)
        if side is None:
            return []
        done = self.seal() if side != self._side else []
        self._side = side
        self._run.append(item)
        return done

    def seal(self) -> list[bytes]:
        """The message under way."""
        run, self._run = self._run, []
        return self._form.write(self._side, run) if self._side and run else []


def is_from(item: Item, origin: str) -> bool:
    """Whether a reasoning item was made by the wire `origin` (the Responses API's own have no mark)."""
    return f'"origin":"{origin}"'.encode() in item.raw
