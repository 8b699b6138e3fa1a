"""The Chat Completions wire, for OpenAI and for the many servers that imitate it.

On the way out: reasoning goes back as `reasoning_content` where it came from this wire; free-form tools are
functions with one argument, `input`; images in tool results follow in a user message after the run of results.
On the way in, tolerated: no usage, calls without id or index, arguments in one chunk or as an object, `reasoning` for
`reasoning_content`, content as parts, no `[DONE]`, an error as a chunk, a whole completion in one event.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.models.model import Delta, ItemDone, ModelRequest
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.dialogue import Dialogue, Side
from pullwright.models.wires.growing import GrowingList
from pullwright.models.wires.schemas import description, free_text, parameters, strict
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
    TextPart,
)
from pullwright.protocol.usage import Usage

ORIGIN = "chat"
_encode = msgspec.json.Encoder().encode
_STOPS: dict[str, Stop] = {"length": "max_output", "content_filter": "content_filter"}


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
            form = {"name": "answer", "schema": request.schema, "strict": strict(request.schema)}
            fields["response_format"] = {"type": "json_schema", "json_schema": form}
        if request.tools:
            fields["tools"] = [
                {
                    "type": "function",
                    "function": {"name": tool.name, "description": description(tool), "parameters": parameters(tool)},
                }
                for tool in request.tools
            ]
        role = "developer" if quirks.developer == "developer" else "system"
        opening = _encode({"role": role, "content": request.instructions}) if request.instructions else b""
        # The instructions are the list's first element, and part of the head: they do not grow.
        return _encode(fields)[:-1] + b',"messages":[' + opening

    def decoder(self, request: ModelRequest) -> ChatDecoder:
        """A reader for one answer; it knows which of the tools are free-form."""
        return ChatDecoder(frozenset(tool.name for tool in request.tools if tool.grammar is not None))


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
        if not any(isinstance(part, ImagePart) for part in message.content):
            return {"role": role, "content": message.text}
        return {"role": "user", "content": [_part(part) for part in message.content]}


def is_from(item: Item, origin: str) -> bool:
    """Whether a reasoning item was made by the wire `origin` (the Responses API's own have no mark)."""
    return f'"origin":"{origin}"'.encode() in item.raw


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, ImagePart):
        return {"type": "image_url", "image_url": {"url": part.image_url}}
    return {"type": "text", "text": part.refusal if isinstance(part, Refusal) else part.text}


def _output(output: str | tuple[TextPart | ImagePart, ...]) -> tuple[list[dict[str, Any]], str]:
    """A result's images, and its text."""
    if isinstance(output, str):
        return [], output
    images = [_part(part) for part in output if isinstance(part, ImagePart)]
    text = "\n".join(part.text for part in output if isinstance(part, TextPart))
    return images, text or ("The image follows." if images else "")


