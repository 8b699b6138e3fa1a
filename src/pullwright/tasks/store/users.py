"""Users, by id, by name, by the identity provider's subject."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.tables import users

ROWS = Rows(users, User)


def add_user(connection: Connection, user: User) -> bool:
    """False: the name or the subject is taken."""
    return ROWS.add_new(connection, user)


def find_user(connection: Connection, name: str) -> User | None:
    """By id or name."""
    return ROWS.find(connection, users.c.id == name) or ROWS.find(connection, users.c.name == name)


def find_user_by_subject(connection: Connection, subject: str) -> User | None:
    """By the identity provider's `iss sub`."""
    return ROWS.find(connection, users.c.subject == subject)


def list_users(connection: Connection, *, after: str = "", limit: int = 100) -> list[User]:
    """By name, those after the name `after`."""
    return ROWS.all(connection, users.c.name > after, order=users.c.name, limit=limit)


def change_user(connection: Connection, user_id: str, **values: object) -> bool:
    """Set fields of a user; False: there is none."""
    return ROWS.change(connection, users.c.id == user_id, **values) == 1


def find_users_by_email(connection: Connection, email: str) -> list[User]:
    """Those who can act, without regard to case."""
    return ROWS.all(connection, func.lower(users.c.email) == email.lower(), users.c.disabled.is_(False), order=users.c.id)


def count_admins(connection: Connection) -> int:
    """Administrators of the server who can sign in. 0: nobody has set it up yet."""
    can = (users.c.password_hash != "") | users.c.subject.is_not(None)
    where = (users.c.is_admin.is_(True), users.c.disabled.is_(False), can)
    return connection.execute(select(func.count()).select_from(users).where(*where)).scalar_one()


def user_names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of users, by id."""
    return dict(connection.execute(select(users.c.id, users.c.name).where(users.c.id.in_(ids))).all())
