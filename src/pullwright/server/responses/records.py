"""Objects of the Responses API, for the document: what must be there is required, and whatever else comes along is allowed.

Source: OpenAI's API reference and the Open Responses specification.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from pullwright.server.responses.errors import ErrorBody, ErrorDetail

Json = dict[str, Any]
Metadata = Annotated[dict[str, Annotated[str, Meta(max_length=512)]], Meta(description="At most 16 pairs.")]


class ConversationParam(Struct, frozen=True):
    """A conversation by its id."""

    id: str


class CreateResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One response to be had. Fields that are not named here go to the upstream as they are."""

    model: Annotated[str, Meta(min_length=1, description="fast, deep, agent, or provider/model: GET /v1/models lists them.")]
    input: str | list[Json] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    conversation: str | ConversationParam | None = None
    store: bool | None = True
    stream: bool | None = False
    background: bool | None = False
    metadata: Metadata | None = None
    tools: list[Json] | None = None
    tool_choice: str | Json | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    max_tool_calls: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    reasoning: Json | None = None
    text: Json | None = None
    include: list[str] | None = None
    truncation: str | None = None
    stream_options: Json | None = None


class CompactResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation to be made shorter."""

    model: Annotated[str, Meta(min_length=1)]
    input: str | list[Json] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None


class CountTokens(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request whose input is to be counted. `model` left out: that of `fast`."""

    model: str | None = None
    input: str | list[Json] | None = None
    instructions: str | None = None
    previous_response_id: str | None = None
    conversation: str | ConversationParam | None = None
    tools: list[Json] | None = None
    tool_choice: str | Json | None = None
    text: Json | None = None
    reasoning: Json | None = None


class ResponseObject(Struct, frozen=True, kw_only=True):
    """A response."""

    id: str
    object: Literal["response"]
    created_at: float
    completed_at: float | None
    status: str
    error: Json | None
    incomplete_details: Json | None
    instructions: Any
    metadata: Json | None
    model: str
    output: list[Json]
    previous_response_id: str | None
    tools: list[Json]
    tool_choice: Any
    parallel_tool_calls: bool | None
    text: Json | None
    reasoning: Json | None
    usage: Json | None
    store: bool | None
    background: bool | None


class DeletedObject(Struct, frozen=True, kw_only=True):
    """What was deleted."""

    id: str
    object: str
    deleted: bool = True


class CompactedObject(Struct, frozen=True, kw_only=True):
    """A conversation in fewer items."""

    id: str
    object: Literal["response.compaction"] = "response.compaction"
    created_at: int
    output: list[Json]
    usage: Json | None


class TokensObject(Struct, frozen=True, kw_only=True):
    """How many input tokens a request has."""

    object: Literal["response.input_tokens"] = "response.input_tokens"
    input_tokens: int


class ModelObject(Struct, frozen=True, kw_only=True):
    """A model that may be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelsObject(Struct, frozen=True, kw_only=True):
    """The models that may be asked."""

    object: Literal["list"] = "list"
    data: list[ModelObject]


class CreateConversation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation to be begun, with items that are in it from the start."""

    items: Annotated[list[Json], Meta(max_length=20)] | None = None
    metadata: Metadata | None = None


class ChangeConversation(Struct, frozen=True, kw_only=True):
    """A conversation's new metadata."""

    metadata: Metadata | None


class AddItems(Struct, frozen=True, kw_only=True):
    """Items for a conversation."""

    items: Annotated[list[Json], Meta(min_length=1, max_length=20)]


class ConversationObject(Struct, frozen=True, kw_only=True):
    """A conversation."""

    id: str
    object: Literal["conversation"] = "conversation"
    created_at: int
    metadata: dict[str, str]


class ItemPage(Struct, frozen=True, kw_only=True):
    """A page of items."""

    object: Literal["list"]
    data: list[Json]
    first_id: str | None
    last_id: str | None
    has_more: bool


class ItemObject(Struct, frozen=True, kw_only=True):
    """An item of a conversation, whatever its type."""

    type: str


OPEN = frozenset(
    kind.__name__
    for kind in (
        *(CreateResponse, CompactResponse, CountTokens, ResponseObject, CreateConversation, ChangeConversation, AddItems),
        *(ItemObject, ConversationParam, ErrorBody, ErrorDetail),
    )
)
"""Records that may have more fields than are named."""
EVENTS = {"text/event-stream": {"type": "string", "description": "Events, each with its `type` and `sequence_number`."}}
