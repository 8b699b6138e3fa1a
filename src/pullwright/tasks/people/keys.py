"""API keys: what programs sign in with. The token is shown once, when the key is made."""

from __future__ import annotations

import re
import time
from typing import get_args

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.errors import FixSettings, Forbidden, NotFound
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.sign_ins import person
from pullwright.tasks.people.tokens import KEY, hash_of, new_token
from pullwright.tasks.store.budgets import list_budgets
from pullwright.tasks.store.keys import add_key, find_key, find_key_of_token, keys_of, revoke_key, use_key
from pullwright.tasks.store.projects import get_project
from pullwright.tasks.store.rows.people import Key, Scope
from pullwright.tasks.store.users import find_user

_MODEL = re.compile(r"fast|deep|agent|[^\s/]{1,64}/\S{1,120}")
_LIMITS = ("models", "requests_minute", "tokens_minute")
SHOWN = 11
USED_EVERY = 60.0
"""Seconds between two notes that a key is used."""


class KeyOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What key is wanted. `project` (id or name): only for it; `days`: it ends then (None: never). `user` (id or name): for
    somebody else, which is an administrator's to do. `models` are those that it may call through the API (None: all), named as
    its program names them; requests and tokens a minute hold for these calls (None: no limit)."""

    name: str
    scopes: tuple[Scope, ...] = ("read",)
    project: str = ""
    days: float | None = None
    user: str = ""
    models: tuple[str, ...] | None = None
    requests_minute: int | None = None
    tokens_minute: int | None = None


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is shown; the token's first characters tell it from others."""

    id: str
    name: str
    shown: str
    user_id: str
    project_id: str | None
    scopes: tuple[Scope, ...]
    models: tuple[str, ...] | None
    requests_minute: int | None
    tokens_minute: int | None
    created: float
    expires: float | None
    used: float | None
    revoked: float | None


async def create_key(service: Kept, actor: Actor, order: KeyOrder) -> tuple[KeyView, str]:
    """The key, and its token, which is not to be had again. A key makes none that may more than itself."""
    if not order.name.strip() or not order.scopes or not set(order.scopes) <= set(get_args(Scope)):
        raise FixSettings("a key has a name and scopes", fix=f"Scopes are {', '.join(get_args(Scope))}.")
    _check_limits(order)
    token = new_token(KEY)
    return await service.database.write(_create, actor, order, token), token


async def list_keys(service: Kept, actor: Actor, *, everybodys: bool = False) -> list[KeyView]:
    """The actor's keys, newest first; or everybody's."""
    actor.require("key.all" if everybodys else "key.own")
    found = await service.database.read(keys_of, None if everybodys else actor.user_id)
    return [view_key(key) for key in found]


async def end_key(service: Kept, actor: Actor, key_id: str) -> KeyView:
    """Revoke a key of the actor's; an administrator revokes anybody's."""
    return await service.database.write(_revoke, actor, key_id)


async def find_actor_of_key(service: Kept, token: str, address: str = "") -> Actor | None:
    """Whose key this is; None: unknown, expired, revoked, or its user is disabled."""
    if not token.startswith(KEY):
        return None
    now = time.time()
    found = await service.database.read(_find, token, now, address)
    if found is None:
        return None
    key, actor = found
    if now - (key.used or 0.0) > USED_EVERY:
        await service.database.write(use_key, key.id, now)
    return actor


def _check_limits(order: KeyOrder) -> None:
    if order.models is not None and not (order.models and all(_MODEL.fullmatch(name) for name in order.models)):
        raise FixSettings("the models of a key are not names of models", fix="Name fast, deep, agent or provider/model.")
    for limit in (order.requests_minute, order.tokens_minute):
        if limit is not None and not 1 <= limit < 1 << 31:
            raise FixSettings("a limit a minute is a number from 1 on", fix="Leave it out to have none.")


def _create(connection: Connection, actor: Actor, order: KeyOrder, token: str) -> KeyView:
    order = _no_more_than(connection, actor, order)
    owner = _owner(connection, actor, order)
    project = get_project(connection, order.project).id if order.project else actor.only_project
    if order.project and project:
        actor.require("project.read", project, f"project {order.project}")
    now = time.time()
    key = Key(
        id=new_id("key"),
        token_hash=hash_of(token),
        shown=token[:SHOWN],
        name=order.name.strip(),
        user_id=owner,
        project_id=project,
        scopes=tuple(scope for scope in get_args(Scope) if scope in order.scopes),
        models=None if order.models is None else tuple(dict.fromkeys(order.models)),
        requests_minute=order.requests_minute,
        tokens_minute=order.tokens_minute,
        created=now,
        expires=None if order.days is None else now + order.days * 86400,
    )
    add_key(connection, key)
    detail = {"name": key.name, "scopes": key.scopes, "for": owner}
    detail |= {name: value for name in _LIMITS if (value := getattr(key, name)) is not None}
    audit(connection, actor, "key.create", key.id, project or "", detail)
    return view_key(key)


def _no_more_than(connection: Connection, actor: Actor, order: KeyOrder) -> KeyOrder:
    """The order; when a key asks, with what that key may as its bounds. What it leaves out is as the key has it."""
    if actor.scopes is None:
        return order
    more = not set(order.scopes) <= set(actor.scopes)
    bounds = {name: getattr(actor, name) for name in _LIMITS if getattr(actor, name) is not None}
    asked = {name: getattr(order, name) for name in bounds if getattr(order, name) is not None}
    more = more or not set(asked.get("models", ())) <= set(bounds.get("models", ()))
    if more or any(asked[name] > bounds[name] for name in asked if name != "models"):
        most = [", ".join(actor.scopes), *(f"{name} {value}" for name, value in bounds.items())]
        raise Forbidden("a key makes no key that may more than itself", fix=f"Ask for {'; '.join(most)} at most.")
    if list_budgets(connection, "key", actor.key_id):
        raise Forbidden("a key with a budget makes no keys: they would not be charged to it", fix="Sign in to make it.")
    return msgspec.structs.replace(order, **(bounds | asked))


def _owner(connection: Connection, actor: Actor, order: KeyOrder) -> str:
    if not order.user:
        actor.require("key.own")
        return actor.user_id
    actor.require("key.all")
    user = find_user(connection, order.user)
    if user is None:
        raise NotFound(f"there is no user {order.user}")
    return user.id


def _revoke(connection: Connection, actor: Actor, key_id: str) -> KeyView:
    key = find_key(connection, key_id)
    if key is None or not actor.may("key.all" if key.user_id != actor.user_id else "key.own"):
        raise NotFound(f"there is no key {key_id}")
    if revoke_key(connection, key_id, time.time()):
        audit(connection, actor, "key.revoke", key_id, key.project_id or "", {"name": key.name})
    return view_key(find_key(connection, key_id) or key)


def _find(connection: Connection, token: str, now: float, address: str) -> tuple[Key, Actor] | None:
    key = find_key_of_token(connection, hash_of(token))
    if key is None or key.revoked is not None or (key.expires is not None and key.expires <= now):
        return None
    user = find_user(connection, key.user_id)
    if user is None or user.disabled:
        return None
    actor = person(connection, user, address)
    limits = {name: getattr(key, name) for name in _LIMITS}
    return key, msgspec.structs.replace(actor, key_id=key.id, scopes=key.scopes, only_project=key.project_id, **limits)


def view_key(key: Key) -> KeyView:
    """A key as shown."""
    return msgspec.convert(key, KeyView, from_attributes=True)
