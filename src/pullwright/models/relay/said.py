"""How much an event or an item says: bytes of text, reasoning, refusal and arguments, for who must estimate tokens."""

from __future__ import annotations

import msgspec

from pullwright.models.wires.wire import fields_of, list_of
from pullwright.protocol.items import CustomCall, FunctionCall, Item, Message, Reasoning

_decode = msgspec.json.Decoder().decode


def length(raw: bytes) -> int:
    """Bytes of the text that a JSON string holds; 0 for what is no string."""
    if raw[:1] != b'"':
        return 0
    if b"\\" not in raw:
        return len(raw) - 2
    return len(str(_decode(raw)).encode())


def text_size(item: Item) -> int:
    """Bytes of the text, reasoning, refusal or arguments of an item; 0 where nobody knows how to read it."""
    try:
        view = item.view
    except (msgspec.DecodeError, RecursionError):
        return 0
    if isinstance(view, Message):
        return len(view.text.encode())
    if isinstance(view, Reasoning):
        texts = (str(fields_of(part).get("text") or "") for part in list_of(view.content))
        return len("".join((*(part.text for part in view.summary), *texts)).encode())
    if isinstance(view, FunctionCall):
        return len(view.arguments.encode())
    return len(view.input.encode()) if isinstance(view, CustomCall) else 0
