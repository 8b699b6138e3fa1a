"""The way of one response's events from an upstream that speaks the Responses API to our client.

    upstream's event ─▶ Passage.read ─▶ frames:   a delta, and whatever we do not know: its bytes as they are
                                                   an envelope: the response in it bears our id and what else is ours
                        Passage.fail ─▶ the frame that ends a response which broke off

Tolerated: no `sequence_number` or another count than ours, no `event:` line, no `response.created`, no `output_item.done`, items
in the last response alone or missing there, `error` events flat and nested, `response.done`, `[DONE]`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from pullwright.models.relay.numbering import numbered
from pullwright.models.relay.relay import ENDS, ENVELOPES, Frame
from pullwright.models.relay.said import length, text_size
from pullwright.models.sse import Malformed, ServerEvent
from pullwright.models.wires.responses import usage_of
from pullwright.models.wires.wire import StreamFailed, fields_of, list_of
from pullwright.protocol.items import Item
from pullwright.protocol.usage import Usage

OUR_FIELDS = ("id", "created_at", "background", "store", "previous_response_id", "conversation", "metadata")
"""Fields of the response object that are ours to the end, whatever the upstream says."""

_CREATED = "response.created"
_STATUS = {_CREATED: "in_progress", "response.in_progress": "in_progress", "response.queued": "queued"}
_DONE = "response.done"
"""What some servers end a response with, whatever its status."""
_SILENT = ("response.audio.delta", "response.output_audio.delta")
"""Deltas that are no text."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class _Event(msgspec.Struct):
    """What is looked at in every event. The rest is not even decoded."""

    type: str = ""
    sequence_number: Any = msgspec.UNSET
    output_index: Any = None
    delta: msgspec.Raw = msgspec.Raw()
    item: msgspec.Raw = msgspec.Raw()


_event = msgspec.json.Decoder(_Event)


class Passage:
    """One response under way. `shell` is its order's; `clean` takes secrets out of what the upstream says of a failure.

    `begun` once there was a frame, `ended` once there was the last; `usage` is what it told.
    """

    def __init__(self, shell: dict[str, Any], clean: Callable[[str], str] = str) -> None:
        self._shell = shell
        self._clean = clean
        self._response = shell
        self._next = 0
        self._said: dict[int, int] = {}
        self._items: dict[int, Item] = {}
        self.ended = False
        self.usage: Usage | None = None

    @property
    def begun(self) -> bool:
        """Whether there was a frame: what fails now can only be told as one."""
        return self._next > 0

    def read(self, event: ServerEvent) -> Sequence[Frame]:
        """The frames that tell `event`.

        Raises `StreamFailed` for a failure that comes before anything else, `Malformed` for what is no event.
        """
        if self.ended or event.data == b"[DONE]":
            return ()
        try:
            told = _event.decode(event.data)
            kind = told.type or event.name
            if kind in ENVELOPES or kind == _DONE:
                return self._envelope(kind, fields_of(_decode(event.data)))
            if kind == "error":
                return self._error(fields_of(_decode(event.data)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"an event of the stream is not what the wire promises: {error}") from None
        before = [] if self._next else self._begin()
        said, item = self._counted(kind, told)
        data = event.data
        if told.sequence_number != self._next or not told.type or b"\n" in data:
            counted = told.sequence_number is not msgspec.UNSET
            data = numbered(data, kind, self._next, typed=bool(told.type), counted=counted)
        return (*before, self._frame(kind, data, said=said, item=item))

    def _frame(self, kind: str, data: bytes, **kept: Any) -> Frame:
        frame = Frame(type=kind, number=self._next, data=data, **kept)
        self._next += 1
        return frame

    def _counted(self, kind: str, told: _Event) -> tuple[int, Item | None]:
        """Bytes of text that an event delivers, and its item where it is a whole one: what its deltas did not say counts then."""
        place = told.output_index if isinstance(told.output_index, int) else len(self._items)
        if told.delta:
            size = 0 if kind in _SILENT else length(bytes(told.delta))
            self._said[place] = self._said.get(place, 0) + size
            return size, None
        if kind != "response.output_item.done" or not told.item:
            return 0, None
        item = Item(bytes(told.item))
        whole, before = text_size(item), self._said.get(place, 0)
        self._said[place] = max(whole, before)
        self._items[place] = item
        return max(whole - before, 0), item

    def _begin(self) -> list[Frame]:
        """The first two events, for a server that sends none."""
        fields: dict[str, Any] = {"status": "in_progress", "output": [], "usage": None}
        return [self._enveloped(kind, fields, {}) for kind in (_CREATED, "response.in_progress")]

    def _envelope(self, kind: str, event: dict[str, Any]) -> list[Frame]:
        response = fields_of(event.get("response"))
        if kind == _DONE:
            status = f"response.{response.get('status')}"
            kind = status if status in ENDS else "response.completed"
        if kind == "response.failed" and not self._next:
            self._refuse(fields_of(response.get("error")))
        before = self._begin() if not self._next and kind != _CREATED else []
        return [*before, self._enveloped(kind, response, event)]

    def _enveloped(self, kind: str, response: dict[str, Any], event: dict[str, Any]) -> Frame:
        """The frame of an envelope: the upstream's response, with what is ours and with what it left out."""
        last = kind in ENDS
        ours = {name: self._shell[name] for name in OUR_FIELDS if name in self._shell}
        status = response.get("status")
        if not status or (last and f"response.{status}" not in ENDS):
            status = _STATUS.get(kind) or kind.removeprefix("response.")
        whole = {**self._shell, **response, **ours, "object": "response", "status": status}
        if last:
            self._complete(whole)
        self._response = whole
        data = _encode({**event, "type": kind, "sequence_number": self._next, "response": whole})
        said = self._unsaid(whole) if last else 0
        self.ended = last
        self.usage = usage_of(whole.get("usage")) if last else None
        return self._frame(kind, data, said=said, response=whole, usage=self.usage)

    def _complete(self, whole: dict[str, Any]) -> None:
        if not whole.get("output") and self._items:
            whole["output"] = [_decode(item.raw) for _, item in sorted(self._items.items())]
        if whole["status"] == "completed" and not whole.get("completed_at"):
            whole["completed_at"] = int(time.time())
        error = fields_of(whole.get("error"))
        if error:
            whole["error"] = {**error, "message": self._clean(str(error.get("message") or error.get("code") or "failed"))}

    def _unsaid(self, whole: dict[str, Any]) -> int:
        """What the last response alone says."""
        if self._said:
            return 0
        output = [Item(_encode(item)) for item in list_of(whole.get("output"))]
        return sum(map(text_size, output))

    def _error(self, event: dict[str, Any]) -> list[Frame]:
        error = fields_of(event.get("error")) or event
        if not self._next:
            self._refuse(error)
        code = error.get("code") or (error.get("type") if error is not event else None)
        return [self.fail(str(code or "server_error"), str(error.get("message") or "the model's server reports an error"))]

    def _refuse(self, error: dict[str, Any]) -> None:
        kind = error.get("type") if error.get("type") != "error" else None
        raise StreamFailed(str(error.get("code") or kind or "server_error"), str(error.get("message") or ""))

    def fail(self, code: str, message: str) -> Frame:
        """The frame that ends the response as failed, with all that it had said."""
        error = {"code": code, "message": message}
        fields: dict[str, Any] = {**self._response, "status": "failed", "error": error, "output": []}
        return self._enveloped("response.failed", fields, {})
