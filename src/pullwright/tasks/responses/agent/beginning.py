"""The `agent` model asked: a request dispatches a task; a response that is cancelled stops it."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.protocol.errors import Forbidden, NotFound
from pullwright.tasks.metering.accounts import check_model
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.roles import scopes_allow
from pullwright.tasks.responses.agent.link import Link
from pullwright.tasks.responses.agent.ordering import order_of
from pullwright.tasks.responses.agent.standing import turns_of_response
from pullwright.tasks.responses.asked import Asked
from pullwright.tasks.service import dispatching
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.tasks import get_task
from pullwright.tasks.store.turns import OPEN


async def begin_task(service: Service, actor: Actor, asked: Asked, dedup: str = "") -> Link:
    """Dispatch the task that the request asks for: the turn of its first attempt. The same `dedup` of the same user is the same
    task. Raises `FixSettings` naming the key of `metadata`, `Unsupported`, `NotFound`, `Forbidden`, `Conflict`."""
    require_dispatch(actor)
    order = order_of(asked, actor.only_project or "", dedup and f"response:{dedup}")
    task = await dispatching.dispatch(service, actor, order)
    first = task.attempts[0]
    return Link(task_id=task.id, attempt_id=first.id, turn_id=first.turns[0].id)


def require_dispatch(actor: Actor) -> None:
    """Raises `Forbidden` for a key that is not for tasks: it sees no project, and would be told that there is none; and for one
    whose models are others."""
    check_model(actor, "agent")
    if not scopes_allow(actor.scopes, "dispatch"):
        raise Forbidden("the model agent needs a key with the scope dispatch", fix="Make a key with that scope.")


async def cancel(service: Service, actor: Actor, link: Link) -> None:
    """Stop the task while the response has not ended; afterwards nothing happens, and twice is once. The work is kept."""
    if await service.database.read(_goes_on, link):
        await dispatching.cancel(service, actor, link.task_id)


def _goes_on(connection: Connection, link: Link) -> bool:
    try:
        task = get_task(connection, link.task_id)
        return any(turn.state in OPEN for _, turn in turns_of_response(connection, task, link))
    except NotFound:
        return False
