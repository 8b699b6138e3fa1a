"""`input`, item by item: as it came from a client, into what the wires write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

import msgspec

from pullwright.models.relay.namespaces import name_within
from pullwright.models.relay.sealing import opened_compaction, opened_reasoning
from pullwright.models.relay.upstream import MISSING, TYPE, Upstream, mistyped, wrong
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
    OutputText,
    Part,
    Refusal,
    Role,
    TextPart,
)

_Kind = TypeVar("_Kind", bound=msgspec.Struct)


class _Typed(msgspec.Struct, frozen=True):
    type: str | None = None
    role: str | None = None


class _Part(msgspec.Struct, frozen=True):
    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    detail: Literal["auto", "low", "high", "original"] | None = None
    file_id: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    filename: str | None = None


class _Said(msgspec.Struct, frozen=True):
    role: Role
    content: str | list[_Part]


class _Called(msgspec.Struct, frozen=True):
    call_id: str
    name: str
    arguments: str
    namespace: str | None = None


class _CalledFreely(msgspec.Struct, frozen=True):
    call_id: str
    name: str
    input: str
    namespace: str | None = None


class _Result(msgspec.Struct, frozen=True):
    call_id: str
    output: str | list[_Part]


class _Sealed(msgspec.Struct, frozen=True):
    encrypted_content: str | None = None


def conversation(items: Sequence[Item], upstream: Upstream) -> list[Item]:
    """The items as the wires know them. Raises `ChangeRequest` or `Unsupported`, naming the item as `input[2]`.

    Reasoning that this provider did not make, or whose seal was lost, is left out: no other wire could take it either.
    """
    read = (_item(item, f"input[{index}]", upstream) for index, item in enumerate(items))
    return [item for item in read if item is not None]


def _item(item: Item, at: str, upstream: Upstream) -> Item | None:
    typed = _read(item, _Typed, at)
    kind = typed.type or ("message" if typed.role else "")
    if kind == "message":
        return Item.of(_message(_read(item, _Said, at), at, upstream))
    if kind == "function_call":
        call = _read(item, _Called, at)
        name = name_within(call.namespace or "", call.name)
        return Item.of(FunctionCall(call_id=call.call_id, name=name, arguments=call.arguments))
    if kind == "custom_tool_call":
        free = _read(item, _CalledFreely, at)
        name = name_within(free.namespace or "", free.name)
        return Item.of(CustomCall(call_id=free.call_id, name=name, input=free.input))
    if kind in ("function_call_output", "custom_tool_call_output"):
        result = _read(item, _Result, at)
        made = FunctionOutput if kind == "function_call_output" else CustomOutput
        return Item.of(made(call_id=result.call_id, output=_output(result.output, f"{at}.output", upstream)))
    if kind == "reasoning":
        return opened_reasoning(_read(item, _Sealed, at).encrypted_content or "", upstream.wire, upstream.provider)
    if kind == "compaction":
        return _compacted(_read(item, _Sealed, at), at)
    raise _strange(kind, at, upstream)


def _strange(kind: str, at: str, upstream: Upstream) -> Exception:
    if not kind:
        return wrong(f"{at}.type", "the item has no type", "Set `type`.", MISSING)
    if kind == "item_reference":
        return wrong(at, "there is no such item here", "Send the item itself.")
    fix = "Leave it out, or say what it says as a message."
    return upstream.cannot(f"knows no items of type {kind!r}", at, fix, code="unsupported_value")


def _compacted(sealed: _Sealed, at: str) -> Item:
    item = opened_compaction(sealed.encrypted_content or "")
    if item is None:
        fix = "Compact the conversation here, or send its items."
        raise wrong(f"{at}.encrypted_content", "it was not compacted here, or is damaged", fix)
    return item


def _read(item: Item, kind: type[_Kind], at: str) -> _Kind:
    try:
        return msgspec.json.decode(item.raw, type=kind)
    except msgspec.ValidationError as error:
        raise mistyped(error, at) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise wrong(at, f"it is not JSON: {error}", "Send one JSON object for each item.", TYPE) from None


def _message(said: _Said, at: str, upstream: Upstream) -> Message:
    if isinstance(said.content, str):
        return Message(role=said.role, content=said.content)
    assistant = said.role == "assistant"
    within = f"{at}.content"
    parts: list[Part] = []
    for index, part in enumerate(said.content):
        parts.append(_own(part, f"{within}[{index}]") if assistant else _given(part, f"{within}[{index}]", upstream))
    return Message(role=said.role, content=tuple(parts))


def _own(part: _Part, at: str) -> Part:
    """A part of what the model said."""
    if part.type == "refusal":
        return Refusal(_must(part.refusal, f"{at}.refusal"))
    if part.type in ("output_text", "input_text", "text"):
        return OutputText(_must(part.text, f"{at}.text"))
    raise wrong(f"{at}.type", f"an assistant's message has no part of type {part.type!r}", "Use `output_text` or `refusal`.")


def _output(output: str | list[_Part], at: str, upstream: Upstream) -> str | tuple[Given, ...]:
    if isinstance(output, str):
        return output
    return tuple(_given(part, f"{at}[{index}]", upstream) for index, part in enumerate(output))


def _given(part: _Part, at: str, upstream: Upstream) -> Given:
    """A part that comes from outside the model."""
    if part.type in ("input_text", "output_text", "text"):
        return TextPart(_must(part.text, f"{at}.text"))
    if part.file_id and part.type in ("input_image", "input_file"):
        raise upstream.cannot("has no stored files", f"{at}.file_id", "Send the bytes as a data URL, or an address.")
    if part.type == "input_image":
        return ImagePart(_must(part.image_url, f"{at}.image_url"), part.detail or "auto")
    if part.type == "input_file":
        return _file(part, at, upstream)
    if part.type == "refusal":
        return TextPart(_must(part.refusal, f"{at}.refusal"))
    fix = "Use `input_text`, `input_image` or `input_file`."
    raise upstream.cannot(f"takes no part of type {part.type!r}", f"{at}.type", fix, code="unsupported_value")


def _file(part: _Part, at: str, upstream: Upstream) -> FilePart:
    if upstream.wire == "chat" and not upstream.quirks.extras:
        raise upstream.cannot("takes no files", at, "Send its text as `input_text`.")
    if upstream.wire == "chat" and not part.file_data:
        raise upstream.cannot("fetches no files", f"{at}.file_url", "Send the bytes as `file_data`.")
    if not (part.file_data or part.file_url):
        raise wrong(f"{at}.file_data", "the file has neither bytes nor an address", "Set `file_data` or `file_url`.", MISSING)
    data = part.file_data or ""
    if upstream.wire == "anthropic" and data.startswith("data:") and not data.startswith("data:application/pdf;base64,"):
        raise upstream.cannot("takes PDF files alone", f"{at}.file_data", "Send a PDF, or the file's text as `input_text`.")
    return FilePart(filename=part.filename or "", file_data=data, file_url=part.file_url or "")


def _must(value: str | None, at: str) -> str:
    if value is None:
        raise wrong(at, "it is missing", "Set it.", MISSING)
    return value
