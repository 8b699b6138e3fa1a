"""The fields of a request of the Responses API that we translate, as records; null is as good as absent.

Source of the names and values: OpenAI's and Open Responses' `POST /v1/responses`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from pullwright.models.relay.upstream import mistyped, wrong

Level = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]
Tokens = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


_Kind = TypeVar("_Kind")


class Reasons(msgspec.Struct, frozen=True):
    """`reasoning`."""

    effort: Level | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    generate_summary: Literal["auto", "concise", "detailed"] | None = None
    context: str | None = None
    mode: str | None = None


class Format(msgspec.Struct, frozen=True):
    """`text.format`."""

    type: str
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class Text(msgspec.Struct, frozen=True):
    """`text`."""

    format: Format | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class FreeForm(msgspec.Struct, frozen=True):
    """`format` of a custom tool."""

    type: Literal["text", "grammar"]
    syntax: Literal["lark", "regex"] | None = None
    definition: str | None = None


class Tool(msgspec.Struct, frozen=True):
    """One of `tools`, of whatever type; what a type has besides is looked at where it is refused."""

    type: str
    name: Any = None
    description: Any = None
    parameters: Any = None
    strict: Any = None
    format: Any = None
    defer_loading: Any = None
    asynchronous: Any = msgspec.field(name="async", default=None)
    tools: Any = None


class NamespaceTool(msgspec.Struct, frozen=True):
    """A tool of type `namespace`: a name for some tools together."""

    name: str
    tools: list[Tool]
    description: str | None = None


class FunctionTool(msgspec.Struct, frozen=True):
    """A tool of type `function`."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class CustomTool(msgspec.Struct, frozen=True):
    """A tool of type `custom`."""

    name: str
    description: str | None = None
    format: FreeForm | None = None


class Named(msgspec.Struct, frozen=True):
    """A tool as `tool_choice` names it."""

    type: str
    name: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """`tool_choice` as an object."""

    type: str
    name: str | None = None
    mode: Literal["auto", "required"] | None = None
    tools: list[Named] | None = None


class Fields(msgspec.Struct, frozen=True):
    """All fields that we translate, or accept without a word."""

    instructions: str | None = None
    tools: list[Tool] | None = None
    tool_choice: str | Choice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Tokens | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    top_logprobs: int | None = None
    reasoning: Reasons | None = None
    text: Text | None = None
    include: list[str] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    service_tier: str | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None


def read_fields(fields: dict[str, Any]) -> Fields:
    """The fields as records. Raises `ChangeRequest`, naming the field, for a value of a wrong type or out of its range."""
    try:
        return msgspec.convert(fields, Fields)
    except msgspec.ValidationError as error:
        raise mistyped(error) from None
    except (RecursionError, TypeError, UnicodeError) as error:
        raise wrong("", f"the request cannot be read: {error}", "Send JSON that nests less.") from None


def read_tool(tool: Tool, kind: type[_Kind], at: str) -> _Kind:
    """A tool as a record of its own type. Raises as `read_fields` does."""
    try:
        return msgspec.convert(msgspec.structs.asdict(tool), kind)
    except msgspec.ValidationError as error:
        raise mistyped(error, at) from None
