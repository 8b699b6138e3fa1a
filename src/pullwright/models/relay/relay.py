"""What every upstream is to whoever serves the Responses API.

Relay.stream(order) -> Frame…       one response, as the events that its client is sent
Order                               the request without what is ours to know: model, input, state, background
Frame                               one event, ready to be sent, and what of it is kept and counted
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

import msgspec

from pullwright.protocol.items import Item
from pullwright.protocol.usage import Usage

OURS = frozenset(
    {
        "model",
        "input",
        "store",
        "stream",
        "background",
        "background_options",
        "previous_response_id",
        "conversation",
        "metadata",
    }
)
"""Fields of a request that never reach an upstream: whoever serves the API keeps the state, and knows the models."""

ENVELOPES = frozenset(
    {
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response.cancelled",
    }
)
"""Events that carry the response object."""
ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
"""The event that each response ends with, once."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One response to be had.

    `fields` are the request's own, without `OURS`, as its client sent them. `items` is the whole conversation, oldest first, each
    item as its JSON came. `shell` is the response object before anything was said, with every field that one must have; its
    `id`, `created_at`, `background`, `store`, `previous_response_id`, `conversation` and `metadata` are ours and hold to the end.
    """

    fields: dict[str, Any]
    items: Sequence[Item]
    shell: dict[str, Any]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `data` is its JSON, `type` and `sequence_number` in it; numbers begin at 0 and grow by 1.

    `said`: bytes of text, reasoning, refusal and arguments that it delivers, for who must estimate. `response`: of `ENVELOPES`,
    the object in it. `item`: of `response.output_item.done`, the item. `usage`: of the last frame, what the upstream counted, if
    it did.
    """

    type: str
    number: int
    data: bytes
    said: int = 0
    response: dict[str, Any] | None = None
    item: Item | None = None
    usage: Usage | None = None


class Compacted(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation made shorter: the items that stand for it from now on."""

    items: Sequence[Item]
    usage: Usage | None


class Relay(Protocol):
    """One model of one upstream. `provider` and `model` are what is metered and priced."""

    provider: str
    model: str

    def check(self, order: Order) -> None:
        """Raises `Unsupported`, naming the field, for what this upstream cannot do; nothing is sent."""
        ...

    def size(self, order: Order) -> tuple[int, int]:
        """What is sent: bytes of text and schemas, and how many images."""
        ...

    def stream(self, order: Order) -> AsyncGenerator[Frame, None]:
        """The response's events, from `response.created` to the one of `ENDS`.

        What fails before the first event is raised (`ModelUnavailable`, `ModelBusy`, `ModelRefused`, `ContextTooLong`,
        `ContentFiltered`, `ChangeRequest`, `FixSettings`); what fails later is a `response.failed`. Nothing is sent twice: who
        asked decides. Closing the iterator drops the connection.
        """
        ...

    async def count(self, order: Order) -> int:
        """The input tokens of `order`: the upstream's count where it counts, else an estimate."""
        ...

    async def compact(self, order: Order) -> Compacted:
        """The conversation of `order` in fewer items. Raises as `stream` does."""
        ...

    def price(self, usage: Usage, answering: str = "") -> float | None:
        """US dollars; None where no price is known. `answering` is the model that said it answered."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
