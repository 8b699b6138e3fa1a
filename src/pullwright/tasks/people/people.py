"""The people that the server's entrance asks about: one object over the use cases."""

from __future__ import annotations

import time

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.tasks.people import identities, keys, sign_ins, users
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.identities import Vouched, Welcome
from pullwright.tasks.people.kept import Kept
from pullwright.tasks.people.sign_ins import SignedIn, person
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.users import add_user, change_user, count_admins, find_user

LOCAL = "local"
"""The user that the server's own user at its unix socket is."""


class People:
    """Who may come in, and as whom. `welcome` says who of an OpenID Connect provider's people may."""

    def __init__(self, service: Kept, welcome: Welcome | None = None) -> None:
        self._service = service
        self._welcome = welcome or Welcome()

    async def settled(self) -> bool:
        """Whether an administrator can sign in."""
        return await self._service.database.read(count_admins) > 0

    async def sign_in(self, name: str, password: str, address: str) -> SignedIn | None:
        """A new sign-in by password; None when name and password do not fit, and as slowly either way."""
        return await sign_ins.sign_in(self._service, name, password, address)

    async def vouched_for(self, vouched: Vouched, address: str) -> SignedIn:
        """A new sign-in of whom a provider vouches for. Raises `Forbidden` for somebody who is no user here."""
        return await identities.vouched_for(self._service, vouched, self._welcome, address)

    async def by_sign_in(self, token: str) -> SignedIn | None:
        """Whose cookie this is; None when it is nobody's any more."""
        return await sign_ins.find_signed_in(self._service, token)

    async def by_key(self, token: str) -> Actor | None:
        """Whose key this is; None when it is nobody's any more."""
        return await keys.find_actor_of_key(self._service, token)

    async def sign_out(self, token: str) -> None:
        """End the sign-in."""
        await sign_ins.sign_out(self._service, token)

    async def first_administrator(self, name: str, password: str, address: str) -> SignedIn:
        """Make the first administrator, and sign them in. Raises `Conflict` when there is one."""
        return await users.first_administrator(self._service, name, password, address)

    async def local(self) -> Actor:
        """The administrator that the person at the unix socket is: who runs the server has its database anyway."""
        return await local_actor(self._service)


async def local_actor(service: Kept) -> Actor:
    """The user `local`, made when missing: an administrator with no way in but the socket and the machine's own commands."""
    actor = await service.database.read(_find_local)
    return actor or await service.database.write(_make_local)


def _find_local(connection: Connection) -> Actor | None:
    user = find_user(connection, LOCAL)
    if user is None or not user.is_admin:
        return None
    return msgspec.structs.replace(person(connection, user), address="local")


def _make_local(connection: Connection) -> Actor:
    if not add_user(connection, User(id=new_id("user"), name=LOCAL, is_admin=True, created=time.time())):
        user = find_user(connection, LOCAL)
        assert user is not None
        change_user(connection, user.id, is_admin=True)
    actor = _find_local(connection)
    assert actor is not None
    return actor