def _shown(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not images:
        return []
    return [{"role": "user", "content": [{"type": "text", "text": "Images of the tool results above:"}, *images]}]


class _Called(msgspec.Struct):
    name: str | None = None
    arguments: Any = None


class _CallDelta(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Called | None = None


class _Said(msgspec.Struct):
    content: Any = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None
    tool_calls: list[_CallDelta] | None = None


class _Choice(msgspec.Struct):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None
    prompt_cache_hit_tokens: int | None = None


class _Chunk(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


_chunk = msgspec.json.Decoder(_Chunk)


class _Pending:
    """A call that is being written."""

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.name = ""
        self.arguments: list[str] = []


class ChatDecoder:
    """Reads one answer of Chat Completions. Items come at its end: the wire does not say when one is complete."""

    def __init__(self, free_form: frozenset[str]) -> None:
        self.ended: Ended | None = None
        self._free_form = free_form
        self._message_id = new_id("msg")
        self._reasoning_id = new_id("rs")
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[_Pending] = []
        self._by_index: dict[int, _Pending] = {}
        self._stop: str | None = None
        self._id = ""
        self._model = ""
        self._usage: Usage | None = None
        self._written = False

    def feed(self, event: ServerEvent) -> list[Delta | ItemDone]:
        """What a chunk says. The answer is whole at `[DONE]`, or when the stream ends after a finish reason."""
        if event.data.strip() == b"[DONE]":
            return self._end()
        try:
            chunk = _chunk.decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed(f"an event of the stream is not what the wire promises: {error}") from None
        if chunk.error:
            error = fields_of(chunk.error)
            raise StreamFailed(str(error.get("code") or error.get("type") or "error"), str(error.get("message") or chunk.error))
        self._id = self._id or chunk.id or ""
        self._model = self._model or chunk.model or ""
        self._usage = _usage(chunk.usage) or self._usage
        said: list[Delta | ItemDone] = []
        for choice in (chunk.choices or [])[:1]:
            said += self._say(choice.delta or choice.message or _Said())
            self._stop = choice.finish_reason or self._stop
        if self._stop is not None:
            # Items may be given now; a chunk with the usage, then `[DONE]` or the end, may still follow.
            said += self._items()
            self.ended = self._ending()
        return said

    def _say(self, said: _Said) -> list[Delta | ItemDone]:
        deltas: list[Delta | ItemDone] = []
        thought = said.reasoning_content or (said.reasoning if isinstance(said.reasoning, str) else "")
        if thought:
            self._reasoning.append(thought)
            deltas.append(Delta("reasoning", self._reasoning_id, thought))
        text = _text(said.content) + (said.refusal or "")
        if text:
            self._text.append(text)
            deltas.append(Delta("text", self._message_id, text))
        for place, call in enumerate(said.tool_calls or []):
            deltas += self._grow(call, place)
        return deltas

    def _grow(self, call: _CallDelta, place: int) -> list[Delta | ItemDone]:
        index = call.index
        function = call.function or _Called()
        if index is None:
            # Without an index a new id or a name begins a call; else the piece belongs to the one under way.
            begins = bool(call.id or function.name) or not self._calls
            index = len(self._calls) if begins else len(self._calls) - 1
        pending = self._by_index.get(index)
        if pending is not None and call.id and pending.call_id != call.id and function.name:
            pending = None  # every call under index 0: some servers do that
        if pending is None:
            pending = _Pending(call.id or new_id("call"))
            self._by_index[index] = pending
            self._calls.append(pending)
        pending.name = pending.name or function.name or ""
        arguments = function.arguments
        text = arguments if isinstance(arguments, str) else "" if arguments is None else _encode(arguments).decode()
        pending.arguments.append(text)
        return [Delta("call", pending.call_id, text, pending.name)]

    def _items(self) -> list[Delta | ItemDone]:
        if self._written:
            return []
        self._written = True
        items: list[Item] = []
        if self._reasoning:
            summary = [{"type": "summary_text", "text": "".join(self._reasoning)}]
            items.append(Item(_encode({"type": "reasoning", "id": self._reasoning_id, "summary": summary, "origin": ORIGIN})))
        if self._text:
            content = (OutputText("".join(self._text)),)
            items.append(Item.of(Message(role="assistant", content=content, id=self._message_id, status="completed")))
        for call in self._calls:
            arguments = "".join(call.arguments)
            if call.name in self._free_form:
                items.append(Item.of(CustomCall(call_id=call.call_id, name=call.name, input=free_text(arguments))))
            else:
                items.append(Item.of(FunctionCall(call_id=call.call_id, name=call.name, arguments=arguments or "{}")))
        return [ItemDone(item) for item in items]

    def _end(self) -> list[Delta | ItemDone]:
        """`[DONE]`: some servers send it without any finish reason."""
        said = self._items()
        self.ended = self._ending()
        return said

    def _ending(self) -> Ended:
        stop: Stop = _STOPS.get(self._stop or "", "completed")
        return Ended(stop=stop, response_id=self._id, model=self._model, usage=self._usage)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = cast("list[Any]", content)
    return "".join(str(fields_of(part).get("text") or "") for part in parts)


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None or usage.prompt_tokens is None:
        return None
    read, wrote = usage.prompt_tokens_details or _Details(), usage.completion_tokens_details or _Details()
    return Usage(
        input=usage.prompt_tokens,
        cached=read.cached_tokens or usage.prompt_cache_hit_tokens or 0,
        cache_written=read.cache_write_tokens or 0,
        output=usage.completion_tokens or 0,
        reasoning=wrote.reasoning_tokens or 0,
    )
