"""Users whom an OpenID Connect provider vouches for: known by its subject alone, which is never given to another person."""

from __future__ import annotations

import re
import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Forbidden
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import PULLWRIGHT
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.sign_ins import SignedIn, admit
from pullwright.tasks.people.users import checked_name
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.users import add_user, change_user, find_user_by_subject, find_users_by_email


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a provider vouches for. `subject` is `issuer subject`."""

    subject: str
    name: str
    email: str = ""
    email_verified: bool = False
    groups: tuple[str, ...] = ()


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """Who of the provider's people comes in. Those who are users here always do.

    `create`: everybody else becomes a user when they first come, if their verified address is of one of `domains` (empty: of
    any). `admin_group`: who is in this group of the provider's administers the server, and who leaves it no longer does.
    """

    create: bool = False
    domains: tuple[str, ...] = ()
    admin_group: str = ""


async def vouched_for(service: Kept, vouched: Vouched, welcome: Welcome, address: str) -> SignedIn:
    """Sign in whom a provider vouches for. Raises `Forbidden` for somebody who is no user here and is not to become one.

    A user who was made with an address, and has no way in yet, is theirs who comes with that address, verified. Nobody comes
    into an account that has a way in by knowing (or being given) its address.
    """
    return await service.database.write(_vouched_for, vouched, welcome, address)


def _vouched_for(connection: Connection, vouched: Vouched, welcome: Welcome, address: str) -> SignedIn:
    user = find_user_by_subject(connection, vouched.subject) or _invited(connection, vouched)
    if user is None:
        user = _newcomer(connection, vouched, welcome)
    values: dict[str, object] = {}
    if welcome.admin_group and user.is_admin != (admin := welcome.admin_group in vouched.groups):
        values["is_admin"] = admin
    if vouched.email and vouched.email_verified and vouched.email != user.email:
        values["email"] = vouched.email
    if values:
        change_user(connection, user.id, **values)
        audit(connection, PULLWRIGHT, "user.provider", user.id, detail=values)
    signed_in = admit(connection, user.id, address)
    if signed_in is None:
        raise Forbidden(f"{user.name} is disabled", fix="Ask an administrator.")
    return signed_in


def _invited(connection: Connection, vouched: Vouched) -> User | None:
    if not vouched.email or not vouched.email_verified:
        return None
    found = find_users_by_email(connection, vouched.email)
    if len(found) != 1 or found[0].subject is not None or found[0].password_hash:
        return None
    change_user(connection, found[0].id, subject=vouched.subject)
    audit(connection, PULLWRIGHT, "user.provider", found[0].id, detail={"subject": vouched.subject})
    return found[0]


def _newcomer(connection: Connection, vouched: Vouched, welcome: Welcome) -> User:
    domain = vouched.email.rpartition("@")[2].lower() if vouched.email_verified else ""
    if not welcome.create or (welcome.domains and domain not in {name.lower() for name in welcome.domains}):
        raise Forbidden(f"{vouched.name or vouched.email} is no user here", fix="Ask an administrator for an invitation.")
    user = User(
        id=new_id("user"),
        name="",
        email=vouched.email if vouched.email_verified else "",
        subject=vouched.subject,
        created=time.time(),
    )
    base = re.sub(r"[^a-z0-9._+-]+", "-", (vouched.name or vouched.email.partition("@")[0]).lower()).strip("-._+")[:50] or "user"
    for name in (base, *(f"{base}-{number}" for number in range(2, 1000))):
        user = msgspec.structs.replace(user, name=checked_name(name))
        if add_user(connection, user):
            audit(connection, PULLWRIGHT, "user.create", user.id, detail={"name": user.name, "subject": vouched.subject})
            return user
    raise Forbidden(f"there are too many users called {base}", fix="Ask an administrator for an invitation.")
