"""What forges send. It is checked, kept, and answered at once; what comes of it is done by whoever triggers tasks."""

from __future__ import annotations

import time

import msgspec

from pullwright.forges.webhooks import verify
from pullwright.protocol.errors import Forbidden, NotFound
from pullwright.server.routing import Call, Routes
from pullwright.tasks.projects.connections import open_webhook_secret
from pullwright.tasks.store.connections import find_connection
from pullwright.tasks.store.deliveries import add_delivery
from pullwright.tasks.store.rows.accounts import Delivery

ROUTES = Routes("Webhooks")
KEPT = ("content-type", "user-agent", "x-github-", "x-gitlab-", "x-gitea-", "x-forgejo-", "webhook-")
"""Headers that are kept with a delivery, by their beginnings."""
SECRET = ("signature", "token")
"""And never those with one of these in their name."""


class Received(msgspec.Struct, frozen=True):
    """A delivery was taken. `new` is false for one that has come before: it is done once."""

    new: bool


@ROUTES.post("/webhooks/{connection}", open=True, status=202, raw=True)
async def webhook(call: Call, connection: str) -> Received:
    """Take a forge's delivery. Its signature is its credential."""
    call.desk.requests.take(f"webhook at {call.address}")
    service = call.service
    forge = await service.database.read(find_connection, connection)
    if forge is None or forge.id != connection:
        raise NotFound("there is no such connection")
    if forge.forge == "git":
        raise Forbidden("a plain git remote sends no webhooks")
    raw, headers = await call.request.body(), dict(call.request.headers)
    found = verify(forge.forge, headers, raw, open_webhook_secret(service.vault, forge), time.time())
    delivery = Delivery(
        connection_id=forge.id,
        id=found.digest,  # a delivery's own id is not signed: the same body under another id is the same
        event=found.event,
        body=raw,
        headers={name: value for name, value in headers.items() if _is_kept(name)},
        received=time.time(),
    )
    new = await service.database.write(add_delivery, delivery)
    service.bells.ring("deliveries")
    return Received(new)


def _is_kept(name: str) -> bool:
    return name.startswith(KEPT) and not any(word in name for word in SECRET)
