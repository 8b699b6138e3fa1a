"""What the mock server says, in order.

Script
├── Answer        text, reasoning, calls (SaidCall, SaidCustom), usage, why it stopped
│   └── trouble       what goes wrong while this answer is sent
└── Trouble       a refusal with status and headers; cut, malformed, dripping, silent, huge or garbage answers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from pullwright.protocol.usage import Usage


class SaidCall(msgspec.Struct, frozen=True):
    """A function call; `arguments` as JSON text, or as what becomes it."""

    name: str
    arguments: str | dict[str, Any] = {}
    call_id: str = ""

    @property
    def text(self) -> str:
        """The arguments as JSON text."""
        return self.arguments if isinstance(self.arguments, str) else msgspec.json.encode(self.arguments).decode()


class SaidCustom(msgspec.Struct, frozen=True):
    """A free-form call; on wires without such it is said as a function call with one argument, `input`."""

    name: str
    input: str
    call_id: str = ""

    @property
    def text(self) -> str:
        """The call as a function's arguments."""
        return msgspec.json.encode({"input": self.input}).decode()


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong. Bytes are counted in the body of the stream.

    `status` refuses with `headers` and `body` (a JSON value, or text as it is). `cut_after` drops the connection;
    `silent_after` says nothing more for `silence` seconds, then drops it; `drip` sends pieces of so many bytes with
    `pause` seconds between; `garbage` replaces the body; `malformed` puts a broken event in its middle.
    """

    status: int | None = None
    headers: dict[str, str] = {}
    body: Any = None
    cut_after: int | None = None
    silent_after: int | None = None
    silence: float = 3600.0
    drip: int | None = None
    pause: float = 0.0
    garbage: bytes | None = None
    malformed: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One whole answer. Without `usage` the server counts four bytes a token, and what it saw before as cached.

    `usage_sent` false leaves the usage out, as many compatible servers do; `delay` is seconds before the first byte;
    `piece` is how many characters of text and reasoning go into one event (0: large ones); a trouble's `pause` comes after each.
    `refusal` is what the model says instead of an answer (Anthropic has no words for it, but the stop of that name). `whole`: the
    answer comes in one piece, though a stream was asked for.
    """

    text: str = ""
    reasoning: str = ""
    calls: tuple[SaidCall | SaidCustom, ...] = ()
    usage: Usage | None = None
    usage_sent: bool = True
    stop: Literal["completed", "max_output", "content_filter"] = "completed"
    trouble: Trouble | None = None
    delay: float = 0.0
    piece: int = 0
    refusal: str = ""
    whole: bool = False


Reply = Answer | Trouble


class Script:
    """Answers in order, one for each request; or a callable from the request's JSON to its answer.

    When the answers run out, the server refuses with 400 and says so.
    """

    def __init__(self, answers: Sequence[Reply] | Callable[[Mapping[str, Any]], Reply]) -> None:
        self._answers = answers
        self.used = 0

    def next(self, request: Mapping[str, Any]) -> Reply:
        """The answer to `request`."""
        number = self.used
        self.used += 1
        if callable(self._answers):
            return self._answers(request)
        if number < len(self._answers):
            return self._answers[number]
        message = f"the script has {len(self._answers)} answers, and this is request {number + 1}"
        return Trouble(status=400, body={"error": {"message": message, "type": "invalid_request_error", "code": "script_ended"}})
