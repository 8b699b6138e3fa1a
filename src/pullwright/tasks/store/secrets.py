"""Secrets of environments. Values are sealed (`tasks.vault`)."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.projects import Secret
from pullwright.tasks.store.tables import secrets

ROWS = Rows(secrets, Secret)


def put_secret(connection: Connection, secret: Secret) -> None:
    """Add a secret, or replace the environment's one of that name."""
    same = (secrets.c.environment_id == secret.environment_id, secrets.c.name == secret.name)
    if not ROWS.add_new(connection, secret):
        ROWS.change(connection, *same, use=secret.use, value=secret.value, created=secret.created)


def secrets_of(connection: Connection, environment_id: str) -> list[Secret]:
    """An environment's secrets, by name."""
    return ROWS.all(connection, secrets.c.environment_id == environment_id, order=secrets.c.name)


def all_secrets(connection: Connection) -> list[Secret]:
    """Every environment's."""
    return ROWS.all(connection, order=secrets.c.id)


def remove_secret(connection: Connection, environment_id: str, name: str) -> bool:
    """False: there is none of that name."""
    return ROWS.remove(connection, secrets.c.environment_id == environment_id, secrets.c.name == name) == 1
