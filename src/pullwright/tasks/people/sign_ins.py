"""Being signed in with a browser: by password, until signed out or not seen for a while."""

from __future__ import annotations

import secrets
import time

import msgspec
from sqlalchemy import Connection

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.passwords import check_password, hash_password, is_outdated
from pullwright.tasks.people.tokens import hash_of, new_token
from pullwright.tasks.store.memberships import roles_of
from pullwright.tasks.store.rows.people import SignIn, User
from pullwright.tasks.store.sign_ins import add_sign_in, end_sign_in, find_sign_in, see_sign_in
from pullwright.tasks.store.users import change_user, find_user

LASTS = 14 * 86400.0
"""Seconds that a sign-in holds after it was used last."""
AT_MOST = 90 * 86400.0
"""Seconds after which one signs in anew in any case."""
SEEN_EVERY = 300.0
"""Seconds between two notes that a sign-in is used: it is not written with every request."""


class SignedIn(msgspec.Struct, frozen=True):
    """A sign-in: who it is, the cookie's token, what their forms must bring along, and until when it holds."""

    actor: Actor
    token: str
    csrf: str
    expires: float


def person(connection: Connection, user: User, address: str = "") -> Actor:
    """A user as the actor that they are when they are signed in."""
    roles = roles_of(connection, user.id)
    return Actor(user_id=user.id, name=user.name, is_admin=user.is_admin, roles=roles, address=address)


async def sign_in(service: Kept, name: str, password: str, address: str) -> SignedIn | None:
    """By name and password. None when they do not fit together, which takes as long whatever of them is wrong."""
    user = await service.database.read(find_user, name.strip().lower())
    if user and user.disabled:
        user = None
    kept = user.password_hash if user else ""
    if not await check_password(kept, password) or user is None:
        return None
    if is_outdated(kept):
        await service.database.write(change_user, user.id, password_hash=await hash_password(password))
    return await service.database.write(admit, user.id, address)


def admit(connection: Connection, user_id: str, address: str) -> SignedIn | None:
    """Sign a user in, however it was found out that it is them; None: they are disabled."""
    user = find_user(connection, user_id)
    if user is None or user.disabled:
        return None
    now = time.time()
    token, csrf = new_token(), secrets.token_urlsafe(24)
    row = SignIn(
        token_hash=hash_of(token), user_id=user.id, csrf=csrf, created=now, seen=now, expires=now + LASTS, address=address
    )
    add_sign_in(connection, row)
    actor = person(connection, user, address)
    audit(connection, actor, "user.sign_in", user.id)
    return SignedIn(actor, token, csrf, row.expires)


async def find_signed_in(service: Kept, token: str, address: str = "") -> SignedIn | None:
    """Whose token this is; None: it has ended, or the user is disabled. Using it makes it last."""
    now = time.time()
    found = await service.database.read(_find, token, now, address)
    if found is None:
        return None
    row, actor = found
    expires = min(now + LASTS, row.created + AT_MOST)
    if now - row.seen > SEEN_EVERY:
        await service.database.write(see_sign_in, row.token_hash, now, expires)
    return SignedIn(actor, token, row.csrf, max(row.expires, expires))


async def sign_out(service: Kept, token: str) -> None:
    """End a sign-in."""
    await service.database.write(end_sign_in, hash_of(token))


def _find(connection: Connection, token: str, now: float, address: str) -> tuple[SignIn, Actor] | None:
    row = find_sign_in(connection, hash_of(token), now)
    user = find_user(connection, row.user_id) if row else None
    if row is None or user is None or user.disabled:
        return None
    return row, person(connection, user, address)
