"""Secrets of environments: written and used, never read back."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import FixSettings, NotFound
from pullwright.protocol.ids import new_id
from pullwright.tasks.environments.keyring import check_use
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.projects.environments import DEFAULT, named_environment
from pullwright.tasks.store.records import SecretUse
from pullwright.tasks.store.rows.projects import Secret
from pullwright.tasks.store.secrets import put_secret, remove_secret, secrets_of
from pullwright.tasks.vault import Vault, secret_context

LARGEST = 64 << 10


class SecretOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A secret to be kept, under its name; one of that name is replaced."""

    name: str
    value: str
    use: SecretUse = SecretUse()


class SecretView(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as shown: that it is there, and what for."""

    name: str
    use: SecretUse
    created: float


async def set_secret(service: Kept, actor: Actor, project: str, order: SecretOrder, environment: str = DEFAULT) -> SecretView:
    """Raises `FixSettings` for a name or use that cannot be. The value is not said again, by nobody to nobody."""
    check_secret(order)
    return await service.database.write(_set, service.vault, actor, project, environment, order)


async def drop_secret(service: Kept, actor: Actor, project: str, name: str, environment: str = DEFAULT) -> None:
    """Raises `NotFound`."""
    await service.database.write(_drop, actor, project, environment, name)


async def view_secrets(service: Kept, actor: Actor, project: str, environment: str = DEFAULT) -> list[SecretView]:
    """An environment's, by name."""
    return await service.database.read(_list, actor, project, environment)


def check_secret(order: SecretOrder) -> None:
    """Raises `FixSettings` for a secret that could not be used."""
    if not order.value or len(order.value.encode()) > LARGEST or "\0" in order.value:
        raise FixSettings("a secret's value has 1 to 65,536 bytes", fix="Give it one, without NUL.")
    if not order.name.isidentifier() or not order.name.isascii():
        raise FixSettings(f"{order.name!r} is no secret's name", fix="Use letters, digits and _, not beginning with a digit.")
    check_use(order.name, order.use)
    if order.use.kind == "intercept" and any(character in order.value for character in "\r\n"):
        raise FixSettings("a header's value has one line", fix="Use the secret for setup, or without its line break.")


def _set(connection: Connection, vault: Vault, actor: Actor, project: str, environment: str, order: SecretOrder) -> SecretView:
    found = named_environment(connection, actor, project, environment)
    actor.require("secret.write", found.project_id)
    value = vault.seal(order.value.encode(), secret_context(found.id, order.name))
    secret = Secret(id=new_id("sec"), environment_id=found.id, name=order.name, use=order.use, value=value, created=time.time())
    put_secret(connection, secret)
    detail = {"name": order.name, "kind": order.use.kind, "host": order.use.host}
    audit(connection, actor, "secret.write", found.id, found.project_id, detail)
    return _view(secret)


def _drop(connection: Connection, actor: Actor, project: str, environment: str, name: str) -> None:
    found = named_environment(connection, actor, project, environment)
    actor.require("secret.write", found.project_id)
    if not remove_secret(connection, found.id, name):
        raise NotFound(f"the environment {found.name} has no secret {name}")
    audit(connection, actor, "secret.remove", found.id, found.project_id, {"name": name})


def _list(connection: Connection, actor: Actor, project: str, environment: str) -> list[SecretView]:
    found = named_environment(connection, actor, project, environment)
    actor.require("secret.read", found.project_id)
    return [_view(secret) for secret in secrets_of(connection, found.id)]


def _view(secret: Secret) -> SecretView:
    return SecretView(name=secret.name, use=secret.use, created=secret.created)
