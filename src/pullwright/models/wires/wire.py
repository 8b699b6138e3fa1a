"""What every wire is.

Wire.encode(request) -> bytes      the body; within a prefix each one extends the last one's bytes
Wire.decoder(request) -> Decoder   reads one answer's stream
Decoder.feed(event)  -> events     deltas and whole items; `.ended` is set once the answer is whole
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, cast

import msgspec

from pullwright.models.model import Delta, ItemDone, ModelRequest
from pullwright.models.sse import ServerEvent
from pullwright.protocol.usage import Usage

Stop = Literal["completed", "max_output", "content_filter"]


def fields_of(value: object) -> dict[str, Any]:
    """`value` where it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """`value` where it is a JSON array, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


_MOST_TOKENS = 2**40


def counted(usage: Usage) -> Usage | None:
    """The usage that a server tells; None for counts that cannot be: nobody should add them up."""
    counts = (usage.input, usage.cached, usage.cache_written, usage.output, usage.reasoning)
    return usage if all(0 <= count <= _MOST_TOKENS for count in counts) else None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a whole answer ended. `usage` is None when the server sent none."""

    stop: Stop = "completed"
    response_id: str = ""
    model: str = ""
    usage: Usage | None = None


class StreamFailed(Exception):
    """The server reports an error inside the stream: its code and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code


class Quirks(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider differs from its wire's original. Filled from `providers.toml` and the model's family.

    `store` and `item_ids`: keep answers at the provider, and send its ids back (Responses on Azure).
    `reasons`: the model takes reasoning settings. `thinking`: Anthropic's kind of reasoning setting. `developer`: the
    role that carries Pullwright's own messages on Chat. `max_tokens`: Chat's field for the output limit.
    `cache_key`: the server knows `prompt_cache_key`. `auto_cache`: it knows Anthropic's top-level cache marker.
    `usage_option`: it knows `stream_options`. `max_output`: output limit to send where the wire demands one. `extras`: the server
    is OpenAI's own Chat, with what the imitators lack (files, `verbosity`, `service_tier`, `safety_identifier`).
    """

    store: bool = False
    item_ids: bool = False
    reasons: bool = False
    thinking: Literal["", "adaptive", "budget"] = ""
    developer: Literal["developer", "system", "user"] = "user"
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    cache_key: bool = False
    auto_cache: bool = False
    usage_option: bool = True
    max_output: int = 32_000
    extras: bool = False


class Decoder(Protocol):
    """Reads one answer."""

    ended: Ended | None

    def feed(self, event: ServerEvent) -> list[Delta | ItemDone]:
        """What `event` says. Raises `sse.Malformed` when it cannot be read, `StreamFailed` when it reports an error."""
        ...


class Wire(Protocol):
    """A codec; it remembers what it encoded, so one `Wire` belongs to one conversation at a time."""

    path: str

    def encode(self, request: ModelRequest) -> bytes:
        """The request's body."""
        ...

    def decoder(self, request: ModelRequest) -> Decoder:
        """A reader for the answer to `request`."""
        ...
