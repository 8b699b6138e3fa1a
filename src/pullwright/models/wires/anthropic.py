"""The Anthropic Messages wire.

Thinking blocks are kept whole (text, signature, redacted data) in reasoning items marked `"origin":"anthropic"`
and sent back as they came. Free-form tools are functions with one argument, `input`.

Cache markers never move in the bytes: one `cache_control` on the instructions, which covers the tools before them,
and the top-level `cache_control`, by which the server itself marks the last block of each request. So a body stays a
prefix of the next one. (The server looks 20 blocks back for what it cached: a step of more than about ten
parallel calls is read from the instructions' marker, once.) A server that does not know the top-level field gets the first only.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.models.model import Delta, Effort, ItemDone, ModelRequest
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.chat import is_from
from pullwright.models.wires.dialogue import Dialogue, Side
from pullwright.models.wires.growing import GrowingList
from pullwright.models.wires.schemas import description, free_text, parameters
from pullwright.models.wires.wire import Ended, Quirks, Stop, StreamFailed, fields_of
from pullwright.protocol.ids import new_id
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    ImagePart,
    Item,
    Message,
    OutputText,
    Part,
    Reasoning,
    Refusal,
)
from pullwright.protocol.usage import Usage

ORIGIN = "anthropic"
_encode = msgspec.json.Encoder().encode
_EPHEMERAL = {"type": "ephemeral"}
_STOPS: dict[str, Stop] = {
    "max_tokens": "max_output",
    "model_context_window_exceeded": "max_output",
    "refusal": "content_filter",
}
# Manual thinking wants a number of tokens where newer models take an effort.
_THINKING_TOKENS: dict[Effort, int] = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 24_000, "xhigh": 48_000}


class AnthropicWire:
    """Encodes requests and reads answers of the Messages API."""

    path = "/messages"

    def __init__(self, model: str, quirks: Quirks) -> None:
        self._model = model
        self._quirks = quirks
        self._list = GrowingList(lambda: Dialogue(_Form()))

    def encode(self, request: ModelRequest) -> bytes:
        """The body, `messages` last."""
        return self._list.body(self._head(request), request.items)

    def _head(self, request: ModelRequest) -> bytes:
        limit = request.max_output or self._quirks.max_output
        fields: dict[str, Any] = {"model": self._model, "max_tokens": limit, "stream": True}
        if self._quirks.auto_cache:
            fields["cache_control"] = _EPHEMERAL
        fields |= self._reasoning(request.effort, limit)
        if request.schema is not None:
            output = cast("dict[str, Any]", fields.setdefault("output_config", {}))
            output["format"] = {"type": "json_schema", "schema": request.schema}
        if request.tools:
            fields["tools"] = [
                {"name": tool.name, "description": description(tool), "input_schema": parameters(tool)} for tool in request.tools
            ]
        if request.instructions:
            fields["system"] = [{"type": "text", "text": request.instructions, "cache_control": _EPHEMERAL}]
        return _encode(fields)[:-1] + b',"messages":['

    def _reasoning(self, effort: Effort, limit: int) -> dict[str, Any]:
        kind = self._quirks.thinking
        if kind == "adaptive":
            # Without `display` newer models send empty thinking blocks, and nothing is seen between calls.
            thinking = {"type": "adaptive", "display": "summarized"}
            level = "low" if effort in ("none", "minimal") else effort
            return {"thinking": thinking, **({"output_config": {"effort": level}} if level else {})}
        if kind == "budget" and effort in _THINKING_TOKENS and limit > 2048:
            return {"thinking": {"type": "enabled", "budget_tokens": min(_THINKING_TOKENS[effort], limit // 2)}}
        return {}

    def decoder(self, request: ModelRequest) -> AnthropicDecoder:
        """A reader for one answer; it knows which of the tools are free-form."""
        return AnthropicDecoder(frozenset(tool.name for tool in request.tools if tool.grammar is not None))


class _Form:
    """Anthropic's messages of a run of items."""

    def write(self, side: Side, run: list[Item]) -> list[bytes]:
        blocks: list[dict[str, Any]] = []
        for item in run:
            blocks += _blocks(item)
        if not blocks:
            return []
        return [_encode({"role": "assistant" if side == "model" else "user", "content": blocks})]


def _blocks(item: Item) -> list[dict[str, Any]]:
    match item.view:
        case Message(content=str() as text):
            return _text_block(text)
        case Message(content=tuple() as parts):
            return [block for part in parts for block in _part(part)]
        case Reasoning() if is_from(item, ORIGIN):
            return [cast("dict[str, Any]", msgspec.json.decode(item.raw)["block"])]
        case FunctionCall() as call:
            return [{"type": "tool_use", "id": call.call_id, "name": call.name, "input": _arguments(call.arguments)}]
        case CustomCall() as call:
            return [{"type": "tool_use", "id": call.call_id, "name": call.name, "input": {"input": call.input}}]
        case FunctionOutput() | CustomOutput() as output:
            parts = output.output
            content = parts if isinstance(parts, str) else [block for part in parts for block in _part(part)]
            return [{"type": "tool_result", "tool_use_id": output.call_id, "content": content}]
        case _:
            return []


def _text_block(text: str) -> list[dict[str, Any]]:
    # The API refuses empty text blocks, and ones of white space alone.
    return [{"type": "text", "text": text}] if text.strip() else []


def _part(part: Part) -> list[dict[str, Any]]:
    if not isinstance(part, ImagePart):
        return _text_block(part.refusal if isinstance(part, Refusal) else part.text)
    head, comma, data = part.image_url.partition(",")
    if head.startswith("data:") and comma:
        kind = head[5:].partition(";")[0] or "image/png"
        return [{"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}]
    return [{"type": "image", "source": {"type": "url", "url": part.image_url}}]


def _arguments(text: str) -> Any:
    """A call's arguments as the object that the API wants; what the model wrote wrong is kept under a name."""
    try:
        value = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return {"invalid_json": text}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {"value": value}


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


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: _Message | None = None
    content_block: Any = None
    delta: Any = None
    usage: _Usage | None = None
    error: Any = None


_event = msgspec.json.Decoder(_Event)
_DELTAS = {
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
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed(f"an event of the stream is not what the wire promises: {error}") from None
        kind = said.type or event.name
        if kind == "content_block_start":
            self._blocks[said.index] = _Block(fields_of(said.content_block))
        elif kind == "content_block_delta":
            return self._grow(said)
        elif kind == "content_block_stop":
            block = self._blocks.pop(said.index, None)
            item = block.item(self._free_form) if block else None
            return [ItemDone(item)] if item else []
        else:
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
        return [Delta(shown, block.id, text, str(block.start.get("name") or ""))]  # type: ignore[arg-type]

    def _frame(self, kind: str, said: _Event) -> None:
        """Events about the message as a whole."""
        if kind == "message_start" and said.message:
            self._message = said.message
            self._usage = said.message.usage
        elif kind == "message_delta":
            self._stop = str(fields_of(said.delta).get("stop_reason") or self._stop)
            self._usage = _merged(self._usage, said.usage)
        elif kind == "message_stop":
            self.ended = Ended(
                stop=_STOPS.get(self._stop, "completed"),
                response_id=self._message.id or "",
                model=self._message.model or "",
                usage=_counted(self._usage),
            )
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
    return Usage(
        input=usage.input_tokens + cached + written,
        cached=cached,
        cache_written=written,
        output=usage.output_tokens or 0,
        reasoning=thought if isinstance(thought, int) else 0,
    )
