"""Rows of people: who may sign in, to what, and with what."""

from __future__ import annotations

from typing import Literal

import msgspec

from pullwright.tasks.store.records import Role

Scope = Literal["read", "models", "dispatch", "review", "admin"]
"""`models`: call models through the API, and nothing else; each of the others includes reading."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a program. `password_hash` empty: no sign-in by password; `subject`: the identity provider's `iss sub`;
    `logins`: connection id -> the login at that forge."""

    id: str
    name: str
    email: str = ""
    password_hash: str = ""
    subject: str | None = None
    logins: dict[str, str] = {}
    is_admin: bool = False
    disabled: bool = False
    created: float = 0.0


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a user is in a project."""

    user_id: str
    project_id: str
    role: Role


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is signed in: the hash of its token, the value that guards its forms, until when it holds."""

    token_hash: str
    user_id: str
    csrf: str
    created: float
    seen: float
    expires: float
    address: str = ""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An API key: the hash of its token, `shown` to tell it by. `project_id` None: every project of the user's.

    `models` are the names that it may call (None: all that the service has); requests and tokens a minute None: no limit.
    """

    id: str
    token_hash: str
    shown: str
    name: str
    user_id: str
    project_id: str | None = None
    scopes: tuple[Scope, ...] = ()
    models: tuple[str, ...] | None = None
    requests_minute: int | None = None
    tokens_minute: int | None = None
    created: float = 0.0
    expires: float | None = None
    used: float | None = None
    revoked: float | None = None
