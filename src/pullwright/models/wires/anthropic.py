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

from pullwright.models.model import AskedEffort, ModelRequest
from pullwright.models.wires.anthropic_answer import ORIGIN, AnthropicDecoder
from pullwright.models.wires.dialogue import Dialogue, Side, is_from
from pullwright.models.wires.growing import GrowingList
from pullwright.models.wires.schemas import description, parameters
from pullwright.models.wires.wire import Quirks
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FilePart,
    FunctionCall,
    FunctionOutput,
    ImagePart,
    Item,
    Message,
    Part,
    Reasoning,
    Refusal,
    ToolSpec,
)

_encode = msgspec.json.Encoder().encode
_EPHEMERAL = {"type": "ephemeral"}
# Manual thinking wants a number of tokens where newer models take an effort.
_THINKING_TOKENS: dict[AskedEffort, int] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 24_000,
    "xhigh": 48_000,
    "max": 60_000,
}


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
        fields |= self._reasoning(request, limit)
        if request.schema is not None:
            output = cast("dict[str, Any]", fields.setdefault("output_config", {}))
            output["format"] = {"type": "json_schema", "schema": request.schema}
        if request.tools:
            fields["tools"] = [_tool(tool) for tool in request.tools]
        fields |= _asked(request)
        if request.instructions:
            fields["system"] = [{"type": "text", "text": request.instructions, "cache_control": _EPHEMERAL}]
        return _encode(fields)[:-1] + b',"messages":['

    def _reasoning(self, request: ModelRequest, limit: int) -> dict[str, Any]:
        kind, effort = self._quirks.thinking, request.effort
        # A call that must come and thinking exclude each other.
        forced = request.tool_choice is not None and request.tool_choice.mode == "required"
        if kind == "adaptive":
            # Without `display` newer models send empty thinking blocks, and nothing is seen between calls.
            thinking = {} if forced else {"thinking": {"type": "adaptive", "display": "summarized"}}
            level = "low" if effort in ("none", "minimal") else effort
            return {**thinking, **({"output_config": {"effort": level}} if level else {})}
        if kind == "budget" and not forced and effort in _THINKING_TOKENS and limit > 2048:
            return {"thinking": {"type": "enabled", "budget_tokens": min(_THINKING_TOKENS[effort], limit // 2)}}
        return {}

    def decoder(self, request: ModelRequest) -> AnthropicDecoder:
        """A reader for one answer; it knows which of the tools are free-form."""
        return AnthropicDecoder(frozenset(tool.name for tool in request.tools if tool.grammar is not None))


def _tool(tool: ToolSpec) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": tool.name, "description": description(tool), "input_schema": parameters(tool)}
    return {**fields, "strict": True} if tool.strict else fields


_CHOICES = {"none": "none", "auto": "auto", "required": "any"}


def _asked(request: ModelRequest) -> dict[str, Any]:
    """What only other programs ask for."""
    fields: dict[str, Any] = {}
    choice = request.tool_choice
    if request.tools and (choice is not None or not request.parallel_calls):
        mode = choice.mode if choice else "auto"
        told: dict[str, Any] = {"type": "tool", "name": choice.name} if choice and choice.name else {"type": _CHOICES[mode]}
        if not request.parallel_calls and mode != "none":
            told["disable_parallel_tool_use"] = True
        fields["tool_choice"] = told
    fields |= {name: value for name in ("temperature", "top_p") if (value := getattr(request, name)) is not None}
    user = request.safety_identifier or request.user
    return {**fields, "metadata": {"user_id": user}} if user else fields


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
    if isinstance(part, FilePart):
        return [_document(part)]
    if not isinstance(part, ImagePart):
        return _text_block(part.refusal if isinstance(part, Refusal) else part.text)
    kind, data = data_of(part.image_url, "image/png")
    if data:
        return [{"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}]
    return [{"type": "image", "source": {"type": "url", "url": part.image_url}}]


def data_of(url: str, kind: str) -> tuple[str, str]:
    """The media type (`kind` where it says none) and the base64 of a data URL; no base64 for another one."""
    head, comma, data = url.partition(",")
    if not (head.startswith("data:") and comma):
        return kind, ""
    return head[5:].partition(";")[0] or kind, data


def _document(part: FilePart) -> dict[str, Any]:
    title = {"title": part.filename} if part.filename else {}
    if part.file_url:
        return {"type": "document", "source": {"type": "url", "url": part.file_url}, **title}
    kind, data = data_of(part.file_data, "application/pdf")
    return {"type": "document", "source": {"type": "base64", "media_type": kind, "data": data or part.file_data}, **title}


def _arguments(text: str) -> Any:
    """A call's arguments as the object that the API wants; what the model wrote wrong is kept under a name."""
    try:
        value = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        return {"invalid_json": text}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {"value": value}
