"""The models that somebody may ask: what the service has, within what their key allows."""

from __future__ import annotations

import msgspec

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.responses.asked import AGENT
from pullwright.tasks.service.service import Service


class Choice(msgspec.Struct, frozen=True):
    """A name to ask for, and whose model it is."""

    name: str
    provider: str


async def choices(service: Service, actor: Actor) -> list[Choice]:
    """`fast` and `deep` first, then the others by name, and `agent` for who may dispatch tasks somewhere."""
    found: list[Choice] = []
    if actor.may("model.call"):
        models = service.models.choices
        names = [name for name in ("fast", "deep") if name in models]
        names += sorted(name for name in models if name not in ("fast", "deep"))
        found = [Choice(name, models[name].provider) for name in names]
    if _dispatches(actor):
        found.append(Choice(AGENT, "pullwright"))
    return [one for one in found if actor.may_call(one.name)]


def _dispatches(actor: Actor) -> bool:
    places = [actor.only_project] if actor.only_project is not None else list(actor.roles)
    return any(actor.may("task.dispatch", project) for project in places) or (actor.is_admin and actor.scopes is None)
