"""Conversation items, in the vocabulary of the Responses API (Open Responses).

    Item                       one item: its JSON as it came or will be sent, byte for byte
    └── .view  (by `type`)
        ├── Message            what a user, developer or assistant said; content parts
        ├── Reasoning          the model's reasoning; `encrypted_content` is kept and sent back
        ├── FunctionCall       a tool call with JSON arguments
        ├── FunctionOutput     its result
        ├── CustomCall         a tool call with free-form input
        ├── CustomOutput       its result
        └── Unknown            anything else: carried, never interpreted

The JSON is the truth and the view a reading of it, so fields that we do not know survive a round trip.
Source of the shapes: OpenAI's Responses API, `input`/`output` item types.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from pullwright.protocol.ids import new_id

Role = Literal["user", "assistant", "developer", "system"]


class TextPart(msgspec.Struct, frozen=True, tag_field="type", tag="input_text"):
    """Text from outside the model."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, tag_field="type", tag="input_image", omit_defaults=True):
    """An image as a data URL (`data:image/png;base64,…`) or an address."""

    image_url: str
    detail: str = "auto"


class FilePart(msgspec.Struct, frozen=True, tag_field="type", tag="input_file", omit_defaults=True, kw_only=True):
    """A file: its bytes as a data URL (or as plain base64), or an address."""

    filename: str = ""
    file_data: str = ""
    file_url: str = ""


class OutputText(msgspec.Struct, frozen=True, tag_field="type", tag="output_text"):
    """Text that the model wrote."""

    text: str
    annotations: tuple[Any, ...] = ()


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="refusal"):
    """The model declined."""

    refusal: str


Part = TextPart | ImagePart | FilePart | OutputText | Refusal
Given = TextPart | ImagePart | FilePart
"""A part that comes from outside the model."""


class Message(msgspec.Struct, frozen=True, tag_field="type", tag="message", omit_defaults=True, kw_only=True):
    """What somebody said. `content` may be a plain string (a short form of one text part)."""

    role: Role
    content: str | tuple[Part, ...]
    id: str | None = None
    status: str | None = None
    phase: str | None = None

    @property
    def text(self) -> str:
        """All text of the message, images and files left out."""
        if isinstance(self.content, str):
            return self.content
        told = (part for part in self.content if not isinstance(part, ImagePart | FilePart))
        return "".join(part.refusal if isinstance(part, Refusal) else part.text for part in told)


class SummaryText(msgspec.Struct, frozen=True, tag_field="type", tag="summary_text"):
    """One piece of a reasoning summary."""

    text: str


class Reasoning(msgspec.Struct, frozen=True, tag_field="type", tag="reasoning", omit_defaults=True, kw_only=True):
    """The model's reasoning. Only the summary is readable; `encrypted_content` belongs to the provider."""

    id: str | None = None
    summary: tuple[SummaryText, ...] = ()
    content: Any = None
    encrypted_content: str | None = None
    status: str | None = None

    @property
    def text(self) -> str:
        """The readable summary."""
        return "\n".join(part.text for part in self.summary)


DEEPEST = 200
TOO_DEEP = f'"the arguments went deeper than {DEEPEST} levels, and were left out"'
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def _goes_deep(json: str) -> bool:
    if json.count("[") + json.count("{") <= DEEPEST:
        return False
    level = 0
    for token in _TOKENS.finditer(json):
        sign = token[0][0]
        level += (sign in "[{") - (sign in "]}")
        if level > DEEPEST:
            return True
    return False


class FunctionCall(msgspec.Struct, frozen=True, tag_field="type", tag="function_call", omit_defaults=True, kw_only=True):
    """A tool call. `arguments` is JSON text exactly as the model wrote it; it may be invalid. Where it goes deeper than `DEEPEST`
    levels it is `TOO_DEEP` (the item's JSON keeps it): nobody who reads it could, and a session must not end by that."""

    call_id: str
    name: str
    arguments: str
    id: str | None = None
    status: str | None = None

    def __post_init__(self) -> None:
        """Leave out what goes too deep."""
        if _goes_deep(self.arguments):
            msgspec.structs.force_setattr(self, "arguments", TOO_DEEP)


