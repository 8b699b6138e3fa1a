"""The order that wires in turns insist on: every result right after its call, instructions first, the other side last."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.models.relay.upstream import MISSING, Upstream, wrong
from pullwright.models.wires.dialogue import side_of
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    Item,
    Message,
    Reasoning,
    TextPart,
)


def paired(items: Sequence[Item]) -> list[Item]:
    """The items with results moved up to their calls, where messages stand between them.

    Raises `ChangeRequest` for a result without its call, and for a call without its result.
    """
    lines = _Lines()
    for item in items:
        lines.add(item)
    if lines.open:
        name = next(iter(lines.open))
        raise wrong("input", f"the call {name!r} has no result", "Send its output item after it, or leave the call out.", MISSING)
    return lines.done


class _Lines:
    """The items in order so far, the calls that wait for their results, and what waits for these."""

    def __init__(self) -> None:
        self.done: list[Item] = []
        self.open: set[str] = set()
        self._answering = False
        self._held: list[Item] = []

    def add(self, item: Item) -> None:
        """The next item."""
        view = item.view
        if isinstance(view, FunctionOutput | CustomOutput):
            return self._result(item, view.call_id)
        if self.open and (self._answering or side_of(view) == "other"):
            self._held.append(item)
            return None
        if isinstance(view, FunctionCall | CustomCall):
            self.open.add(view.call_id)
        self.done.append(item)
        return None

    def _result(self, item: Item, call_id: str) -> None:
        if call_id not in self.open:
            if not any(_calls(held, call_id) for held in self._held):
                fix = "Send the call before it, as it came."
                raise wrong("input", f"the result of {call_id!r} comes without its call", fix)
            self._held.append(item)
            return
        self.done.append(item)
        self.open.discard(call_id)
        self._answering = bool(self.open)
        if not self.open:
            held, self._held = self._held, []
            for waiting in held:
                self.add(waiting)


def _calls(item: Item, call_id: str) -> bool:
    view = item.view
    return isinstance(view, FunctionCall | CustomCall) and view.call_id == call_id


def arranged(items: Sequence[Item], instructions: str, upstream: Upstream) -> tuple[str, list[Item]]:
    """The instructions, and the items after them.

    What system and developer say before anybody else joins the instructions where the wire has no role for it; later it is told
    to the model as what it is. Raises `ChangeRequest` for a conversation that the wire cannot go on with.
    """
    kept = _without_loose_thoughts(items)
    if upstream.wire == "anthropic" or upstream.quirks.developer == "user":
        instructions, kept = _instructed(kept, instructions)
    if (upstream.wire == "anthropic" and not any(_says(item) for item in kept)) or not (kept or instructions):
        raise wrong("input", "there is nothing to answer", "Send a user message.", MISSING)
    last = kept[-1].view if kept else None
    if upstream.wire == "anthropic" and upstream.quirks.thinking == "adaptive" and _is_models(last):
        raise upstream.cannot("cannot go on with an assistant's message", "input", "End `input` with a user message.")
    return instructions, kept


def _is_models(view: object) -> bool:
    return isinstance(view, Message) and view.role == "assistant"


def _says(item: Item) -> bool:
    """Whether anything of an item is left where empty texts are refused."""
    view = item.view
    return not isinstance(view, Message) or _whole_text(view) is None or bool(view.text.strip())


def _without_loose_thoughts(items: Sequence[Item]) -> list[Item]:
    """Reasoning goes only with what it led to: alone it is no message."""
    kept: list[Item] = []
    follows = False
    for item in reversed(items):
        side = side_of(item.view)
        if isinstance(item.view, Reasoning) and not follows:
            continue
        follows = side == "model"
        kept.append(item)
    return kept[::-1]


def _instructed(items: list[Item], instructions: str) -> tuple[str, list[Item]]:
    leading = 0
    while leading < len(items) and _directs(items[leading]):
        leading += 1
    if leading == len(items):
        leading -= 1  # the wire wants a message: the last one becomes it
    texts = [instructions, *(_text(item) for item in items[: max(leading, 0)])]
    rest = items[max(leading, 0) :]
    whole = "\n\n".join(text for text in texts if text)
    return whole, [_told(item) if _directs(item) and len(rest) > 1 else item for item in rest]


def _directs(item: Item) -> bool:
    view = item.view
    return isinstance(view, Message) and view.role in ("system", "developer") and view.text == _whole_text(view)


def _whole_text(message: Message) -> str | None:
    """The text of a message without images and files; None for one with such."""
    if isinstance(message.content, str):
        return message.content
    return message.text if all(isinstance(part, TextPart) for part in message.content) else None


def _text(item: Item) -> str:
    view = item.view
    return view.text if isinstance(view, Message) else ""


def _told(item: Item) -> Item:
    view = item.view
    assert isinstance(view, Message)
    return Item.of(Message(role=view.role, content=f"<{view.role}>\n{view.text}\n</{view.role}>"))
