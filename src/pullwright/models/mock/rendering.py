"""What the three renderings have in common: an answer about to be told, and frames of an event stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pullwright.models.mock.script import Answer
from pullwright.protocol.usage import Usage

PIECE = 4000

encode = msgspec.json.Encoder().encode


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, the number of its request, what was asked, and the usage to tell (None: tell none)."""

    answer: Answer
    number: int
    request: Mapping[str, Any]
    usage: Usage | None

    @property
    def model(self) -> str:
        """The model's name, as it was asked for."""
        return str(self.request.get("model", "scripted"))

    def call_id(self, index: int) -> str:
        """The id of the answer's call number `index`."""
        return self.answer.calls[index].call_id or f"call_{self.number:04d}_{index}"


def frame(event: Mapping[str, Any], name: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + encode(event) + b"\n\n"


def pieces(text: str, size: int = 0) -> Iterator[str]:
    """`text` in pieces of `size` characters, as a model streams it; without a size two at least, where there is enough."""
    size = size or min(PIECE, max(len(text) // 2, 1))
    for start in range(0, len(text), size):
        yield text[start : start + size]
