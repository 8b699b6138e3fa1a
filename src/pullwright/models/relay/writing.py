"""An answer of another wire, written as the events of the Responses API, each as soon as its piece has come.

    created, in_progress, ( output_item.added, its parts and pieces…, output_item.done )…, completed | incomplete | failed

Text and reasoning are closed before anything else begins; what comes later of the same kind is another item. Calls may be written
side by side, as some servers do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, cast

import msgspec

from pullwright.models.model import Delta, ItemDone
from pullwright.models.relay.namespaces import Namespaces
from pullwright.models.relay.relay import Frame
from pullwright.models.relay.written import Event, Status, Written, WrittenCall, WrittenMessage, WrittenReasoning
from pullwright.models.wires.wire import Ended
from pullwright.protocol.ids import new_id
from pullwright.protocol.items import CustomCall, FunctionCall, Item, Message, Reasoning, Refusal
from pullwright.protocol.usage import Usage, usage_object

Seal = Callable[[str, Item | None], str | None]
"""The seal of a reasoning item: of its text so far, and of the item where the wire has given it."""
_encode = msgspec.json.Encoder().encode
_REASONS = {"max_output": "max_output_tokens", "content_filter": "content_filter"}


class Writer:
    """Writes one response; its frames are complete in themselves, and numbered from 0.

    `shell` is the response object before anything was said, `free_form` the names of the free-form tools, `namespaces` those of
    tools in one. Without `summaries` reasoning is told of, and sealed, but not shown; it counts as said with the next frame.
    `begun` is true once the client has heard of the response.
    """

    def __init__(
        self,
        shell: dict[str, Any],
        model: str,
        free_form: frozenset[str],
        seal: Seal,
        *,
        namespaces: Namespaces | None = None,
        summaries: bool = True,
    ) -> None:
        self.begun = False
        self._summaries = summaries
        self._hidden = 0
        self._shell = {**shell, "model": model}
        self._free_form = free_form
        self._namespaces = namespaces or {}
        self._seal = seal
        self._number = 0
        self._output: dict[int, dict[str, Any]] = {}
        self._places: dict[str, int] = {}
        self._live: dict[str, Written] = {}
        self._closed: set[str] = set()
        self._unnamed: dict[str, str] = {}
        self._held: ItemDone | None = None

    def begin(self) -> list[Frame]:
        """The response is there, and under way."""
        self.begun = True
        response: dict[str, Any] = {**self._shell, "status": "in_progress", "output": [], "usage": None}
        return [self._envelope("response.created", response), self._envelope("response.in_progress", response)]

    def feed(self, said: Iterable[Delta | ItemDone]) -> list[Frame]:
        """What the upstream said."""
        frames: list[Frame] = []
        for event in said:
            frames += self._release("completed")
            if isinstance(event, ItemDone):
                self._held = event  # whether it is complete is known when something follows
            elif event.text or event.kind == "call":
                frames += self._grow(event)
        return frames

    def end(self, ended: Ended) -> list[Frame]:
        """The answer is whole, or was cut by a limit or a filter."""
        reason = _REASONS.get(ended.stop)
        status: Status = "incomplete" if reason else "completed"
        frames = self._release(status)
        for key in list(self._live):
            frames += self._close(key, status)
        fields = {
            "status": status,
            "completed_at": None if reason else int(time.time()),
            "incomplete_details": {"reason": reason} if reason else None,
            "model": ended.model or self._shell["model"],
            "usage": usage_object(ended.usage) if ended.usage else None,
        }
        return [*frames, self._last(f"response.{status}", fields, ended.usage)]

    def fail(self, code: str, message: str) -> list[Frame]:
        """The upstream broke off: what was whole stays."""
        fields = {"status": "failed", "error": {"code": code, "message": message}, "usage": None}
        return [*self._release("completed"), self._last("response.failed", fields, None)]

    def _last(self, kind: str, fields: dict[str, Any], usage: Usage | None) -> Frame:
        output = [self._output[place] for place in sorted(self._output)]
        frame = self._envelope(kind, {**self._shell, "output": output, **fields})
        return msgspec.structs.replace(frame, usage=usage)

    def _grow(self, delta: Delta) -> list[Frame]:
        key = delta.item
        written = self._live.get(key)
        if delta.kind == "call":
            name = delta.name
            if written is None and not name:
                self._unnamed[key] = self._unnamed.get(key, "") + delta.text  # a call is told with its name
                return []
            frames = [] if written else self._open_call(key, key, name)
            return frames + self._say(key, self._call(key).grow(self._unnamed.pop(key, "") + delta.text))
        frames = [] if written else self._open_text(key, delta.kind == "reasoning")
        written = self._live[key]
        if isinstance(written, WrittenReasoning):
            return frames + self._think(key, written, delta.text)
        assert isinstance(written, WrittenMessage)
        return frames + self._say(key, written.grow(delta.text, refusal=delta.refusal))

    def _think(self, key: str, written: WrittenReasoning, text: str) -> list[Frame]:
        if not self._summaries:
            self._hidden += len(text.encode())
        return self._say(key, written.grow(text))

    def _call(self, key: str) -> WrittenCall:
        return cast("WrittenCall", self._live[key])

    def _open_text(self, key: str, reasoning: bool) -> list[Frame]:
        frames = self._close_texts()
        prefix = "rs" if reasoning else "msg"
        item_id = new_id(prefix) if key in self._closed or not key.startswith(prefix) else key
        made = WrittenReasoning(item_id, shown=self._summaries) if reasoning else WrittenMessage(item_id)
        return frames + self._open(key, made)

    def _open_call(self, key: str, call_id: str, name: str) -> list[Frame]:
        free = name in self._free_form
        namespace, name = self._namespaces.get(name, ("", name))
        written = WrittenCall(new_id("ctc" if free else "fc"), call_id, name, free=free, namespace=namespace)
        return self._close_texts() + self._open(key, written)

    def _open(self, key: str, written: Written) -> list[Frame]:
        self._live[key] = written
        self._places[key] = len(self._output) + len(self._live) - 1
        return self._say(key, written.begin())

    def _close_texts(self) -> list[Frame]:
        texts = [key for key, written in self._live.items() if not isinstance(written, WrittenCall)]
        return [frame for key in texts for frame in self._close(key, "completed")]

    def _close(self, key: str, status: Status, item: Item | None = None) -> list[Frame]:
        written = self._live[key]
        if isinstance(written, WrittenReasoning):
            written.sealed = self._seal(written.text, item)
        frames = self._say(key, written.end(status))
        self._output[self._places[key]] = written.item(status)
        self._closed.add(key)
        del self._live[key]
        return frames

    def _release(self, status: Status) -> list[Frame]:
        """The item that was held back is done."""
        held, self._held = self._held, None
        if held is None:
            return []
        view = held.item.view
        key = view.call_id if isinstance(view, FunctionCall | CustomCall) else getattr(view, "id", None) or ""
        if key in self._closed and key not in self._live:
            return []
        frames = self._complete(key, held.item)
        return frames + self._close(key, status, held.item) if key in self._live else frames

    def _complete(self, key: str, item: Item) -> list[Frame]:
        """What was not said yet of an item that is whole: all of it, where the upstream does not stream."""
        view = item.view
        if isinstance(view, FunctionCall | CustomCall):
            frames = [] if key in self._live else self._open_call(key, view.call_id, view.name)
            whole = view.arguments if isinstance(view, FunctionCall) else view.input
            return frames + self._say(key, self._call(key).complete(whole))
        if key in self._live:
            return []
        if isinstance(view, Reasoning):
            frames = self._open_text(key, True)
            return frames + (self._think(key, cast("WrittenReasoning", self._live[key]), view.text) if view.text else [])
        if not isinstance(view, Message) or isinstance(view.content, str) or not view.text:
            return []
        frames = self._open_text(key, False)
        message = cast("WrittenMessage", self._live[key])
        for part in view.content:
            refusal = isinstance(part, Refusal)
            text = part.refusal if isinstance(part, Refusal) else getattr(part, "text", "")
            frames += self._say(key, message.grow(text, refusal=refusal)) if text else []
        return frames

    def _say(self, key: str, events: Iterable[Event]) -> list[Frame]:
        place = self._places[key]
        return [self._frame(kind, {"output_index": place, **fields}, said) for kind, fields, said in events]

    def _envelope(self, kind: str, response: dict[str, Any]) -> Frame:
        return msgspec.structs.replace(self._frame(kind, {"response": response}, 0), response=response)

    def _frame(self, kind: str, fields: dict[str, Any], said: int) -> Frame:
        number = self._number
        self._number += 1
        item = Item(_encode(fields["item"])) if kind == "response.output_item.done" else None
        data = _encode({"type": kind, "sequence_number": number, **fields})
        hidden, self._hidden = self._hidden, 0
        return Frame(type=kind, number=number, data=data, said=said + hidden, item=item)
