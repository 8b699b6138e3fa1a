"""Users: made, changed, disabled, erased; the server is never left without an administrator."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, NotFound
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import PULLWRIGHT, Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.passwords import check_password, hash_password
from pullwright.tasks.people.sign_ins import SignedIn, admit
from pullwright.tasks.store.conversations import forget_conversations_of
from pullwright.tasks.store.keys import keys_of, revoke_key
from pullwright.tasks.store.notices import remove_endpoints_of
from pullwright.tasks.store.responses import forget_responses_of
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.settings import hold_setting
from pullwright.tasks.store.sign_ins import end_sign_ins
from pullwright.tasks.store.users import add_user, change_user, count_admins, find_user, list_users

ADMINISTRATORS = "administrators"
"""What is held while it is looked at who administers the server."""

_NAME = re.compile(r"(?!user_)[a-z0-9][a-z0-9._@+-]{0,63}")


class UserOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A user to be made. Without a password they come in by a one-time link, or through the identity provider."""

    name: str
    email: str = ""
    is_admin: bool = False
    password: str = ""


class UserEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed of a user (None: nothing). `logins`: connection id -> their login at that forge."""

    email: str | None = None
    is_admin: bool | None = None
    disabled: bool | None = None
    logins: dict[str, str] | None = None


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user as shown to others: how they sign in, and nothing that they sign in with."""

    id: str
    name: str
    email: str
    is_admin: bool
    disabled: bool
    by_password: bool
    by_provider: bool
    logins: dict[str, str]
    created: float


async def create_user(service: Kept, actor: Actor, order: UserOrder) -> UserView:
    """Raises `Conflict` when the name is taken, `FixSettings` for a name or password that will not do."""
    actor.require("user.write")
    kept = await hash_password(order.password) if order.password else ""
    return await service.database.write(_create, actor, order, kept)


async def edit_user(service: Kept, actor: Actor, name: str, edit: UserEdit) -> UserView:
    """Raises `Conflict` when nobody would be left to administer the server. Who is disabled is signed out everywhere."""
    actor.require("user.write")
    return await service.database.write(_edit, actor, name, edit)


async def erase_user(service: Kept, actor: Actor, name: str) -> UserView:
    """Forget the person behind a user: name, address, logins, keys, webhooks, sign-ins, responses and conversations go. What they
    did stays, by nobody's name; the audit log has it until its own time is over (`backup.retention`)."""
    actor.require("user.write")
    return await service.database.write(_erase, actor, name)


async def view_users(service: Kept, actor: Actor, *, after: str = "", limit: int = 100) -> list[UserView]:
    """Users by name, those after the name `after`. Who administers nothing sees names alone."""
    actor.require("user.read")
    found = await service.database.read(list_users, after=after, limit=limit)
    views = [view_user(user) for user in found]
    if actor.may("user.write"):
        return views
    return [msgspec.structs.replace(view, email="", logins={}) for view in views]


async def change_password(service: Kept, actor: Actor, old: str, new: str, address: str = "") -> SignedIn:
    """The actor's own, with the old one. Ends all their sign-ins and gives a new one. A key cannot do this."""
    if actor.scopes is not None:
        raise Forbidden("a key changes no password", fix="Sign in.")
    user = await service.database.read(find_user, actor.user_id)
    if user is None or (user.password_hash and not await check_password(user.password_hash, old)):
        raise Forbidden("the old password is another one", fix="Ask an administrator for a one-time link.")
    kept = await hash_password(new)
    return await service.database.write(_set_password, actor, kept, address)


async def first_administrator(service: Kept, name: str, password: str, address: str) -> SignedIn:
    """Make the first administrator, and sign them in. Raises `Conflict` when there is one. Of two that come at once, one."""
    kept = await hash_password(password)
    return await service.database.write(_first, name, kept, address)


