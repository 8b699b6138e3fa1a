"""What an upstream, or we, must be given back, carried by clients that keep nothing but `encrypted_content`.

    pw1.anthropic.…      a thinking block, whole, with its signature
    pw1.chat.…           reasoning as the server wrote it
    pw1.compaction.…     what stands for a conversation that was made shorter

Sealed means: opaque to clients, and opened for the wire and the provider that made it alone. It keeps nothing secret, for its
client has seen the text, and proves nothing: whoever forges one could have written the same as a message.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, Literal, cast

import msgspec

from pullwright.protocol.ids import new_id
from pullwright.protocol.items import Item, developer_message

Kind = Literal["anthropic", "chat", "compaction"]
_MARK = "pw1"
_MOST = 32 << 20
"""Bytes that a seal may open to: a small one could hold very much."""
_THOUGHTS = ("thinking", "redacted_thinking")

_encode = msgspec.json.Encoder().encode


def seal(kind: Kind, content: dict[str, Any]) -> str:
    """`content`, sealed as `kind`."""
    packed = base64.urlsafe_b64encode(zlib.compress(_encode(content), 6)).decode().rstrip("=")
    return f"{_MARK}.{kind}.{packed}"


def opened(sealed: str, kind: Kind) -> dict[str, Any] | None:
    """What was sealed as `kind`; None for what is broken, foreign or of another kind."""
    head = f"{_MARK}.{kind}."
    if not sealed.startswith(head):
        return None
    packed = sealed[len(head) :]
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True), _MOST)
        content = msgspec.json.decode(raw) if stream.eof else None
    except (ValueError, binascii.Error, zlib.error, msgspec.DecodeError, RecursionError):
        return None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else None


def seal_reasoning(wire: Literal["anthropic", "chat"], provider: str, text: str, item: Item | None) -> str | None:
    """What `wire` needs back of reasoning that said `text`; None where there is nothing, or the wire has not given the `item`."""
    if wire == "chat":
        return seal(wire, {"provider": provider, "text": text}) if text else None
    made: dict[str, Any] = msgspec.json.decode(item.raw) if item else {}
    return seal(wire, {"provider": provider, "block": made["block"]}) if made.get("origin") == wire else None


def opened_reasoning(sealed: str, wire: Literal["anthropic", "chat"], provider: str) -> Item | None:
    """The reasoning item as `wire` made it; None for one that was made elsewhere, or cannot be read."""
    content = opened(sealed, wire)
    if content is None or content.get("provider") != provider:
        return None
    made: dict[str, Any] = {"type": "reasoning", "id": new_id("rs"), "summary": [], "origin": wire}
    if wire == "chat":
        text = content.get("text")
        return Item(_encode({**made, "summary": [{"type": "summary_text", "text": text}]})) if isinstance(text, str) else None
    block = content.get("block")
    if not isinstance(block, dict) or cast("dict[str, Any]", block).get("type") not in _THOUGHTS:
        return None
    return Item(_encode({**made, "block": block}))


def compaction(text: str) -> Item:
    """The `compaction` item that stands for a conversation; `text` is what the model will be told of it."""
    return Item(_encode({"type": "compaction", "id": new_id("cmp"), "encrypted_content": seal("compaction", {"text": text})}))


def opened_compaction(sealed: str) -> Item | None:
    """The developer message that a `compaction` item of ours stands for; None for one that was made elsewhere."""
    text = (opened(sealed, "compaction") or {}).get("text")
    return developer_message(text) if isinstance(text, str) else None


def unsealed(item: Item) -> Item | None:
    """An item as a wire may have it that knows none of our seals; None for reasoning that another wire sealed."""
    if f'"{_MARK}.'.encode() not in item.raw:
        return item
    fields: dict[str, Any] = msgspec.json.decode(item.raw)
    sealed = str(fields.get("encrypted_content") or "")
    if not sealed.startswith(f"{_MARK}."):
        return item
    return opened_compaction(sealed) if fields.get("type") == "compaction" else None
