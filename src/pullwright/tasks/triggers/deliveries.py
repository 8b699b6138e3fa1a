"""Deliveries of forges: each is parsed, and each of its events acted on; then it is settled.

A delivery that could not be dealt with now (the forge does not answer; the attempt that it has notes for is at work) stays
new, and is tried again every `AGAIN` seconds, for `PATIENCE` seconds. One that nobody can deal with does not keep the others.
"""

from __future__ import annotations

import logging
import time
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from pullwright.forges.open import new_client
from pullwright.forges.webhooks import Delivery as Genuine
from pullwright.forges.webhooks import parse
from pullwright.protocol.errors import Conflict, PullwrightError, TryAgainLater
from pullwright.tasks.publishing.origin import forge_of
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.connections import find_connection
from pullwright.tasks.store.deliveries import new_deliveries, settle_delivery
from pullwright.tasks.store.projects import find_projects_at
from pullwright.tasks.store.rows.accounts import Delivery
from pullwright.tasks.store.rows.projects import ForgeConnection, Project
from pullwright.tasks.triggers.events import Scene, act

PATIENCE = 6 * 3600.0
AGAIN = 10.0
_TRIED: WeakKeyDictionary[Service, dict[tuple[str, str], float]] = WeakKeyDictionary()
"""When a delivery that waits was tried last, in this process: a forge is not asked the same at each ring of a bell."""
_LOG = logging.getLogger("pullwright.triggers")


async def deal_with_new(service: Service) -> int:
    """Deal with all deliveries that wait; how many were settled."""
    settled = 0
    tried = _TRIED.setdefault(service, {})
    waiting = {(one.connection_id, one.id): one for one in await service.database.read(new_deliveries)}
    for gone in tried.keys() - waiting.keys():
        del tried[gone]
    for key, delivery in waiting.items():
        if time.monotonic() - tried.get(key, -AGAIN) >= AGAIN:
            tried[key] = time.monotonic()
            settled += await _deal_with(service, delivery)
    return settled


async def _deal_with(service: Service, delivery: Delivery) -> bool:
    try:
        done = await _acted(service, delivery)
    except (TryAgainLater, Conflict) as error:
        if time.time() - delivery.received < PATIENCE:
            return False
        return await service.database.write(settle_delivery, delivery, "failed", str(error)[:1000])
    except PullwrightError as error:
        _LOG.warning("delivery %s of %s: %s", delivery.id[:12], delivery.connection_id, error)
        return await service.database.write(settle_delivery, delivery, "failed", f"{error} {error.fix}".strip()[:1000])
    except Exception as error:  # what it holds may be anything: it is told, and the next one's turn comes
        _LOG.exception("delivery %s of %s broke", delivery.id[:12], delivery.connection_id)
        return await service.database.write(settle_delivery, delivery, "failed", f"a fault in Pullwright: {type(error).__name__}")
    state = "done" if done else "ignored"
    return await service.database.write(settle_delivery, delivery, state, "; ".join(done)[:1000])


async def _acted(service: Service, delivery: Delivery) -> list[str]:
    """What came of a delivery, in words."""
    connection = await service.database.read(find_connection, delivery.connection_id)
    if connection is None or connection.forge == "git":
        return []
    genuine = Genuine(id=delivery.id, event=delivery.event, digest=delivery.id)
    done: list[str] = []
    async with new_client() as client:
        forge = forge_of(service, connection, client)
        bot = connection.settings.bot or await forge.login()
        for number, event in enumerate(parse(connection.forge, genuine, delivery.body, bot=bot)):
            for project in await service.database.read(_projects, connection, event.slug):
                scene = Scene(service=service, project=project, forge=forge, digest=f"{number}{delivery.id}")
                if word := await act(scene, event):
                    done.append(word)
    return done


def _projects(connection: Connection, forge: ForgeConnection, slug: str) -> list[Project]:
    return [project for project in find_projects_at(connection, forge.id, slug) if project.archived is None]
