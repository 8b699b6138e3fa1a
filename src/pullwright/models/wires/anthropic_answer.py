"""An answer of Anthropic Messages, event by event.

A thinking block becomes a reasoning item that carries the whole block (text, signature, fields that we do not know), and
is marked as this wire's own, because no other provider may be sent it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pullwright.models.model import Delta, ItemDone
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.schemas import free_text
from pullwright.models.wires.wire import Ended, Stop, StreamFailed, counted, fields_of
from pullwright.protocol.ids import new_id
from pullwright.protocol.items import CustomCall, FunctionCall, Item, Message, OutputText
from pullwright.protocol.usage import Usage

ORIGIN = "anthropic"
_encode = msgspec.json.Encoder().encode
_STOPS: dict[str, Stop] = {
    "max_tokens": "max_output",
    "model_context_window_exceeded": "max_output",
    "refusal": "content_filter",
}


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: dict[str, Any] | None = None


class _Message(msgspec.Struct):
    id: str | None = ""
    model: str | None = ""
    usage: _Usage | None = None


class _Whole(_Message):
    content: list[dict[str, Any]] = []
    stop_reason: str | None = None


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: _Message | None = None
    content_block: Any = None
    delta: Any = None
    usage: _Usage | None = None
    error: Any = None


_event = msgspec.json.Decoder(_Event)
_whole = msgspec.json.Decoder(_Whole)
_DELTAS: dict[str, tuple[str, Literal["text", "reasoning", "call"]]] = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "reasoning"),
    "input_json_delta": ("partial_json", "call"),
}


class _Block:
    """A content block that is being written: as it began, and the pieces that came since."""

    def __init__(self, start: dict[str, Any]) -> None:
        self.start = start
        self.kind = str(start.get("type"))
        self.id = str(start.get("id") or new_id({"text": "msg", "tool_use": "call"}.get(self.kind, "rs")))
        self.pieces: list[str] = []
        self.signature = str(start.get("signature") or "")

    def opening(self) -> list[Delta | ItemDone]:
        """What the block says as it begins (nothing, mostly)."""
        kind = {"text": "text", "thinking": "reasoning"}.get(self.kind)
        text = str(self.start.get(self.kind) or "") if kind else ""
        return [Delta("text" if kind == "text" else "reasoning", self.id, text)] if text else []

    def item(self, free_form: frozenset[str]) -> Item | None:
        """The item that the finished block is; None for kinds that we do not know."""
        text = "".join(self.pieces)
        if self.kind == "text":
            whole = str(self.start.get("text") or "") + text
            return Item.of(Message(role="assistant", content=(OutputText(whole),), id=self.id, status="completed"))
        if self.kind == "tool_use":
            name = str(self.start.get("name"))
            arguments = text or _encode(self.start.get("input") or {}).decode()
            if name in free_form:
                return Item.of(CustomCall(call_id=self.id, name=name, input=free_text(arguments)))
            return Item.of(FunctionCall(call_id=self.id, name=name, arguments=arguments))
        if self.kind in ("thinking", "redacted_thinking"):
            return self._reasoning(str(self.start.get("thinking") or "") + text)
        return None

    def _reasoning(self, thought: str) -> Item:
        block = dict(self.start)
        if self.kind == "thinking":
            block |= {"thinking": thought, "signature": self.signature}
        summary = [{"type": "summary_text", "text": thought}] if thought else []
        return Item(_encode({"type": "reasoning", "id": self.id, "summary": summary, "origin": ORIGIN, "block": block}))


class AnthropicDecoder:
    """Reads one answer of the Messages API."""

    def __init__(self, free_form: frozenset[str]) -> None:
        self.ended: Ended | None = None
        self._free_form = free_form
        self._blocks: dict[int, _Block] = {}
        self._message = _Message()
        self._usage: _Usage | None = None
        self._stop = ""

    def feed(self, event: ServerEvent) -> list[Delta | ItemDone]:
        """What `event` says; pings and events that we do not know say nothing."""
        try:
            said = _event.decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"an event of the stream is not what the wire promises: {error}") from None
        kind = said.type or event.name
        if kind == "content_block_start":
            block = self._blocks[said.index] = _Block(fields_of(said.content_block))
            return block.opening()
        if kind == "content_block_delta":
            return self._grow(said)
        if kind == "content_block_stop":
            whole = self._blocks.pop(said.index, None)
            item = whole.item(self._free_form) if whole else None
            return [ItemDone(item)] if item else []
        if said.type == "message":
            return self._take(event.data)
        self._frame(kind, said)
        return []

    def _grow(self, said: _Event) -> list[Delta | ItemDone]:
        block, delta = self._blocks.get(said.index), fields_of(said.delta)
        kind = str(delta.get("type"))
        if block is None:
            raise Malformed(f"a piece of block {said.index} came before its beginning")
        if kind == "signature_delta":
            block.signature += str(delta.get("signature") or "")
        if kind not in _DELTAS:
            return []
        field, shown = _DELTAS[kind]
        text = str(delta.get(field) or "")
        block.pieces.append(text)
        return [Delta(shown, block.id, text, str(block.start.get("name") or ""))]

    def _take(self, data: bytes) -> list[Delta | ItemDone]:
        """A whole message in one piece: a server that does not stream."""
        try:
            message = _whole.decode(data)
        except msgspec.DecodeError as error:
            raise Malformed(f"the message is not what the wire promises: {error}") from None
        self._message, self._usage, self._stop = message, message.usage, message.stop_reason or ""
        self._end()
        items = [_Block(content).item(self._free_form) for content in message.content]
        return [ItemDone(item) for item in items if item]

    def _end(self) -> None:
        self.ended = Ended(
            stop=_STOPS.get(self._stop, "completed"),
            response_id=self._message.id or "",
            model=self._message.model or "",
            usage=_counted(self._usage),
        )

    def _frame(self, kind: str, said: _Event) -> None:
        """Events about the message as a whole."""
        if kind == "message_start" and said.message:
            self._message = said.message
            self._usage = said.message.usage
        elif kind == "message_delta":
            self._stop = str(fields_of(said.delta).get("stop_reason") or self._stop)
            self._usage = _merged(self._usage, said.usage)
        elif kind == "message_stop":
            self._end()
        elif kind == "error":
            error = fields_of(said.error)
            raise StreamFailed(str(error.get("type") or "error"), str(error.get("message") or said.error or ""))


def _merged(first: _Usage | None, last: _Usage | None) -> _Usage | None:
    """The usage of the beginning, with what the end says over it (its counts are cumulative, and may be partial)."""
    if first is None or last is None:
        return first or last
    fields = {name: getattr(last, name) for name in last.__struct_fields__}
    return msgspec.structs.replace(first, **{name: value for name, value in fields.items() if value is not None})


def _counted(usage: _Usage | None) -> Usage | None:
    """In the Responses API's counting: input includes what was read from and written to the cache."""
    if usage is None or usage.input_tokens is None:
        return None
    cached, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    thought = (usage.output_tokens_details or {}).get("thinking_tokens")
    return counted(
        Usage(
            input=usage.input_tokens + cached + written,
            cached=cached,
            cache_written=written,
            output=usage.output_tokens or 0,
            reasoning=thought if isinstance(thought, int) else 0,
        )
    )
