"""Output items while they are written, each as the events of the Responses API.

Written
├── WrittenMessage      text and refusals, in parts
├── WrittenReasoning    a summary; sealed at its end
└── WrittenCall         a function's arguments, or a free-form tool's input

`begin`, `grow` and `end` give events: (type, fields, bytes of what the model said). The writer adds places and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pullwright.models.relay.freeform import FreeText

Event = tuple[str, dict[str, Any], int]
Status = Literal["in_progress", "completed", "incomplete"]


class WrittenMessage:
    """A message of the model's."""

    def __init__(self, item_id: str) -> None:
        self.id = item_id
        self._parts: list[dict[str, Any]] = []
        self._kind = ""
        self._pieces: list[str] = []

    def item(self, status: Status) -> dict[str, Any]:
        """The item, with the parts that are whole."""
        return {"id": self.id, "type": "message", "status": status, "role": "assistant", "content": self._parts.copy()}

    def begin(self) -> Iterator[Event]:
        """The item is there, empty."""
        yield "response.output_item.added", {"item": self.item("in_progress")}, 0

    def grow(self, text: str, *, refusal: bool = False) -> Iterator[Event]:
        """More text; another kind of it begins another part."""
        kind = "refusal" if refusal else "output_text"
        if self._kind != kind:
            yield from self._close_part()
            self._kind = kind
            yield "response.content_part.added", {**self._at(), "part": _part(kind, "")}, 0
        self._pieces.append(text)
        delta: dict[str, Any] = {"delta": text} if refusal else {"delta": text, "logprobs": []}
        yield f"response.{kind}.delta", {**self._at(), **delta}, len(text.encode())

    def end(self, status: Status) -> Iterator[Event]:
        """Nothing more comes."""
        yield from self._close_part()
        yield "response.output_item.done", {"item": self.item(status)}, 0

    def _close_part(self) -> Iterator[Event]:
        if not self._kind:
            return
        text, at = "".join(self._pieces), self._at()
        part = _part(self._kind, text)
        told: dict[str, Any] = {"refusal": text} if self._kind == "refusal" else {"text": text, "logprobs": []}
        yield f"response.{self._kind}.done", {**at, **told}, 0
        yield "response.content_part.done", {**at, "part": part}, 0
        self._parts.append(part)
        self._kind, self._pieces = "", []

    def _at(self) -> dict[str, Any]:
        return {"item_id": self.id, "content_index": len(self._parts)}


def _part(kind: str, text: str) -> dict[str, Any]:
    return (
        {"type": kind, "refusal": text} if kind == "refusal" else {"type": kind, "text": text, "annotations": [], "logprobs": []}
    )


class WrittenReasoning:
    """Reasoning, of which the text is the summary; told only where it is `shown`. `sealed` is what the provider needs back."""

    def __init__(self, item_id: str, *, shown: bool) -> None:
        self.id = item_id
        self._shown = shown
        self.sealed: str | None = None
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """What the model thought so far."""
        return "".join(self._pieces)

    def item(self, status: Status) -> dict[str, Any]:
        """The item as it stands."""
        sealed = {} if self.sealed is None else {"encrypted_content": self.sealed}
        summary = [_summary(self.text)] if self._shown and self._pieces and status != "in_progress" else []
        return {"id": self.id, "type": "reasoning", "summary": summary, **sealed}

    def begin(self) -> Iterator[Event]:
        """The item is there, empty."""
        yield "response.output_item.added", {"item": self.item("in_progress")}, 0

    def grow(self, text: str) -> Iterator[Event]:
        """More of the summary."""
        first = not self._pieces
        self._pieces.append(text)
        if not self._shown:
            return
        if first:
            yield "response.reasoning_summary_part.added", {**self._at(), "part": _summary("")}, 0
        yield "response.reasoning_summary_text.delta", {**self._at(), "delta": text}, len(text.encode())

    def end(self, status: Status) -> Iterator[Event]:
        """Nothing more comes."""
        if self._shown and self._pieces:
            yield "response.reasoning_summary_text.done", {**self._at(), "text": self.text}, 0
            yield "response.reasoning_summary_part.done", {**self._at(), "part": _summary(self.text)}, 0
        yield "response.output_item.done", {"item": self.item(status)}, 0

    def _at(self) -> dict[str, Any]:
        return {"item_id": self.id, "summary_index": 0}


def _summary(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}


class WrittenCall:
    """A call; `free` is of a free-form tool, whose input comes wrapped in a function's arguments."""

    def __init__(self, item_id: str, call_id: str, name: str, *, free: bool, namespace: str = "") -> None:
        self.id = item_id
        self._call_id = call_id
        self._name = name
        self._within = {"namespace": namespace} if namespace else {}
        self._said: list[str] = []
        self._free = FreeText() if free else None
        self._kind, self._field, self._events = (
            ("custom_tool_call", "input", "response.custom_tool_call_input")
            if free
            else ("function_call", "arguments", "response.function_call_arguments")
        )

    def item(self, status: Status) -> dict[str, Any]:
        """The item as it stands."""
        said = "" if status == "in_progress" else "".join(self._said)
        named = {"call_id": self._call_id, "name": self._name, **self._within, self._field: said}
        return {"id": self.id, "type": self._kind, "status": status, **named}

    def begin(self) -> Iterator[Event]:
        """The item is there, empty."""
        yield "response.output_item.added", {"item": self.item("in_progress")}, 0

    def grow(self, arguments: str) -> Iterator[Event]:
        """More of the arguments, as they came."""
        yield from self._say(self._free.feed(arguments) if self._free else arguments)

    def complete(self, whole: str) -> Iterator[Event]:
        """The arguments, or the input, are `whole`: what was not said yet."""
        said = "".join(self._said)
        # Where both do not fit, what was said stands.
        yield from self._say(whole[len(said) :] if whole.startswith(said) else "")

    def _say(self, text: str) -> Iterator[Event]:
        if text:
            self._said.append(text)
            yield f"{self._events}.delta", {"item_id": self.id, "delta": text}, len(text.encode())

    def end(self, status: Status) -> Iterator[Event]:
        """Nothing more comes."""
        named = {} if self._free else {"name": self._name}
        yield f"{self._events}.done", {"item_id": self.id, self._field: "".join(self._said), **named}, 0
        yield "response.output_item.done", {"item": self.item(status)}, 0


Written = WrittenMessage | WrittenReasoning | WrittenCall
