"""One response of a model: who may have it, what it goes on from, asked of its upstream, metered, kept.

ready = await answering.ready(actor, asked)       refused here: model, limits, budget, what the upstream cannot do
async for frame in answering.stream(ready): …     what fails before the first frame is raised
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy import Connection

from pullwright.models.relay.relay import ENDS, OURS, Frame, Order, Relay
from pullwright.protocol.errors import Forbidden, ModelUnavailable, PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.protocol.items import Item, user_message
from pullwright.protocol.usage import Usage, usage_object
from pullwright.tasks.metering.called import Called
from pullwright.tasks.metering.meter import Meter
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.roles import role_allows
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.responses.history import needs_history, whole_input
from pullwright.tasks.responses.keeping import keep, kept_of
from pullwright.tasks.responses.relays import Relays
from pullwright.tasks.responses.shell import shell_of
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.api import StoredResponse

_ANSWERED = frozenset({"response.completed", "response.incomplete"})
_TO_COMPACT = user_message("Make it shorter.")


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A response that may be had. `sent` bytes and `images` are what is asked; `limits` the `x-ratelimit-…` headers."""

    asked: Asked
    stored: StoredResponse
    order: Order
    relay: Relay
    sent: int
    images: int
    limits: dict[str, str] = {}

    @property
    def id(self) -> str:
        """The response's id."""
        return self.stored.id


class Answering:
    """Answers of models, in one server process."""

    def __init__(self, service: Service, meter: Meter, relays: Relays) -> None:
        self.service = service
        self.meter = meter
        self.relays = relays

    @classmethod
    @asynccontextmanager
    async def open(cls, service: Service, meter: Meter) -> AsyncGenerator[Answering]:
        """Answering for a service; every connection to an upstream is closed in the end."""
        relays = Relays(lambda: service.models.choices, service.config.prices)
        try:
            yield cls(service, meter, relays)
        finally:
            await relays.aclose()

    async def ready(
        self, actor: Actor, asked: Asked, project: str = "", *, compacts: bool = False, before: Sequence[Item] | None = None
    ) -> Ready:
        """`compacts`: the conversation is to be made shorter, not to be gone on with, and may end with anybody's word. `before`:
        what the request goes on from, where that is not stored.

        Raises `ChangeRequest`, `NotFound`, `Forbidden`, `TooMany` or `BudgetSpent` for what cannot be had.
        """
        actor.require("model.call")
        relay = self.relays.relay(asked.model)
        project_id, items = await self._looked_up(actor, asked, project, before)
        now = time.time()
        response_id = new_id("resp")
        order = order_of(asked, items, response_id, now)
        sent, images = _measured(relay, order_of(asked, [*items, _TO_COMPACT], response_id, now) if compacts else order)
        tokens = await self.meter.estimate(relay.provider, relay.model, sent, images, actor.key_id)
        limits = await self.meter.admit(actor, asked.model, project_id, tokens)
        stored = kept_of(asked, actor, response_id, project_id, now)
        return Ready(asked=asked, stored=stored, order=order, relay=relay, sent=sent, images=images, limits=limits)

    async def _looked_up(self, actor: Actor, asked: Asked, project: str, before: Sequence[Item] | None) -> tuple[str, list[Item]]:
        """What is charged, and the whole input."""
        alone = asked if before is None else msgspec.structs.replace(asked, previous_id="")
        project_id, items = actor.only_project or "", list(asked.input)
        if project or needs_history(alone):
            project_id, items = await self.service.database.read(_read, actor, alone, project)
        return project_id, [*(before or ()), *items]

    async def silence(self, ready: Ready) -> AsyncGenerator[Frame, None]:
        """A response in which nothing is said: no upstream is asked, nothing is metered or kept."""
        for number, status in enumerate(("in_progress", "completed")):
            kind = "response.created" if number == 0 else "response.completed"
            shell = {**ready.order.shell, "status": status, "usage": usage_object(Usage()) if number else None}
            data = msgspec.json.encode({"type": kind, "sequence_number": number, "response": shell})
            yield Frame(type=kind, number=number, data=data, response=shell)

    async def again(self, stored: StoredResponse, asked: Asked) -> Ready:
        """A stored response, to be made again from its beginning; who asked for it was let in before. Raises as `ready` does."""
        relay = self.relays.relay(asked.model)
        items = await self.service.database.read(whole_input, asked, stored.user_id)
        order = order_of(asked, items, stored.id, stored.created)
        sent, images = _measured(relay, order)
        return Ready(asked=asked, stored=stored, order=order, relay=relay, sent=sent, images=images)

    async def stream(self, ready: Ready) -> AsyncGenerator[Frame, None]:
        """The response's events. Whoever leaves early drops the upstream's connection; what was used so far is counted."""
        relay = ready.relay
        metered = await self.meter.begin(called(ready), relay.price)
        status, ended = "cancelled", False
        used: Usage | None = None
        try:
            # Closed at once when left, so that the upstream's connection does not wait for the garbage to be collected.
            async with contextlib.aclosing(relay.stream(ready.order)) as frames:
                async for frame in frames:
                    if frame.said:
                        metered.heard(frame.said)
                    if frame.type in ENDS:
                        ended = True
                        counted = await metered.end(frame.type.rpartition(".")[2], frame.usage, _model_of(frame))
                        frame = _counted(frame, counted)
                        await keep(self.service, ready.stored, frame)
                    yield frame
        except PullwrightError as error:
            status, used = "failed", None if has_begun(error) else Usage()
            raise
        finally:
            if not ended:
                await metered.end(status, used)


