"""The models that somebody may ask: what the service has, within what their key allows."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.asked import AGENT
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.keys import find_key


class Choice(msgspec.Struct, frozen=True):
    """A name to ask for, and whose model it is."""

    name: str
    provider: str


async def choices(service: Service, actor: Actor) -> list[Choice]:
    """`fast` and `deep` first, then the others by name, and `agent` for who may dispatch tasks somewhere."""
    allowed = await service.database.read(_allowed, actor)
    found: list[Choice] = []
    if actor.may("model.call"):
        models = service.config.models
        names = [name for name in ("fast", "deep") if name in models]
        names += sorted(name for name in models if name not in ("fast", "deep"))
        found = [Choice(name, models[name].provider) for name in names]
    if _dispatches(actor):
        found.append(Choice(AGENT, "pullwright"))
    return [one for one in found if allowed is None or one.name in allowed]


def _allowed(connection: Connection, actor: Actor) -> tuple[str, ...] | None:
    key = find_key(connection, actor.key_id) if actor.key_id else None
    return None if key is None else key.models


def _dispatches(actor: Actor) -> bool:
    places = [actor.only_project] if actor.only_project is not None else list(actor.roles)
    return any(actor.may("task.dispatch", project) for project in places) or (actor.is_admin and actor.scopes is None)
