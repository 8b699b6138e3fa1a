"""Signing in and out, the first run, OpenID Connect, and who one is."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import RedirectResponse, Response

from pullwright.protocol.errors import Conflict, NotFound
from pullwright.server.bodies import answer
from pullwright.server.entrance.cookies import drop_cookie, put_cookie
from pullwright.server.entrance.csrf import same_origin
from pullwright.server.entrance.oidc import COOKIE, PATIENCE, Oidc
from pullwright.server.problems import Refusal
from pullwright.server.routing import Call, Routes
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.sign_ins import SignedIn

ROUTES = Routes("Access")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class SignIn(msgspec.Struct, frozen=True):
    """Name and password."""

    name: Name
    password: Password


class FirstRun(msgspec.Struct, frozen=True):
    """The token of the link that `pullwright serve` printed, and who the first administrator shall be."""

    token: Annotated[str, msgspec.Meta(max_length=200)]
    name: Name
    password: Password


class Me(msgspec.Struct, frozen=True):
    """Who one is. `csrf` goes into `X-CSRF-Token` of whatever changes something, where one came with a cookie."""

    user: str
    name: str
    is_admin: bool
    roles: dict[str, str]
    scopes: tuple[str, ...] | None
    csrf: str = ""


@ROUTES.post("/api/v1/sign-in", open=True, answers=Me, example=SignIn("ada", "correct horse battery staple"))
async def sign_in(call: Call, body: SignIn) -> Response:
    """Sign in with a password. Sets the cookie, and answers with `Me`. Too many tries: 429 for a while."""
    same_origin(call.request)
    return signed_in(call, await by_password(call, body.name, body.password))


@ROUTES.post("/api/v1/sign-out", status=204)
async def sign_out(call: Call) -> Response:
    """End the sign-in that the cookie stands for."""
    response = Response(status_code=204)
    if call.caller is not None and call.caller.token:
        await call.desk.entrance.people.sign_out(call.caller.token)
        drop_cookie(response, call.desk.config)
    return response


@ROUTES.get("/api/v1/me")
async def me(call: Call) -> Me:
    """Who one is, and what one may do where."""
    return _me(call.actor, call.caller.csrf if call.caller else "")


@ROUTES.post("/api/v1/first-run", open=True, status=201, answers=Me)
async def first_run(call: Call, body: FirstRun) -> Response:
    """Make the first administrator, once, with the token that was printed on the server's machine."""
    same_origin(call.request)
    return signed_in(call, await settle(call, body.token, body.name, body.password), 201)


@ROUTES.get("/api/v1/oidc/begin", open=True, status=302)
async def oidc_begin(call: Call, after: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """Send the browser to the sign-in provider; `after` is the page here to come back to."""
    oidc = _provider(call)
    url, cookie = await oidc.begin(after if after.startswith("/") and not after.startswith(("//", "/\\")) else "/")
    response = RedirectResponse(url, 302)
    config = call.desk.config
    response.set_cookie(
        COOKIE, cookie, max_age=int(PATIENCE), path="/api/v1/oidc", secure=config.https, httponly=True, samesite="lax"
    )
    return response


@ROUTES.get("/api/v1/oidc/callback", open=True, status=302)
async def oidc_callback(
    call: Call,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Where the provider sends the browser back to."""
    oidc = _provider(call)
    if not code:
        raise Refusal(403, "the provider did not vouch for anybody", fix="Begin again at the sign-in page.")
    vouched, after = await oidc.finish(call.request.cookies.get(COOKIE, ""), state, code)
    found = await call.desk.entrance.people.vouched_for(vouched, call.address)
    response = RedirectResponse(after, 302)
    put_cookie(response, call.desk.config, found.token, call.desk.config.sign_in_seconds)
    response.delete_cookie(COOKIE, path="/api/v1/oidc")
    return response


async def by_password(call: Call, name: str, password: str) -> SignedIn:
    """The sign-in of `name`. Raises `Refusal`: 401 when the two do not fit, 429 after too many tries by name or address."""
    tries = call.desk.sign_ins
    askers = (f"at {call.address}", f"as {name}")
    for asker in askers:
        tries.check(asker, "tries to sign in")
    found = await call.desk.entrance.people.sign_in(name, password, call.address)
    if found is None:
        for asker in askers:
            tries.take(asker, "tries to sign in")
        raise Refusal(401, "name and password do not fit", fix="Try again; an administrator can set a new password.")
    return found


async def settle(call: Call, token: str, name: str, password: str) -> SignedIn:
    """Make the first administrator. Raises `Conflict` when there is one, `Refusal` 403 for another token than the link's."""
    if call.desk.settled:
        raise Conflict("there is an administrator already", fix="Sign in.")
    call.desk.sign_ins.take(f"first at {call.address}", "tries")
    if not call.desk.first_run.fits(token):
        raise Refusal(403, "this is not the link that was printed", fix="Open the link that `pullwright serve` printed last.")
    found = await call.desk.entrance.people.first_administrator(name, password, call.address)
    call.desk.first_run.use()
    call.desk.settled = True
    return found


def signed_in(call: Call, found: SignedIn, status: int = 200) -> Response:
    """The answer that has the browser keep the sign-in."""
    response = answer(_me(found.actor, found.csrf), status)
    put_cookie(response, call.desk.config, found.token, call.desk.config.sign_in_seconds)
    return response


def _provider(call: Call) -> Oidc:
    if call.desk.oidc is None:
        raise NotFound("no sign-in provider is set", fix="Set server.oidc.issuer, or sign in with a password.")
    return call.desk.oidc


def _me(actor: Actor, csrf: str) -> Me:
    return Me(actor.user_id, actor.name, actor.is_admin, {**actor.roles}, actor.scopes and tuple(actor.scopes), csrf)
