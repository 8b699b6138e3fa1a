"""The Chat Completions wire, for OpenAI and for the many servers that imitate it.

On the way out: reasoning goes back as `reasoning_content` where it came from this wire; free-form tools are
functions with one argument, `input`; images in tool results follow in a user message after the run of results.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pullwright.models.model import ModelRequest
from pullwright.models.wires.chat_answer import ORIGIN, ChatDecoder
from pullwright.models.wires.dialogue import Dialogue, Side, is_from
from pullwright.models.wires.growing import GrowingList
from pullwright.models.wires.schemas import answer_form, description, parameters
from pullwright.models.wires.wire import Quirks
from pullwright.protocol.items import (
    CustomCall,
    CustomOutput,
    FilePart,
    FunctionCall,
    FunctionOutput,
    Given,
    ImagePart,
    Item,
    Message,
    Part,
    Reasoning,
    Refusal,
    TextPart,
    ToolSpec,
)

_encode = msgspec.json.Encoder().encode


class ChatWire:
    """Encodes requests and reads answers of Chat Completions."""

    path = "/chat/completions"

    def __init__(self, model: str, quirks: Quirks) -> None:
        self._model = model
        self._quirks = quirks
        self._list = GrowingList(lambda: Dialogue(_Form(quirks)))

    def encode(self, request: ModelRequest) -> bytes:
        """The body, `messages` last."""
        return self._list.body(self._head(request), request.items)

    def _head(self, request: ModelRequest) -> bytes:
        quirks = self._quirks
        fields: dict[str, Any] = {"model": self._model, "stream": True}
        if quirks.usage_option:
            fields["stream_options"] = {"include_usage": True}
        if request.effort:
            fields["reasoning_effort"] = request.effort
        if request.cache_key and quirks.cache_key:
            fields["prompt_cache_key"] = request.cache_key
        if request.max_output:
            fields[quirks.max_tokens] = request.max_output
        if request.schema is not None:
            fields["response_format"] = {"type": "json_schema", "json_schema": answer_form(request.schema, request.form)}
        elif request.json_object:
            fields["response_format"] = {"type": "json_object"}
        if request.tools:
            fields["tools"] = [_tool(tool) for tool in request.tools]
        fields |= _asked(request, extras=quirks.extras)
        role = "developer" if quirks.developer == "developer" else "system"
        opening = _encode({"role": role, "content": request.instructions}) if request.instructions else b""
        # The instructions are the list's first element, and part of the head: they do not grow.
        return _encode(fields)[:-1] + b',"messages":[' + opening

    def decoder(self, request: ModelRequest) -> ChatDecoder:
        """A reader for one answer; it knows which of the tools are free-form."""
        return ChatDecoder(frozenset(tool.name for tool in request.tools if tool.grammar is not None))


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "description": description(tool), "parameters": parameters(tool)}
    if tool.strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _asked(request: ModelRequest, *, extras: bool) -> dict[str, Any]:
    """What only other programs ask for."""
    fields: dict[str, Any] = {}
    choice = request.tool_choice
    if choice is not None:
        fields["tool_choice"] = {"type": "function", "function": {"name": choice.name}} if choice.name else choice.mode
    if request.tools and not request.parallel_calls:
        fields["parallel_tool_calls"] = False
    numbers = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
    fields |= {name: getattr(request, name) for name in numbers if getattr(request, name) is not None}
    words = ("verbosity", "service_tier", "safety_identifier") if extras else ()
    return fields | {name: getattr(request, name) for name in (*words, "user") if getattr(request, name)}


class _Form:
    """Chat messages of a run of items."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks

    def write(self, side: Side, run: list[Item]) -> list[bytes]:
        messages = self._model(run) if side == "model" else self._other(run)
        return [_encode(message) for message in messages]

    def _model(self, run: list[Item]) -> list[dict[str, Any]]:
        text: list[str] = []
        reasoning: list[str] = []
        calls: list[dict[str, Any]] = []
        for item in run:
            match item.view:
                case Message() as message:
                    text.append(message.text)
                case Reasoning() as thought if is_from(item, ORIGIN):
                    reasoning.append(thought.text)
                case FunctionCall() as call:
                    calls.append(_call(call.call_id, call.name, call.arguments or "{}"))
                case CustomCall() as call:
                    calls.append(_call(call.call_id, call.name, _encode({"input": call.input}).decode()))
                case _:
                    pass
        if not (text or calls):
            return []
        said: dict[str, Any] = {"role": "assistant", "content": "".join(text) or (None if calls else "")}
        if reasoning:
            said["reasoning_content"] = "".join(reasoning)
        if calls:
            said["tool_calls"] = calls
        return [said]

    def _other(self, run: list[Item]) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        images: list[dict[str, Any]] = []
        for item in run:
            match item.view:
                case FunctionOutput() | CustomOutput() as output:
                    seen, content = _output(output.output)
                    images += seen
                    messages.append({"role": "tool", "tool_call_id": output.call_id, "content": content})
                case Message() as message:
                    # Results must follow their calls at once, so images of results wait until the run of results is over.
                    messages += _shown(images)
                    images = []
                    messages.append(self._message(message))
                case _:
                    pass
        return messages + _shown(images)

    def _message(self, message: Message) -> dict[str, Any]:
        role = message.role if message.role == "user" else self._quirks.developer
        if isinstance(message.content, str):
            return {"role": role, "content": message.content}
        if not any(isinstance(part, ImagePart | FilePart) for part in message.content):
            return {"role": role, "content": message.text}
        return {"role": "user", "content": [_part(part) for part in message.content]}


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, ImagePart):
        detail = {} if part.detail == "auto" else {"detail": part.detail}
        return {"type": "image_url", "image_url": {"url": part.image_url, **detail}}
    if isinstance(part, FilePart):
        return {"type": "file", "file": {"filename": part.filename or "file.pdf", "file_data": part.file_data}}
    return {"type": "text", "text": part.refusal if isinstance(part, Refusal) else part.text}


def _output(output: str | tuple[Given, ...]) -> tuple[list[dict[str, Any]], str]:
    """A result's images and files, and its text."""
    if isinstance(output, str):
        return [], output
    images = [_part(part) for part in output if not isinstance(part, TextPart)]
    text = "\n".join(part.text for part in output if isinstance(part, TextPart))
    return images, text or ("The image follows." if images else "")


def _shown(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not images:
        return []
    return [{"role": "user", "content": [{"type": "text", "text": "Images of the tool results above:"}, *images]}]
