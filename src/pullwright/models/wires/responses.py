"""The Responses wire: items go out as they are, and come in as they are.

Source of the shapes: OpenAI's Responses API; tolerated on the way in: servers that send no `output_item.done`
(the final response's output is taken), flat and nested `error` events, usage left out.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

from pullwright.models.model import Delta, ItemDone, ModelRequest
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.growing import GrowingList
from pullwright.models.wires.schemas import strict
from pullwright.models.wires.wire import Ended, Quirks, Stop, StreamFailed, counted, fields_of
from pullwright.protocol.items import Item, ToolSpec
from pullwright.protocol.usage import Usage

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

_DELTAS: dict[str, Literal["text", "reasoning", "call"]] = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "text",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_text.delta": "reasoning",
    "response.function_call_arguments.delta": "call",
    "response.custom_tool_call_input.delta": "call",
}
_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


class ResponsesWire:
    """Encodes requests and reads answers of the Responses API."""

    path = "/responses"

    def __init__(self, model: str, quirks: Quirks) -> None:
        self._model = model
        self._quirks = quirks
        self._list = GrowingList(lambda: _Items(quirks))

    def encode(self, request: ModelRequest) -> bytes:
        """The body, `input` last."""
        return self._list.body(self._head(request), request.items)

    def _head(self, request: ModelRequest) -> bytes:
        quirks = self._quirks
        fields: dict[str, Any] = {"model": self._model, "stream": True, "store": quirks.store}
        if quirks.reasons or request.effort:
            fields["include"] = ["reasoning.encrypted_content"]
            effort = {"effort": request.effort} if request.effort else {}
            fields["reasoning"] = {**effort, "summary": "auto"}
        if request.cache_key and quirks.cache_key:
            fields["prompt_cache_key"] = request.cache_key
        if request.max_output:
            fields["max_output_tokens"] = request.max_output
        if request.schema is not None:
            form = {"type": "json_schema", "name": "answer", "schema": request.schema, "strict": strict(request.schema)}
            fields["text"] = {"format": form}
        if request.tools:
            fields["parallel_tool_calls"] = True
        fields["instructions"] = request.instructions
        if request.tools:
            fields["tools"] = [_tool(tool) for tool in request.tools]
        return _encode(fields)[:-1] + b',"input":['

    def decoder(self, request: ModelRequest) -> ResponsesDecoder:
        """A reader for one answer."""
        return ResponsesDecoder()


def _tool(tool: ToolSpec) -> dict[str, Any]:
    if tool.grammar is not None:
        form = {"type": "grammar", "syntax": tool.syntax, "definition": tool.grammar} if tool.grammar else {"type": "text"}
        return {"type": "custom", "name": tool.name, "description": tool.description, "format": form}
    # `strict` is on unless it is turned off here, and would refuse schemas with optional arguments.
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "strict": tool.strict,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }


class _Items:
    """Items as `input` elements: their own bytes, less what this provider must not see."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks

    def add(self, item: Item) -> list[bytes]:
        kept = self._quirks.item_ids
        if kept and b'"origin"' not in item.raw:
            return [item.raw]
        fields = cast("dict[str, Any]", _decode(item.raw))
        if fields.get("type") == "reasoning":
            # Reasoning that another wire made, or that the provider neither stores nor encrypted, means nothing here.
            if "origin" in fields or not (kept or fields.get("encrypted_content")):
                return []
            if not fields.get("content"):
                fields.pop("content", None)
        if not kept:
            # Ids of answers that were not stored are looked up by the server, and not found.
            fields.pop("id", None)
            fields.pop("status", None)
        return [_encode(fields)]

    def seal(self) -> list[bytes]:
        return []


class _Event(msgspec.Struct):
    type: str = ""
    item: msgspec.Raw = msgspec.Raw()
    item_id: str | None = None
    output_index: int | None = None
    delta: Any = None
    response: msgspec.Raw = msgspec.Raw()
    error: Any = None
    code: Any = None
    message: Any = None


class _Reason(msgspec.Struct):
    reason: str | None = None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None


class _Response(msgspec.Struct):
    id: str | None = ""
    model: str | None = ""
    status: str | None = ""
    output: list[msgspec.Raw] | None = None
    error: Any = None
    incomplete_details: _Reason | None = None
    usage: _Usage | None = None


class _Named(msgspec.Struct):
    id: str | None = None
    name: str | None = None


_event = msgspec.json.Decoder(_Event)
_response = msgspec.json.Decoder(_Response)
_named = msgspec.json.Decoder(_Named)


class ResponsesDecoder:
    """Reads one answer of the Responses API."""

    def __init__(self) -> None:
        self.ended: Ended | None = None
        self._done: set[int] = set()
        self._names: dict[str, str] = {}

    def feed(self, event: ServerEvent) -> list[Delta | ItemDone]:
        """What `event` says; events that we do not know say nothing."""
        if event.data == b"[DONE]":
            return []
        try:
            said = _event.decode(event.data)
            return self._read(said, said.type or event.name)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"an event of the stream is not what the wire promises: {error}") from None

    def _read(self, said: _Event, kind: str) -> list[Delta | ItemDone]:
        place = said.item_id or str(said.output_index or 0)
        if kind in _DELTAS:
            return [Delta(_DELTAS[kind], place, str(said.delta or ""), self._names.get(place, ""))]
        if kind == "response.output_item.added" and said.item:
            named = _named.decode(said.item)
            if named.name:
                self._names[named.id or place] = self._names[str(said.output_index or 0)] = named.name
        elif kind == "response.output_item.done" and said.item:
            self._done.add(said.output_index if said.output_index is not None else len(self._done))
            return [ItemDone(_item(said.item))]
        elif kind in _ENDS:
            return self._end(_response.decode(said.response))
        elif kind == "error":
            nested = fields_of(said.error)
            code = nested.get("code") or nested.get("type") or said.code
            raise StreamFailed(str(code or "error"), str(nested.get("message") or said.message or said.error or ""))
        return []

    def _end(self, response: _Response) -> list[Delta | ItemDone]:
        if response.status in ("failed", "cancelled") or (response.error and response.status != "incomplete"):
            error = fields_of(response.error)
            raise StreamFailed(str(error.get("code") or response.status), str(error.get("message") or response.error or ""))
        missed = [raw for index, raw in enumerate(response.output or []) if index not in self._done] if not self._done else []
        reason = response.incomplete_details.reason if response.incomplete_details else None
        stop: Stop = (
            "content_filter" if reason == "content_filter" else "max_output" if response.status == "incomplete" else "completed"
        )
        self.ended = Ended(stop=stop, response_id=response.id or "", model=response.model or "", usage=_usage(response.usage))
        return [ItemDone(_item(raw)) for raw in missed]


def _item(raw: msgspec.Raw) -> Item:
    item = Item(bytes(raw))
    _ = item.view  # an item that cannot be read must break the answer here, not later in the loop
    return item


def usage_of(value: object) -> Usage | None:
    """The usage that a response's `usage` tells; None where it tells none."""
    try:
        return _usage(msgspec.convert(value, _Usage | None))
    except msgspec.ValidationError:
        return None


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None or usage.input_tokens is None:
        return None
    read, wrote = usage.input_tokens_details or _Details(), usage.output_tokens_details or _Details()
    return counted(
        Usage(
            input=usage.input_tokens,
            cached=read.cached_tokens or 0,
            cache_written=read.cache_write_tokens or 0,
            output=usage.output_tokens or 0,
            reasoning=wrote.reasoning_tokens or 0,
        )
    )
