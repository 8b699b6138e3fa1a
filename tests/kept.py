"""A service for tests of people and projects: a database and a vault, and an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pullwright.log.sql.database import Database
from pullwright.tasks.backup.rows import lines_of, tables_of
from pullwright.tasks.people.actor import PULLWRIGHT, Actor
from pullwright.tasks.people.sign_ins import person
from pullwright.tasks.people.users import UserOrder, create_user
from pullwright.tasks.store.users import find_user
from pullwright.tasks.vault import Vault


@dataclass
class KeptHere:
    database: Database
    vault: Vault


async def a_person(service: KeptHere, name: str, *, is_admin: bool = False, password: str = "") -> Actor:
    """A new user, as the actor that they are."""
    order = UserOrder(name=name, is_admin=is_admin, password=password, email=f"{name}@example.org")
    made = await create_user(service, PULLWRIGHT, order)
    return await again(service, made.id)


async def again(service: KeptHere, user: str) -> Actor:
    """A user as the actor that they are now."""
    found = await service.database.read(find_user, user)
    assert found is not None
    return await service.database.read(person, found)


def contents(database: Database) -> dict[str, list[bytes]]:
    """Every row of every table."""

    def look(connection: Connection) -> dict[str, Any]:
        return {table.name: list(lines_of(connection, table)) for table in tables_of(connection)}

    return database.run(look)
