"""API keys, by the hash of their token."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.people import Key
from pullwright.tasks.store.tables import keys

ROWS = Rows(keys, Key)


def add_key(connection: Connection, key: Key) -> None:
    """The token's hash is new: it is random."""
    ROWS.add(connection, key)


def find_key(connection: Connection, key_id: str) -> Key | None:
    """By id."""
    return ROWS.find(connection, keys.c.id == key_id)


def find_key_of_token(connection: Connection, token_hash: str) -> Key | None:
    """By its token's hash, whether it holds or not."""
    return ROWS.find(connection, keys.c.token_hash == token_hash)


def keys_of(connection: Connection, user_id: str | None = None) -> list[Key]:
    """A user's keys (None: everybody's), newest first, revoked ones too."""
    where = () if user_id is None else (keys.c.user_id == user_id,)
    return ROWS.all(connection, *where, order=keys.c.id.desc())


def use_key(connection: Connection, key_id: str, now: float) -> None:
    """It was used now."""
    ROWS.change(connection, keys.c.id == key_id, used=now)


def revoke_key(connection: Connection, key_id: str, now: float) -> bool:
    """False: there is none, or it was revoked before."""
    return ROWS.change(connection, keys.c.id == key_id, keys.c.revoked.is_(None), revoked=now) == 1
