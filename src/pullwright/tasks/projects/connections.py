"""Forge connections: how Pullwright signs in at a forge. What it signs in with is sealed, and never given back."""

from __future__ import annotations

import re
import secrets
import time
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, FixSettings
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.store.connections import (
    add_connection,
    change_connection,
    find_connection,
    get_connection,
    list_connections,
    remove_connection,
)
from pullwright.tasks.store.projects import count_projects_of
from pullwright.tasks.store.records import ConnectionSettings, ForgeKind
from pullwright.tasks.store.rows.projects import ForgeConnection
from pullwright.tasks.vault import Vault, credential_context, webhook_context

_NAME = re.compile(r"(?!conn_)[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ConnectionOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to be made. `credential`: a token, or the App's private key (PEM); `base_url` empty: the forge's own."""

    name: str
    forge: ForgeKind
    base_url: str = ""
    settings: ConnectionSettings = ConnectionSettings()
    credential: str = ""


class ConnectionEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed (None: nothing). `new_webhook_secret`: the old one no longer holds."""

    name: str | None = None
    base_url: str | None = None
    settings: ConnectionSettings | None = None
    credential: str | None = None
    new_webhook_secret: bool = False


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as shown. `webhook_secret` is there only when it was just made: it goes into the forge's settings."""

    id: str
    name: str
    forge: ForgeKind
    base_url: str
    settings: ConnectionSettings
    has_credential: bool
    created: float
    webhook_secret: str = ""


async def create_connection(service: Kept, actor: Actor, order: ConnectionOrder) -> ConnectionView:
    """Raises `Conflict` when the name is taken. The view has the webhook's secret, this once."""
    actor.require("connection.write")
    _check(order.name, order.base_url)
    if order.settings.sign_in == "app" and not order.settings.app_id:
        raise FixSettings("signing in as an App needs its id", fix="Set app_id to what the forge shows in the App's settings.")
    return await service.database.write(_create, service.vault, actor, order)


async def edit_connection(service: Kept, actor: Actor, name: str, edit: ConnectionEdit) -> ConnectionView:
    """By id or name."""
    actor.require("connection.write")
    _check(edit.name or "x", edit.base_url or "")
    return await service.database.write(_edit, service.vault, actor, name, edit)


async def remove_forge_connection(service: Kept, actor: Actor, name: str) -> None:
    """Raises `Conflict` while a project uses it."""
    actor.require("connection.write")
    await service.database.write(_remove, actor, name)


async def view_connections(service: Kept, actor: Actor) -> list[ConnectionView]:
    """All, by name."""
    actor.require("connection.read")
    return [_view(forge) for forge in await service.database.read(list_connections)]


def open_credential(vault: Vault, forge: ForgeConnection) -> str:
    """A connection's token or private key; empty: it has none."""
    return vault.open(forge.credential, credential_context(forge.id)).decode() if forge.credential is not None else ""


def open_webhook_secret(vault: Vault, forge: ForgeConnection) -> str:
    """What the forge signs its deliveries with."""
    return vault.open(forge.webhook_secret, webhook_context(forge.id)).decode() if forge.webhook_secret is not None else ""


def _check(name: str, base_url: str) -> None:
    if not _NAME.fullmatch(name):
        raise FixSettings(f"{name!r} is no connection's name", fix="Use letters, digits and . _ -, at most 100.")
    if not base_url:
        return
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise FixSettings(f"{base_url!r} is no address of a forge", fix="Give its REST API's: https://…, without a credential.")


def _create(connection: Connection, vault: Vault, actor: Actor, order: ConnectionOrder) -> ConnectionView:
    made, secret = new_id("conn"), secrets.token_urlsafe(32)
    forge = ForgeConnection(
        id=made,
        name=order.name,
        forge=order.forge,
        base_url=order.base_url,
        settings=order.settings,
        credential=_sealed(vault, order.credential, credential_context(made)),
        webhook_secret=_sealed(vault, secret, webhook_context(made)),
        created=time.time(),
    )
    if not add_connection(connection, forge):
        raise Conflict(f"there is a connection {order.name}", fix="Choose another name.")
    audit(connection, actor, "connection.create", made, detail={"name": order.name, "forge": order.forge})
    return msgspec.structs.replace(_view(forge), webhook_secret=secret)


def _edit(connection: Connection, vault: Vault, actor: Actor, name: str, edit: ConnectionEdit) -> ConnectionView:
    forge = get_connection(connection, name)
    plain = {"name": edit.name, "base_url": edit.base_url, "settings": edit.settings}
    values: dict[str, object] = {field: value for field, value in plain.items() if value is not None}
    if edit.name is not None and edit.name != forge.name and find_connection(connection, edit.name):
        raise Conflict(f"there is a connection {edit.name}", fix="Choose another name.")
    if edit.credential is not None:
        values["credential"] = _sealed(vault, edit.credential, credential_context(forge.id))
    secret = secrets.token_urlsafe(32) if edit.new_webhook_secret else ""
    if secret:
        values["webhook_secret"] = _sealed(vault, secret, webhook_context(forge.id))
    if values:
        change_connection(connection, forge.id, **values)
        audit(connection, actor, "connection.edit", forge.id, detail={"changed": sorted(values)})
    return msgspec.structs.replace(_view(get_connection(connection, forge.id)), webhook_secret=secret)


def _remove(connection: Connection, actor: Actor, name: str) -> None:
    forge = get_connection(connection, name)
    if used := count_projects_of(connection, forge.id):
        raise Conflict(f"{used} project(s) use the connection {forge.name}", fix="Give those projects another connection first.")
    remove_connection(connection, forge.id)
    audit(connection, actor, "connection.remove", forge.id, detail={"name": forge.name})


def _sealed(vault: Vault, plain: str, context: str) -> bytes | None:
    return vault.seal(plain.encode(), context) if plain else None


def _view(forge: ForgeConnection) -> ConnectionView:
    return ConnectionView(
        id=forge.id,
        name=forge.name,
        forge=forge.forge,
        base_url=forge.base_url,
        settings=forge.settings,
        has_credential=forge.credential is not None,
        created=forge.created,
    )
