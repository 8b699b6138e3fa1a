"""A turn's log as the events of a response: the same log gives the same events with the same numbers, whoever asks and when.

    response.created 0 ─▶ response.queued 1 ─▶ response.in_progress 2 ─▶ items, as they are logged ─▶ the last message ─▶ its end

So polling, streaming and resuming in the middle are one computation, nothing is stored twice, and it works after a restart and on
another server. The price: text that streams is not in it. What the log does not hold cannot be told again with the same numbers,
so a message comes when it is whole, in one delta. Who wants to see words grow follows the attempt's own event stream.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pullwright.models.relay.relay import Frame
from pullwright.protocol.events import Event
from pullwright.protocol.items import Item
from pullwright.protocol.usage import Spend, Usage, usage_object
from pullwright.tasks.responses.agent.items import Json, message
from pullwright.tasks.responses.agent.last_words import last_words
from pullwright.tasks.responses.agent.listening import Listening
from pullwright.tasks.responses.agent.standing import Standing
from pullwright.tasks.responses.agent.unfolding import unfold
from pullwright.tasks.store.rows.api import Status

_encode = msgspec.json.Encoder().encode


class Telling:
    """One response as it is told: begun, hear…, end. `shell` is the response object with every field that it must have; `url` is
    the task's page."""

    def __init__(self, shell: Json, turn: str, url: str = "") -> None:
        self._shell = shell
        self._turn = turn
        self._url = url
        self._number = 0
        self._working = False
        self._listening = Listening(turn)
        self.output: list[Json] = []

    def begun(self) -> list[Frame]:
        """It was asked for."""
        return [self._frame({"type": f"response.{kind}"}, self._early("queued")) for kind in ("created", "queued")]

    def working(self) -> list[Frame]:
        """A worker has it, or it ends without; told once, so that all that follows has the same number in both cases."""
        if self._working:
            return []
        self._working = True
        return [self._frame({"type": "response.in_progress"}, self._early("in_progress"))]

    def hear(self, event: Event) -> list[Frame]:
        """What an event of the log adds; nothing where it is another turn's."""
        return [*self.working(), *self._items(self._listening.hear(event))] if event.turn == self._turn else []

    def end(self, standing: Standing) -> list[Frame]:
        """It has ended so."""
        spend, heard = self.spend(standing), self._listening
        words = last_words(standing, spend, heard, self._url)
        last = message(heard.name("msg", "end"), words)
        frames = [*self.working(), *self._items([*heard.left(), last])]
        return [*frames, self._frame({"type": f"response.{standing.status}"}, self.response(standing), usage=spend.usage)]

    def response(self, standing: Standing) -> Json:
        """The object as it is now."""
        status, chosen, spend = standing.status, standing.chosen, self.spend(standing)
        error = f"{chosen.why}{f' ({chosen.fix})' if chosen.fix else ''}" if status == "failed" else ""
        told = {"cost_usd": spend.cost_usd if spend.cost_usd or not spend.unpriced else None, "unpriced": spend.unpriced}
        return {
            **self._shell,
            "status": status,
            "completed_at": int(standing.ended) if status == "completed" else None,
            "error": {"code": "server_error", "message": error} if error else None,
            "incomplete_details": {"reason": standing.reason} if status == "incomplete" else None,
            "output": list(self.output),
            "usage": usage_object(spend.usage) if spend.calls or standing.ended else None,
            "pullwright": {**standing.told(), **told, "url": self._url},
        }

    def spend(self, standing: Standing) -> Spend:
        """What the response used: by the log of the attempt that it is told from, by their ends the others."""
        spend = self._listening.spend
        for one in standing.attempts[1:]:
            spend = msgspec.structs.replace(
                spend,
                usage=spend.usage.plus(one.usage),
                cost_usd=spend.cost_usd + one.cost_usd,
                unpriced=spend.unpriced + one.unpriced,
            )
        return spend

    def _early(self, status: Status) -> Json:
        return {**self._shell, "status": status, "output": [], "usage": None, "completed_at": None}

    def _items(self, items: Iterable[Json]) -> list[Frame]:
        frames: list[Frame] = []
        for item in items:
            for event in unfold(item, len(self.output)):
                done = item if event["type"] == "response.output_item.done" else None
                frames.append(self._frame(event, item=done))
            self.output.append(item)
        return frames

    def _frame(self, event: Json, response: Json | None = None, item: Json | None = None, usage: Usage | None = None) -> Frame:
        number, self._number = self._number, self._number + 1
        whole: Json = {"type": event["type"], "sequence_number": number, **event}
        return Frame(
            type=event["type"],
            number=number,
            data=_encode(whole if response is None else {**whole, "response": response}),
            response=response,
            item=Item(_encode(item)) if item is not None else None,
            usage=usage,
        )


def tell(shell: Json, turn: str, events: Iterable[Event], standing: Standing, url: str = "") -> tuple[list[Frame], Json]:
    """All events of a response so far, and its object: what the events say together."""
    telling = Telling(shell, turn, url)
    frames = telling.begun()
    if standing.status != "queued":
        frames += telling.working()
    for event in events:
        frames += telling.hear(event)
    if standing.ended:
        frames += telling.end(standing)
    return frames, telling.response(standing)