class CustomCall(msgspec.Struct, frozen=True, tag_field="type", tag="custom_tool_call", omit_defaults=True, kw_only=True):
    """A call of a free-form tool. `input` is the text itself."""

    call_id: str
    name: str
    input: str
    id: str | None = None
    status: str | None = None


class FunctionOutput(msgspec.Struct, frozen=True, tag_field="type", tag="function_call_output", omit_defaults=True, kw_only=True):
    """The result of a `FunctionCall`: text, or parts when it carries an image."""

    call_id: str
    output: str | tuple[Given, ...]
    id: str | None = None
    status: str | None = None


class CustomOutput(
    msgspec.Struct, frozen=True, tag_field="type", tag="custom_tool_call_output", omit_defaults=True, kw_only=True
):
    """The result of a `CustomCall`."""

    call_id: str
    output: str | tuple[Given, ...]
    id: str | None = None
    status: str | None = None


class Unknown(msgspec.Struct, frozen=True):
    """An item of a type that we do not interpret."""

    type: str


Call = FunctionCall | CustomCall
Output = FunctionOutput | CustomOutput
View = Message | Reasoning | FunctionCall | CustomCall | FunctionOutput | CustomOutput | Unknown

_Known = Message | Reasoning | FunctionCall | CustomCall | FunctionOutput | CustomOutput
_known = msgspec.json.Decoder(_Known)
_unknown = msgspec.json.Decoder(Unknown)
_encode = msgspec.json.Encoder().encode


class Item:
    """One conversation item: immutable JSON bytes and, on demand, its typed view.

    Equal when the bytes are equal. `Item.of(view)` writes the JSON; `Item(raw)` keeps what came.
    """

    __slots__ = ("_view", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._view: View | None = None

    @classmethod
    def of(cls, view: View) -> Item:
        """The item that says `view`."""
        item = cls(_encode(view))
        item._view = view
        return item

    @property
    def view(self) -> View:
        """The typed reading; `Unknown` where the type or shape is not one of ours.

        Raises `msgspec.DecodeError` when the bytes are not a JSON object with a `type`.
        """
        view = self._view
        if view is None:
            try:
                view = _known.decode(self.raw)
            except msgspec.ValidationError:
                view = _unknown.decode(self.raw)
            self._view = view
        return view

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"Item({self.raw.decode(errors='replace')[:200]})"


class ToolSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool as the model is told of it.

    A function tool has `parameters` (JSON Schema), which the provider enforces when `strict`; a free-form one has `grammar`
    instead, in the language `syntax` (empty: any text). On a wire without free-form tools the latter is offered as a function
    with one string argument, `input`.
    """

    name: str
    description: str
    parameters: dict[str, Any] | None = None
    grammar: str | None = None
    syntax: Literal["lark", "regex"] = "lark"
    strict: bool = False


def user_message(text: str, images: Sequence[str] = ()) -> Item:
    """A user message; `images` are data URLs."""
    return Item.of(Message(role="user", content=(TextPart(text), *(ImagePart(url) for url in images))))


def developer_message(text: str) -> Item:
    """A message from Pullwright itself to the model: facts that arrived later, warnings, summaries."""
    return Item.of(Message(role="developer", content=(TextPart(text),)))


def assistant_message(text: str) -> Item:
    """What the model said, where only the text is known."""
    return Item.of(Message(role="assistant", content=(OutputText(text),), id=new_id("msg"), status="completed"))


def output_for(call: Call, output: str | tuple[Given, ...]) -> Item:
    """The result item that belongs to `call`."""
    if isinstance(call, FunctionCall):
        return Item.of(FunctionOutput(call_id=call.call_id, output=output))
    return Item.of(CustomOutput(call_id=call.call_id, output=output))
