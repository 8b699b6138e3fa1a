"""A request of the Responses API as it came: what we must know of it is read strictly, everything else is carried.

Source of the fields: OpenAI's `POST /v1/responses`.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from pullwright.protocol.errors import ChangeRequest
from pullwright.protocol.items import Item

AGENT = "agent"
"""The model that is a task."""
MOST_METADATA = 16
LONGEST_NAME, LONGEST_VALUE = 64, 512
LONGEST_ID = 200
MOST_ITEMS = 20_000
WIDEST = 2**53
"""No whole number beyond it survives every JSON reader."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `input` are this request's own items, each with its JSON as it came (a text became a user message, a message
    without `type` one with it). `fields` are all fields but `input`, as they came. `conversation` and `previous_id` exclude each
    other; empty: there is none.
    """

    model: str
    input: tuple[Item, ...] = ()
    fields: dict[str, Any] = {}
    store: bool = True
    stream: bool = False
    background: bool = False
    previous_id: str = ""
    conversation: str = ""
    metadata: dict[str, str] = {}
    instructions: str = ""


class _Conversation(msgspec.Struct):
    id: str


class _Known(msgspec.Struct):
    """The fields that we or any upstream must be able to rely on; null is as good as absent."""

    model: str | None = None
    store: bool | None = None
    stream: bool | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    conversation: str | _Conversation | None = None
    metadata: dict[str, str] | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_logprobs: int | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    reasoning: dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    include: list[str] | None = None
    stream_options: dict[str, Any] | None = None
    truncation: str | None = None


class _Item(msgspec.Struct):
    type: str | None = None
    role: str | None = None
    id: str | None = None


_item = msgspec.json.Decoder(_Item)
_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "top_logprobs": (0, 20),
    "max_output_tokens": (1, WIDEST),
    "max_tool_calls": (1, WIDEST),
}


def read_asked(body: bytes) -> Asked:
    """The request that `body` is. Raises `ChangeRequest`, naming the field as `param`, for what is not one."""
    parts = _parts(body)
    raw_input = parts.pop("input", None)
    try:
        fields = {name: msgspec.json.decode(raw) for name, raw in parts.items()}
        known = msgspec.convert(fields, _Known)
    except msgspec.ValidationError as error:
        raise _wrong(error) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _unreadable(str(error)) from None
    if not known.model:
        raise ChangeRequest(
            "the request names no model", fix="Set `model`; GET /v1/models lists them.", code=MISSING, param="model"
        )
    _check_ranges(known)
    _check_names(known)
    asked = Asked(
        model=known.model,
        input=_input(raw_input),
        fields=fields,
        store=known.store is not False,
        stream=known.stream is True,
        background=known.background is True,
        previous_id=known.previous_response_id or "",
        conversation=known.conversation.id if isinstance(known.conversation, _Conversation) else known.conversation or "",
        metadata=read_metadata(known.metadata),
        instructions=known.instructions or "",
    )
    _check_state(asked, has_prompt=bool(fields.get("prompt")))
    return asked


MISSING = "missing_required_parameter"
WRONG = "invalid_value"
TYPE = "invalid_type"


def _parts(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        body.decode()  # what is not looked into must be text all the same: it is sent on, and kept
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        raise ChangeRequest("the body is no JSON object", fix="Send an object with `model` and `input`.", code=TYPE) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(str(error)) from None


def _unreadable(why: str) -> ChangeRequest:
    return ChangeRequest(f"the body is not JSON: {why}", fix="Send one JSON value in UTF-8.", code="invalid_json")


def _wrong(error: msgspec.ValidationError) -> ChangeRequest:
    message, _, at = str(error).partition(" - at `$.")
    param = at.rstrip("`") or ""
    return ChangeRequest(f"invalid type for '{param}': {message}", fix="Correct the field.", code=TYPE, param=param)


def _check_ranges(known: _Known) -> None:
    for name, (least, most) in _RANGES.items():
        value = getattr(known, name)
        if value is not None and not least <= value <= most:
            bounds = f"from {least:g}" + (f" to {most:g}" if most < WIDEST else " on")
            raise ChangeRequest(f"{name} is {value}", fix=f"Give a number {bounds}.", code=WRONG, param=name)


def _check_names(known: _Known) -> None:
    conversation = known.conversation.id if isinstance(known.conversation, _Conversation) else known.conversation
    for param, name in (
        ("model", known.model),
        ("previous_response_id", known.previous_response_id),
        ("conversation", conversation),
    ):
        if name and (len(name) > LONGEST_ID or not name.isprintable()):
            raise ChangeRequest(f"'{param}' is no name", fix="Correct it.", code=WRONG, param=param)


def _check_state(asked: Asked, *, has_prompt: bool) -> None:
    if asked.previous_id and asked.conversation:
        raise ChangeRequest(
            "a response follows another one, or belongs to a conversation", fix="Leave one of the two out.", code=WRONG,
            param="conversation",
        )  # fmt: skip
    if asked.background and not asked.store:
        raise ChangeRequest(
            "what runs in the background is stored", fix="Leave `store` out, or set it to true.", code=WRONG, param="background"
        )
    if not (asked.input or asked.previous_id or asked.conversation or has_prompt):
        raise ChangeRequest("the request says nothing", fix="Set `input` to a text or to items.", code=MISSING, param="input")


def read_metadata(given: dict[str, str] | None) -> dict[str, str]:
    """Metadata within its bounds: 16 pairs, names of 64 and values of 512 characters. Raises `ChangeRequest`."""
    metadata = given or {}
    if len(metadata) > MOST_METADATA:
        raise ChangeRequest(
            f"metadata has {len(metadata)} pairs", fix=f"Give {MOST_METADATA} at most.", code=WRONG, param="metadata"
        )
    for name, value in metadata.items():
        if "\0" in name or "\0" in value:
            raise ChangeRequest("metadata cannot hold a NUL character", fix="Leave it out.", code=WRONG, param="metadata")
        if len(name) > LONGEST_NAME or len(value) > LONGEST_VALUE:
            fix = f"A name has {LONGEST_NAME} characters at most, a value {LONGEST_VALUE}."
            raise ChangeRequest(f"metadata.{name[:LONGEST_NAME]} is too long", fix=fix, code=WRONG, param="metadata")
    return metadata


def _input(raw: msgspec.Raw | None) -> tuple[Item, ...]:
    if raw is None or bytes(raw) == b"null":
        return ()
    try:
        given: Any = msgspec.json.decode(raw, type=str | list[msgspec.Raw])
    except msgspec.ValidationError:
        raise ChangeRequest("input is neither a text nor a list", fix="Give one of the two.", code=TYPE, param="input") from None
    if isinstance(given, str):
        said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}
        return (Item(msgspec.json.encode(said)),) if given else ()
    return read_items(cast("list[msgspec.Raw]", given), "input")


def read_items(given: list[msgspec.Raw], param: str) -> tuple[Item, ...]:
    """Items as they came. Raises `ChangeRequest` for what is none."""
    if len(given) > MOST_ITEMS:
        raise ChangeRequest(f"{param} has {len(given)} items", fix=f"Send {MOST_ITEMS} at most.", code=WRONG, param=param)
    return tuple(_read_item(raw, f"{param}[{number}]") for number, raw in enumerate(given))


def _read_item(raw: msgspec.Raw, param: str) -> Item:
    try:
        head = _item.decode(raw)
        if head.type:
            item = Item(bytes(raw))
        elif head.role:
            item = Item(msgspec.json.encode({**msgspec.json.decode(raw), "type": "message"}))
        elif head.id:
            item = Item(msgspec.json.encode({"type": "item_reference", "id": head.id}))
        else:
            raise ChangeRequest(f"{param} has no type", fix="Each item has a `type`.", code=MISSING, param=f"{param}.type")
        _ = item.view
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ChangeRequest(f"{param} is no item: {error}", fix="Correct the item.", code=TYPE, param=param) from None
    return item
