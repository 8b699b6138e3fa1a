"""What a server of the Responses API is sent for an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import msgspec

from pullwright.models.model import Effort
from pullwright.models.relay.relay import OURS, Order
from pullwright.models.relay.sealing import unsealed
from pullwright.models.wires.wire import Quirks, fields_of, list_of
from pullwright.protocol.items import Item

_SEALED = "reasoning.encrypted_content"

_encode = msgspec.json.Encoder().encode


class _Thought(msgspec.Struct):
    type: str = ""
    origin: Any = None
    encrypted_content: Any = None


_thought = msgspec.json.Decoder(_Thought)


def request_for(order: Order, model: str, quirks: Quirks, effort: Effort) -> bytes:
    """The body: the client's fields as they came, ours, and `input` last. `effort` holds where the client asked for none."""
    fields = {name: value for name, value in order.fields.items() if name not in OURS}
    reasoning = fields.get("reasoning")
    if effort and (reasoning is None or (isinstance(reasoning, dict) and not fields_of(cast("object", reasoning)).get("effort"))):
        fields["reasoning"] = {**fields_of(cast("object", reasoning)), "effort": effort}
    # Reasoning that is neither kept there nor carried here would be lost between two responses of a chain.
    if quirks.reasons or fields.get("reasoning"):
        asked = fields.get("include")
        if (asked is None or isinstance(asked, list)) and _SEALED not in list_of(cast("object", asked)):
            fields["include"] = [*list_of(cast("object", asked)), _SEALED]
    return body_for({**fields, "stream": True, "store": quirks.store}, model, order.items, quirks)


def body_for(fields: dict[str, Any], model: str, items: Sequence[Item], quirks: Quirks) -> bytes:
    """A body of `fields`, the model and `input`: each item's own bytes."""
    head = _encode({"model": model, **fields})
    return b'%s,"input":[%s]}' % (head[:-1], b",".join(_readable(items, quirks)))


def _readable(items: Sequence[Item], quirks: Quirks) -> Iterator[bytes]:
    """The bytes of the items, less reasoning that means nothing there: another wire's, or neither stored nor encrypted."""
    for item in filter(None, map(unsealed, items)):
        if b'"reasoning"' in item.raw:
            thought = _thought.decode(item.raw)
            if thought.type == "reasoning" and (thought.origin or not (thought.encrypted_content or quirks.item_ids)):
                continue
        yield item.raw
