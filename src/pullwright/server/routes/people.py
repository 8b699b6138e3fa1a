"""Users and their keys: made, changed, ended."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import Response

from pullwright.server.entrance.csrf import same_origin
from pullwright.server.routes.access import Me, Password, signed_in
from pullwright.server.routing import Call, Routes
from pullwright.tasks.people.keys import KeyOrder, KeyView, create_key, end_key, list_keys
from pullwright.tasks.people.links import enter, make_link, redeem_link
from pullwright.tasks.people.users import (
    UserEdit,
    UserOrder,
    UserView,
    change_password,
    create_user,
    edit_user,
    erase_user,
    view_users,
)
from pullwright.tasks.projects.members import view_roles
from pullwright.tasks.store.rows.people import Membership

ROUTES = Routes("People")


class NewKey(msgspec.Struct, frozen=True):
    """A key that was just made. The token is not to be had again."""

    key: KeyView
    token: str


class Link(msgspec.Struct, frozen=True):
    """A one-time link: whoever opens it sets the user's password and is signed in."""

    link: str


class Redeemed(msgspec.Struct, frozen=True):
    """A one-time link's token, and the password that shall hold from now on."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    password: Password


class Entered(msgspec.Struct, frozen=True):
    """The token of a one-time link that needs no password."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NewPassword(msgspec.Struct, frozen=True):
    """The old password, and the one that shall hold from now on."""

    old: Annotated[str, msgspec.Meta(max_length=1000)]
    new: Password


@ROUTES.get("/api/v1/users")
async def users(
    call: Call,
    after: Annotated[str, Query(max_length=100, description="The last name of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[UserView]:
    """List users by name. Who administers nothing sees names alone."""
    return await view_users(call.service, call.actor, after=after, limit=limit)


@ROUTES.post("/api/v1/users", status=201, example=UserOrder(name="grace"))
async def add_user(call: Call, body: UserOrder) -> UserView:
    """Make a user. Without a password they come in by a one-time link."""
    return await create_user(call.service, call.actor, body)


@ROUTES.patch("/api/v1/users/{user}", example=UserEdit(is_admin=True))
async def change_user(call: Call, user: str, body: UserEdit) -> UserView:
    """Change a user, or disable them: then they are signed out everywhere."""
    return await edit_user(call.service, call.actor, user, body)


@ROUTES.delete("/api/v1/users/{user}", status=200)
async def forget_user(call: Call, user: str) -> UserView:
    """Forget the person behind a user. What they did stays, by nobody's name."""
    return await erase_user(call.service, call.actor, user)


@ROUTES.post("/api/v1/users/{user}/link", status=201)
async def invite(call: Call, user: str) -> Link:
    """Make a one-time link for a user: an invitation, or a way back for who forgot a password."""
    token = await make_link(call.service, call.actor, user)
    return Link(f"{call.desk.config.url}/welcome?token={token}")


@ROUTES.get("/api/v1/roles")
async def roles(call: Call) -> list[Membership]:
    """What everybody is in every project, by ids. For administrators; a project's own are at `/projects/{project}/members`."""
    return await view_roles(call.service, call.actor)


@ROUTES.post("/api/v1/links/redeem", open=True, answers=Me)
async def redeem(call: Call, body: Redeemed) -> Response:
    """Use a one-time link: set the password, and be signed in."""
    same_origin(call.request)
    call.desk.sign_ins.take(f"link at {call.address}", "tries")
    return signed_in(call, await redeem_link(call.service, body.token, body.password, call.address))


@ROUTES.post("/api/v1/links/enter", open=True, answers=Me)
async def enter_by_link(call: Call, body: Entered) -> Response:
    """Use a one-time link that was made on the server's own machine, as `pullwright demo` does: be signed in."""
    same_origin(call.request)
    call.desk.sign_ins.take(f"link at {call.address}", "tries")
    return signed_in(call, await enter(call.service, body.token, call.address))


@ROUTES.post("/api/v1/me/password", answers=Me)
async def password(call: Call, body: NewPassword) -> Response:
    """Change one's password. All sign-ins end, and a new one begins."""
    call.desk.sign_ins.take(f"password of {call.actor.user_id}", "tries")
    return signed_in(call, await change_password(call.service, call.actor, body.old, body.new, call.address))


@ROUTES.get("/api/v1/keys")
async def keys(
    call: Call, everybodys: Annotated[bool, Query(alias="all", description="Everybody's, for administrators.")] = False
) -> list[KeyView]:
    """List one's keys, newest first. No token is ever shown again."""
    return await list_keys(call.service, call.actor, everybodys=everybodys)


@ROUTES.post("/api/v1/keys", status=201, example=KeyOrder(name="ci", scopes=("read", "dispatch"), days=90))
async def add_key(call: Call, body: KeyOrder) -> NewKey:
    """Make a key: what programs sign in with. Its token is shown this once."""
    key, token = await create_key(call.service, call.actor, body)
    return NewKey(key, token)


@ROUTES.delete("/api/v1/keys/{key}", status=200)
async def revoke_key(call: Call, key: str) -> KeyView:
    """Revoke a key; nobody comes in with it any more."""
    return await end_key(call.service, call.actor, key)
