"""The caller of a request, whichever way they came."""

from __future__ import annotations

import os

import msgspec
from starlette.requests import HTTPConnection

from pullwright.server.between.peers import UNIX
from pullwright.server.config import ServerConfig
from pullwright.server.entrance.cookies import token_in
from pullwright.server.entrance.csrf import HEADER, Guard
from pullwright.server.problems import Refusal
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.people import People

FIX = "Send an API key as `Authorization: Bearer …` (pullwright admin create-key), or sign in."


class Caller(msgspec.Struct, frozen=True):
    """Who asks; `csrf` and `token` are their sign-in's, where they came with a cookie."""

    actor: Actor
    csrf: str = ""
    token: str = ""


class Entrance:
    """Knows callers by what they bring. `guard` is what stands between cookies and other sites' pages."""

    def __init__(self, people: People, config: ServerConfig, guard: Guard) -> None:
        self.people = people
        self.config = config
        self.guard = guard

    async def caller(self, request: HTTPConnection, *, brought: str | None = None) -> Caller | None:
        """Who asks; None when they bring nothing. `brought` is a form's CSRF token, in place of the header's.

        Raises `Refusal` 401 for a credential that is no longer good, and what the guard raises.
        """
        caller = await self._found(request, brought)
        if caller is None:
            return None
        return msgspec.structs.replace(caller, actor=msgspec.structs.replace(caller.actor, address=str(request.state.address)))

    async def _found(self, request: HTTPConnection, brought: str | None) -> Caller | None:
        client = request.client
        if client is not None and client.host == UNIX:
            return await self._peer(client.port)
        if said := request.headers.get("authorization", ""):
            return await self._key(said)
        if token := token_in(request, self.config):
            signed_in = await self.people.by_sign_in(token)
            if signed_in is None:
                raise unknown("the sign-in has ended")
            self.guard(request, request.headers.get(HEADER, "") if brought is None else brought, signed_in.csrf)
            return Caller(signed_in.actor, signed_in.csrf, token)
        return None

    async def _peer(self, uid: int) -> Caller:
        if uid not in (os.getuid(), 0):
            raise unknown("the socket is for the server's own user")
        return Caller(await self.people.local())

    async def _key(self, said: str) -> Caller:
        scheme, _, token = said.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unknown("the Authorization header is not `Bearer …`")
        actor = await self.people.by_key(token.strip())
        if actor is None:
            raise unknown("the key is not known, expired or revoked")
        return Caller(actor)


def unknown(why: str) -> Refusal:
    """The refusal of somebody whom nobody knows."""
    return Refusal(401, why, fix=FIX, headers={"WWW-Authenticate": "Bearer"})
