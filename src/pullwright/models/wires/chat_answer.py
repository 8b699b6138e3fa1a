"""An answer of Chat Completions, chunk by chunk.

Tolerated: no usage, calls without id or index, arguments in one chunk or as an object, `reasoning` for
`reasoning_content`, content as parts, no `[DONE]`, an error as a chunk, a whole completion in one event.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.models.model import Delta, ItemDone
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.schemas import free_text
from pullwright.models.wires.wire import Ended, Stop, StreamFailed, counted, fields_of
from pullwright.protocol.ids import new_id
from pullwright.protocol.items import CustomCall, FunctionCall, Item, Message, OutputText, Refusal
from pullwright.protocol.usage import Usage

ORIGIN = "chat"
_encode = msgspec.json.Encoder().encode
_STOPS: dict[str, Stop] = {"length": "max_output", "content_filter": "content_filter"}


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
        self._refusal: list[str] = []
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
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
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
        text = _text(said.content)
        if text:
            self._text.append(text)
            deltas.append(Delta("text", self._message_id, text))
        if said.refusal:
            self._refusal.append(said.refusal)
            deltas.append(Delta("text", self._message_id, said.refusal, refusal=True))
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
            # One answer's calls are told apart by their ids, whatever a server sends.
            taken = any(other.call_id == call.id for other in self._calls)
            pending = _Pending(new_id("call") if taken or not call.id else call.id)
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
        if self._text or self._refusal:
            content = (
                *([OutputText("".join(self._text))] if self._text else []),
                *([Refusal("".join(self._refusal))] if self._refusal else []),
            )
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
    return counted(
        Usage(
            input=usage.prompt_tokens,
            cached=read.cached_tokens or usage.prompt_cache_hit_tokens or 0,
            cache_written=read.cache_write_tokens or 0,
            output=usage.completion_tokens or 0,
            reasoning=wrote.reasoning_tokens or 0,
        )
    )
