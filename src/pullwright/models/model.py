"""What every model is to the rest of the house.

Model.stream(request) -> ModelEvent…      one whole response, streamed; retries happen below
ModelRequest                              the conversation and how to answer it (ToolChoice, AnswerForm)
ModelEvent
├── Delta           a piece of text, reasoning or call arguments (to be shown, not kept)
├── ItemDone        a completed item (to be kept)
├── Retried         the answer broke off: forget all deltas and items of this call so far
└── Finished        the response is whole: usage, money, why it stopped
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, Protocol

import msgspec

from pullwright.protocol.items import Item, ToolSpec
from pullwright.protocol.usage import Usage

Effort = Literal["", "none", "minimal", "low", "medium", "high", "xhigh"]


AskedEffort = Effort | Literal["max"]
"""What other programs may ask for besides."""


class ToolChoice(msgspec.Struct, frozen=True):
    """Whether the model may or must call, and which tool alone (`name`, with `required`)."""

    mode: Literal["none", "auto", "required"]
    name: str = ""


class AnswerForm(msgspec.Struct, frozen=True, kw_only=True):
    """How another program wants `ModelRequest.schema` called and enforced; without one we choose."""

    name: str
    description: str = ""
    strict: bool | None = None


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a model.

    `items` is the conversation, append-only from call to call: a wire encodes each item once and sends the
    same bytes again (so a request's body is a byte prefix of the next one's, up to its closing brackets).
    `cache_key` names the session for the provider's prompt cache. `schema` asks for an answer in that JSON
    Schema. `max_output` is in tokens. What follows `cache_key` is set by other programs alone; left alone, it changes no byte.
    """

    instructions: str
    tools: tuple[ToolSpec, ...]
    items: Sequence[Item]
    effort: AskedEffort = ""
    schema: dict[str, Any] | None = None
    max_output: int | None = None
    cache_key: str = ""
    form: AnswerForm | None = None
    json_object: bool = False
    tool_choice: ToolChoice | None = None
    parallel_calls: bool = True
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    verbosity: str = ""
    service_tier: str = ""
    user: str = ""
    safety_identifier: str = ""


class Delta(msgspec.Struct, frozen=True):
    """A piece of an item that is being written. `item` is its id, or its position where it has none yet; a `refusal` is text by
    which the model declines."""

    kind: Literal["text", "reasoning", "call"]
    item: str
    text: str
    name: str = ""
    refusal: bool = False


class ItemDone(msgspec.Struct, frozen=True):
    """A completed item of the response."""

    item: Item


class Retried(msgspec.Struct, frozen=True):
    """The call is sent again, whole, after `wait` seconds; everything it gave so far is void."""

    attempt: int
    reason: str
    status: int | None
    wait: float


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The response is whole. `stop` is `completed`, `max_output` or `content_filter`.

    `cost_usd` is None when no price is known. `request_bytes` is the body's size as sent;
    seconds are from the last sending of the request.
    """

    model: str
    response_id: str
    stop: Literal["completed", "max_output", "content_filter"]
    usage: Usage
    cost_usd: float | None
    seconds: float
    first_token_seconds: float
    request_bytes: int


ModelEvent = Delta | ItemDone | Retried | Finished


class Model(Protocol):
    """A model behind a provider's wire.

    `family` picks the edit format (`openai` models know the patch grammar). `window` is the context window
    in tokens. `scripted` is true when no mind is behind it, and everything that shows a result says so.
    """

    name: str
    provider: str
    family: Literal["openai", "anthropic", "other"]
    window: int
    scripted: bool

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Call the model and yield what it says; the last event is `Finished`.

        Raises `ModelUnavailable`, `ModelBusy`, `ModelRefused`, `ContextTooLong`, `ContentFiltered` or
        `ChangeRequest`. Closing the iterator early drops the connection.
        """
        ...

    def count_tokens(self, request: ModelRequest) -> int:
        """An estimate of the request's input tokens, tool schemas included; cheap, and never far too low."""
        ...

    def price(self, usage: Usage) -> float | None:
        """What a call with this usage costs, in USD; None when no price is known."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...
