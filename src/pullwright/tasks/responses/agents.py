"""Responses of the model `agent`: each stands for one turn of a task, and is read from its log."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
from sqlalchemy import Connection

from pullwright.models.relay.relay import Frame
from pullwright.protocol.errors import ChangeRequest, NotFound, Unsupported
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.agent.beginning import begin_task
from pullwright.tasks.responses.agent.beginning import cancel as cancel_turn
from pullwright.tasks.responses.agent.ending import follow_responses, link_of
from pullwright.tasks.responses.agent.following import follow_up
from pullwright.tasks.responses.agent.link import Link
from pullwright.tasks.responses.agent.watching import current, frames, has_ended
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.responses.keeping import asked_of, kept_of
from pullwright.tasks.responses.shell import shell_of
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.responses import add_response, get_response, of_turn, same_response
from pullwright.tasks.store.rows.api import StoredResponse
from pullwright.tasks.store.tasks import get_task

AGAIN = 3600.0
"""Seconds for which a request that is sent again by a client's own doing is taken for the one before: its patience, and more."""

STOPPING = 3.0
"""Seconds that a client who cancels waits for what runs to stop."""


async def begin(service: Service, actor: Actor, asked: Asked, dedup: str = "", *, again: bool = False) -> StoredResponse:
    """Dispatch a task, or send an agent back with notes: the response that stands for the turn (with the same `dedup`: the same).

    `again`: the client sends it a second time, not knowing what became of the first; what that began is gone on with.
    Raises what dispatching and sending back raise, and `Unsupported` for what an agent's response cannot be.
    """
    if not asked.store:
        raise Unsupported("an agent's responses are kept", fix="Leave `store` out.", param="store")
    if asked.conversation:
        raise Unsupported("an agent has its own session", fix="Go on with `previous_response_id`.", param="conversation")
    response_id = new_id("resp")
    stored = kept_of(msgspec.structs.replace(asked, background=True), actor, response_id, "", time.time())
    if again and (known := await service.database.read(same_response, stored, AGAIN)) is not None:
        return known
    if asked.previous_id:
        before = await service.database.read(get_response, asked.previous_id, actor.user_id)
        if not before.task_id:
            raise ChangeRequest(
                f"'{before.id}' is not an agent's response", fix="Begin a task without `previous_response_id`.",
                param="previous_response_id",
            )  # fmt: skip
        link = await follow_up(service, actor, link_of(before), asked, response_id)
    else:
        link = await begin_task(service, actor, asked, dedup)
    return await service.database.write(_keep, stored, link)


def _keep(connection: Connection, stored: StoredResponse, link: Link) -> StoredResponse:
    known = of_turn(connection, link.turn_id)
    if known is not None:
        return known
    linked = msgspec.structs.replace(
        stored,
        project_id=get_task(connection, link.task_id).project_id,
        task_id=link.task_id,
        attempt_id=link.attempt_id,
        turn_id=link.turn_id,
    )
    add_response(connection, linked)
    follow_responses(connection, link.task_id)  # its turn may have ended before the row was there
    return linked


def _shell(stored: StoredResponse) -> dict[str, Any]:
    return shell_of(asked_of(stored), stored.id, stored.created, "queued")


async def now(service: Service, stored: StoredResponse) -> dict[str, Any]:
    """The response object as it is now."""
    return await current(service, link_of(stored), _shell(stored))


async def follow(service: Service, stored: StoredResponse, after: int = -1) -> AsyncGenerator[Frame, None]:
    """Its events after number `after`, until the turn has ended. Who leaves does not stop the task."""
    async with contextlib.aclosing(frames(service, link_of(stored), _shell(stored))) as events:
        async for frame in events:
            if frame.number > after:
                yield frame


async def cancel(service: Service, actor: Actor, stored: StoredResponse) -> None:
    """Stop the turn; one that has ended stays as it is. Waits a little, so that its client is told that it has stopped."""
    await cancel_turn(service, actor, link_of(stored))
    with contextlib.suppress(NotFound):
        await has_ended(service, link_of(stored), STOPPING)
