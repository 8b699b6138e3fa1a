"""Where people want to be told. An endpoint's secret is shown once, when it is made or renewed, and kept sealed."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, NotFound, TryAgainLater
from pullwright.protocol.ids import new_id
from pullwright.tasks.notices.enqueueing import NoticeEvent
from pullwright.tasks.notices.reach import Reach, parsed
from pullwright.tasks.notices.signing import new_secret
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.users import named_user
from pullwright.tasks.store.notices import add_endpoint, change_endpoint, find_endpoint, list_endpoints, remove_endpoint
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.notices import NoticeEndpoint
from pullwright.tasks.vault import Vault, notice_context

MOST = 50
"""Endpoints of one user."""
BOTH_SIGN = 24 * 3600.0
"""Seconds after a renewal in which the old secret signs too."""


class EndpointOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Where to tell. `project` (id or name): of whatever is done in it, and not only of what one started oneself; `events`
    empty: all; `user` (id or name): for somebody else, which is an administrator's to do."""

    url: str
    project: str = ""
    events: tuple[NoticeEvent, ...] = ()
    user: str = ""


class EndpointEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed (None: nothing). `enabled`: tell again, or not; `new_secret`: the old one signs too for a day."""

    url: str | None = None
    events: tuple[NoticeEvent, ...] | None = None
    enabled: bool | None = None
    new_secret: bool = False


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as shown. `secret` (`whsec_…`) is there only when it was just made. `failing`: since when nothing got through;
    `disabled`: nothing is sent any more, and `why`."""

    id: str
    url: str
    user_id: str
    project_id: str
    events: tuple[str, ...]
    created: float
    failing: float | None
    disabled: float | None
    why: str
    secret: str = ""


async def create_endpoint(service: Kept, actor: Actor, order: EndpointOrder, reach: Reach) -> EndpointView:
    """The view has the secret, this once. Raises `FixSettings` for a URL that `reach` does not allow."""
    await _check(order.url, reach)
    return await service.database.write(_create, service.vault, actor, order)


async def edit_endpoint(service: Kept, actor: Actor, endpoint_id: str, edit: EndpointEdit, reach: Reach) -> EndpointView:
    """An own one, or anybody's for an administrator. Raises `FixSettings` for a URL that `reach` does not allow."""
    if edit.url is not None:
        await _check(edit.url, reach)
    return await service.database.write(_edit, service.vault, actor, endpoint_id, edit)


async def drop_endpoint(service: Kept, actor: Actor, endpoint_id: str) -> None:
    """With what waits for it, and the list of what was delivered."""
    await service.database.write(_remove, actor, endpoint_id)


async def view_endpoints(service: Kept, actor: Actor, *, everybodys: bool = False) -> list[EndpointView]:
    """The actor's, newest first; or everybody's."""
    actor.require("webhook.all" if everybodys else "webhook.own")
    found = await service.database.read(list_endpoints, None if everybodys else actor.user_id)
    return [view_endpoint(endpoint) for endpoint in found]


def own_endpoint(connection: Connection, actor: Actor, endpoint_id: str) -> NoticeEndpoint:
    """An endpoint that is the actor's to see and change. Raises `NotFound`, also for somebody else's; `Forbidden` for a key
    that may not."""
    actor.require("webhook.own")
    endpoint = find_endpoint(connection, endpoint_id)
    if endpoint is None or (endpoint.user_id != actor.user_id and not actor.may("webhook.all")):
        raise NotFound(f"there is no webhook endpoint {endpoint_id}")
    return endpoint


def view_endpoint(endpoint: NoticeEndpoint, secret: str = "") -> EndpointView:
    """An endpoint as shown."""
    return msgspec.structs.replace(msgspec.convert({**_plain(endpoint), "secret": ""}, EndpointView), secret=secret)


def _plain(endpoint: NoticeEndpoint) -> dict[str, object]:
    return {name: getattr(endpoint, name) for name in EndpointView.__struct_fields__}


async def _check(url: str, reach: Reach) -> None:
    """A name that does not resolve today may tomorrow."""
    parsed(url)
    try:
        await reach.addresses(url)
    except TryAgainLater:
        return


def _create(connection: Connection, vault: Vault, actor: Actor, order: EndpointOrder) -> EndpointView:
    actor.require("webhook.all" if order.user else "webhook.own")
    owner = named_user(connection, order.user).id if order.user else actor.user_id
    project = get_project(connection, order.project).id if order.project else ""
    if project:
        actor.require("webhook.project", project, f"project {order.project}")
    if len(list_endpoints(connection, owner)) >= MOST:
        raise Conflict(f"a user has {MOST} webhook endpoints at most", fix="Remove one that is not needed.")
    made, secret = new_id("whe"), new_secret()
    endpoint = NoticeEndpoint(
        id=made,
        user_id=owner,
        project_id=project,
        url=order.url,
        secret=vault.seal(secret.encode(), notice_context(made)),
        events=tuple(dict.fromkeys(order.events)),
        created=time.time(),
    )
    add_endpoint(connection, endpoint)
    audit(connection, actor, "webhook.create", made, project, {"host": _host(order.url), "for": owner})
    return view_endpoint(endpoint, secret)


def _edit(connection: Connection, vault: Vault, actor: Actor, endpoint_id: str, edit: EndpointEdit) -> EndpointView:
    endpoint = own_endpoint(connection, actor, endpoint_id)
    now = time.time()
    plain = {"url": edit.url, "events": edit.events}
    values: dict[str, object] = {name: value for name, value in plain.items() if value is not None}
    if edit.enabled is not None:
        values |= {"disabled": None if edit.enabled else now, "why": "" if edit.enabled else "it was disabled by hand"}
        values |= {"failing": None}
    secret = new_secret() if edit.new_secret else ""
    if secret:
        values |= {"secret": vault.seal(secret.encode(), notice_context(endpoint.id))}
        values |= {"old_secret": endpoint.secret, "old_until": now + BOTH_SIGN}
    if values:
        change_endpoint(connection, endpoint.id, **values)
        audit(connection, actor, "webhook.edit", endpoint.id, endpoint.project_id, {"changed": sorted(values)})
    return view_endpoint(own_endpoint(connection, actor, endpoint.id), secret)


def _remove(connection: Connection, actor: Actor, endpoint_id: str) -> None:
    endpoint = own_endpoint(connection, actor, endpoint_id)
    remove_endpoint(connection, endpoint.id)
    audit(connection, actor, "webhook.remove", endpoint.id, endpoint.project_id, {"host": _host(endpoint.url)})


def _host(url: str) -> str:
    """What the audit log has of a URL: its path may be a secret."""
    return parsed(url).hostname or ""