def view_user(user: User) -> UserView:
    """A user as shown."""
    return UserView(
        id=user.id,
        name=user.name,
        email=user.email,
        is_admin=user.is_admin,
        disabled=user.disabled,
        by_password=bool(user.password_hash),
        by_provider=user.subject is not None,
        logins=user.logins,
        created=user.created,
    )


def checked_name(name: str) -> str:
    """A user's name as it is kept. Raises `FixSettings`."""
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise FixSettings(f"{name!r} is no user's name", fix="Use letters, digits and . _ @ + -, at most 64.")
    return name


def named_user(connection: Connection, name: str) -> User:
    """By id or name. Raises `NotFound`."""
    user = find_user(connection, name)
    if user is None:
        raise NotFound(f"there is no user {name}")
    return user


def _create(connection: Connection, actor: Actor, order: UserOrder, password_hash: str) -> UserView:
    user = User(
        id=new_id("user"),
        name=checked_name(order.name),
        email=order.email,
        is_admin=order.is_admin,
        password_hash=password_hash,
        created=time.time(),
    )
    if not add_user(connection, user):
        raise Conflict(f"there is a user {user.name}", fix="Choose another name.")
    audit(connection, actor, "user.create", user.id, detail={"name": user.name, "is_admin": user.is_admin})
    return view_user(user)


def _edit(connection: Connection, actor: Actor, name: str, edit: UserEdit) -> UserView:
    user = named_user(connection, name)
    values = {field: value for field, value in msgspec.structs.asdict(edit).items() if value is not None}
    with _an_admin_stays(connection, user):
        if values:
            change_user(connection, user.id, **values)
    if edit.disabled:
        end_sign_ins(connection, user.id)
    detail = {**values, "name": user.name} | ({"email": "changed"} if edit.email is not None else {})
    audit(connection, actor, "user.edit", user.id, detail=detail)
    return view_user(named_user(connection, user.id))


def _erase(connection: Connection, actor: Actor, name: str) -> UserView:
    user = named_user(connection, name)
    name = f"erased-{user.id.removeprefix('user_')}"
    nobody = User(id=user.id, name=name, created=user.created, disabled=True)
    with _an_admin_stays(connection, user):
        change_user(connection, user.id, **msgspec.structs.asdict(nobody))
    end_sign_ins(connection, user.id)
    remove_endpoints_of(connection, user.id)
    for key in keys_of(connection, user.id):
        revoke_key(connection, key.id, time.time())
    forget_responses_of(connection, user.id)
    forget_conversations_of(connection, user.id)
    audit(connection, actor, "user.erase", user.id)
    return view_user(named_user(connection, user.id))


@contextmanager
def _an_admin_stays(connection: Connection, user: User) -> Iterator[None]:
    """Around a change of a user; one such change goes after the other."""
    if not user.is_admin:
        yield
        return
    hold_setting(connection, ADMINISTRATORS)
    before = count_admins(connection)
    yield
    if before and count_admins(connection) == 0:
        raise Conflict(f"{user.name} is the only administrator", fix="Make somebody else one first.")


def _set_password(connection: Connection, actor: Actor, password_hash: str, address: str) -> SignedIn:
    change_user(connection, actor.user_id, password_hash=password_hash)
    end_sign_ins(connection, actor.user_id)
    audit(connection, actor, "user.password", actor.user_id)
    signed_in = admit(connection, actor.user_id, address)
    if signed_in is None:
        raise NotFound(f"there is no user {actor.name}")
    return signed_in


def _first(connection: Connection, name: str, password_hash: str, address: str) -> SignedIn:
    hold_setting(connection, ADMINISTRATORS)
    if count_admins(connection):
        raise Conflict("this server has an administrator", fix="Sign in, or ask them for an invitation.")
    made = _create(connection, PULLWRIGHT, UserOrder(name=name, is_admin=True), password_hash)
    signed_in = admit(connection, made.id, address)
    assert signed_in is not None
    return signed_in
