"""One-time links: who has one signs in once. An administrator's (invitations, forgotten passwords) also sets a password; those of
the server's own machine (the demo) sign in at once, and nobody makes them from elsewhere."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.protocol.errors import NotFound, NotSignedIn
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.passwords import hash_password
from pullwright.tasks.people.sign_ins import SignedIn, admit
from pullwright.tasks.people.tokens import hash_of, new_token
from pullwright.tasks.store.settings import get_setting, put_setting, remove_setting
from pullwright.tasks.store.sign_ins import end_sign_ins
from pullwright.tasks.store.users import change_user, find_user

LASTS = 3 * 86400.0
"""Seconds that a link holds."""
SOON = 3600.0
"""Seconds that a link holds which needs no password."""


async def make_link(service: Kept, actor: Actor, user: str) -> str:
    """A token that signs this user (id or name) in once. Only an administrator makes one."""
    actor.require("user.write")
    token = new_token()
    await service.database.write(_make, actor, user, token)
    return token


async def redeem_link(service: Kept, token: str, password: str, address: str) -> SignedIn:
    """Set the password and sign in; all other sign-ins of the user end. Raises `NotSignedIn` for a link that holds no longer,
    and `FixSettings` for a bad password, after which the link still holds."""
    kept = await hash_password(password)
    return await service.database.write(_redeem, token, kept, address)


async def make_entry(service: Kept, actor: Actor) -> str:
    """A token that signs this very actor in once, as they are. For programs that hold the service itself: no route makes one."""
    token = new_token()
    await service.database.write(_make_entry, actor, token)
    return token


async def enter(service: Kept, token: str, address: str) -> SignedIn:
    """Sign in with what `make_entry` made. Raises `NotSignedIn` for a link that holds no longer."""
    return await service.database.write(_enter, token, address)


def _make(connection: Connection, actor: Actor, name: str, token: str) -> None:
    user = find_user(connection, name)
    if user is None or user.disabled:
        raise NotFound(f"there is no user {name} that may sign in")
    put_setting(connection, _name(token), {"user_id": user.id, "expires": time.time() + LASTS})
    audit(connection, actor, "user.link", user.id)


def _make_entry(connection: Connection, actor: Actor, token: str) -> None:
    put_setting(connection, _entry(token), {"user_id": actor.user_id, "expires": time.time() + SOON})
    audit(connection, actor, "user.link", actor.user_id)


def _enter(connection: Connection, token: str, address: str) -> SignedIn:
    user_id = _used(connection, _entry(token))
    signed_in = admit(connection, user_id, address) if user_id else None
    if signed_in is None:
        raise NotSignedIn("the link holds no longer", fix="Take the newest one, or sign in.")
    return signed_in


def _redeem(connection: Connection, token: str, password_hash: str, address: str) -> SignedIn:
    user_id = _used(connection, _name(token))
    signed_in = None
    if user_id:
        end_sign_ins(connection, user_id)
        signed_in = admit(connection, user_id, address)
    if signed_in is None:
        raise NotSignedIn("the link holds no longer", fix="Ask an administrator for a new one.")
    change_user(connection, signed_in.actor.user_id, password_hash=password_hash)
    audit(connection, signed_in.actor, "user.password", signed_in.actor.user_id)
    return signed_in


def _used(connection: Connection, name: str) -> str:
    """Whose link this is, which is used up with that; empty: nobody's, or it is too old."""
    found = get_setting(connection, name)
    if not found or not remove_setting(connection, name) or found["expires"] <= time.time():
        return ""
    return str(found["user_id"])


def _name(token: str) -> str:
    return f"link:{hash_of(token)[:48]}"


def _entry(token: str) -> str:
    """Of another name, so that neither kind of link is ever taken for the other."""
    return f"link:entry:{hash_of(token)[:48]}"
