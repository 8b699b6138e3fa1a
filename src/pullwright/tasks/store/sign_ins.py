"""Browsers that are signed in, by the hash of their token."""

from __future__ import annotations

from sqlalchemy import Connection

from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.rows.people import SignIn
from pullwright.tasks.store.tables import sign_ins

ROWS = Rows(sign_ins, SignIn)


def add_sign_in(connection: Connection, sign_in: SignIn) -> None:
    """The token's hash is new: it is random."""
    ROWS.add(connection, sign_in)


def find_sign_in(connection: Connection, token_hash: str, now: float) -> SignIn | None:
    """None: unknown, ended or expired."""
    return ROWS.find(connection, sign_ins.c.token_hash == token_hash, sign_ins.c.expires > now)


def see_sign_in(connection: Connection, token_hash: str, now: float, expires: float) -> None:
    """It was used now, and holds until `expires`."""
    ROWS.change(connection, sign_ins.c.token_hash == token_hash, seen=now, expires=expires)


def sign_ins_of(connection: Connection, user_id: str, now: float) -> list[SignIn]:
    """Those of a user that hold, the one used last first."""
    where = (sign_ins.c.user_id == user_id, sign_ins.c.expires > now)
    return ROWS.all(connection, *where, order=sign_ins.c.seen.desc())


def end_sign_in(connection: Connection, token_hash: str) -> bool:
    """Sign out; False: it was not signed in."""
    return ROWS.remove(connection, sign_ins.c.token_hash == token_hash) == 1


def end_sign_ins(connection: Connection, user_id: str, *, but: str = "") -> int:
    """Sign a user out everywhere, but for one token's hash."""
    return ROWS.remove(connection, sign_ins.c.user_id == user_id, sign_ins.c.token_hash != but)


def forget_sign_ins(connection: Connection, now: float) -> int:
    """Remove those that have expired."""
    return ROWS.remove(connection, sign_ins.c.expires <= now)
