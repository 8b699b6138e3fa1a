"""What a mock server gave out before the connection ended: the bill that its client's books must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from pullwright.models.sse import EventParser
from pullwright.models.wires.wire import fields_of, list_of
from pullwright.protocol.usage import Usage

_decode = msgspec.json.Decoder().decode


class Delivered:
    """One model call that was answered. `sent` grows with each piece of the body that was handed to the connection.

    `request` is what was asked, `path` where; `usage` what the answer costs as a whole, whether or not that is told. `whole` is
    true once the body was handed over to its end.
    """

    def __init__(self, path: str, request: Mapping[str, Any], usage: Usage, body: Callable[[], Iterator[bytes]]) -> None:
        self.path = path
        self.request = request
        self.usage = usage
        self.sent = 0
        self.whole = False
        self._body = body

    @property
    def input(self) -> int:
        """Tokens that were read: all of the request's."""
        return self.usage.input

    @property
    def said(self) -> int:
        """Bytes of text, reasoning and arguments that were handed over."""
        return said_in(b"".join(self._body())[: self.sent])

    @property
    def output(self) -> int:
        """Tokens that were handed over: the usage's, or as great a part of them as of the text."""
        if self.whole:
            return self.usage.output
        everything = said_in(b"".join(self._body()))
        return round(self.usage.output * self.said / everything) if everything else 0


def said_in(body: bytes) -> int:
    """Bytes of text in the deltas of an event stream, of whichever wire."""
    texts: list[str] = []
    for event in EventParser().feed(body):
        try:
            texts += _texts(fields_of(_decode(event.data)))
        except msgspec.DecodeError:
            continue
    return len("".join(texts).encode())


def _texts(event: Mapping[str, Any]) -> Iterator[str]:
    delta = event.get("delta")
    if isinstance(delta, str):
        yield delta
    yield from (str(fields_of(delta).get(name) or "") for name in ("text", "thinking", "partial_json"))
    for choice in list_of(event.get("choices")):
        piece = fields_of(fields_of(choice).get("delta"))
        yield from (str(piece.get(name) or "") for name in ("content", "reasoning_content", "refusal"))
        calls = (fields_of(fields_of(call).get("function")) for call in list_of(piece.get("tool_calls")))
        yield from (str(call.get("arguments") or "") for call in calls)