def order_of(asked: Asked, items: list[Item], response_id: str, now: float) -> Order:
    """What is relayed of a request."""
    fields = {name: value for name, value in asked.fields.items() if name not in OURS}
    return Order(fields=fields, items=tuple(items), shell=shell_of(asked, response_id, now))


def _read(connection: Connection, actor: Actor, asked: Asked, project: str) -> tuple[str, list[Item]]:
    return charged_project(connection, actor, project), whole_input(connection, asked, actor.user_id)


def charged_project(connection: Connection, actor: Actor, project: str) -> str:
    """The project that the actor's calls are charged to: their key's, or the one that they name (empty: none).

    Raises `NotFound` for one that they may not see, `Forbidden` where they are no members or the key is another's.
    """
    if not project:
        return actor.only_project or ""
    found = get_project(connection, project)
    if actor.only_project not in (None, found.id):
        raise Forbidden("the key is bound to another project", fix="Leave the project out, or use another key.")
    people = msgspec.structs.replace(actor, scopes=None, only_project=None)
    people.require("project.read", found.id, f"project {project}")
    if not (actor.is_admin or role_allows(actor.roles.get(found.id), "member")):
        raise Forbidden(f"calls are charged to {found.name} by its members", fix="Ask an administrator for that role.")
    return found.id


def has_begun(error: PullwrightError) -> bool:
    """Whether the upstream may have done something before it failed so; what it refused it has not begun."""
    return isinstance(error, ModelUnavailable) and error.began


def called(ready: Ready) -> Called:
    """What is metered of it."""
    stored = ready.stored
    return Called(
        user_id=stored.user_id,
        key_id=stored.key_id,
        project_id=stored.project_id,
        provider=ready.relay.provider,
        model=ready.relay.model,
        response_id=stored.id,
        sent_bytes=ready.sent,
        images=ready.images,
    )


def _measured(relay: Relay, order: Order) -> tuple[int, int]:
    """How large the order is, which the upstream can do. Raises as `Relay.check` does."""
    relay.check(order)
    return relay.size(order)


def _counted(frame: Frame, usage: Usage) -> Frame:
    """The last event of an answer of which the upstream did not say what it used: it says the estimate, and that it is one."""
    if frame.usage is not None or frame.response is None or frame.type not in _ANSWERED:
        return frame
    response = {**frame.response, "usage": {**usage_object(usage), "estimated": True}}
    event = {**msgspec.json.decode(frame.data), "response": response}
    return msgspec.structs.replace(frame, response=response, data=msgspec.json.encode(event))


def _model_of(frame: Frame) -> str:
    return str((frame.response or {}).get("model") or "")
