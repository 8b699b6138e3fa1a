"""Users are made, changed, erased; the server is never left without an administrator."""

from __future__ import annotations

import asyncio

import pytest

from kept import KeptHere, a_person
from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, NotFound
from pullwright.tasks.people.actor import PULLWRIGHT
from pullwright.tasks.people.keys import KeyOrder, create_key
from pullwright.tasks.people.passwords import check_password, hash_password
from pullwright.tasks.people.people import People
from pullwright.tasks.people.users import UserEdit, UserOrder, create_user, edit_user, erase_user, view_users
from pullwright.tasks.store.audit import AuditFilter, list_audit
from pullwright.tasks.store.users import change_user, find_user


async def an_admin(kept: KeptHere, name: str):
    actor = await a_person(kept, name, is_admin=True)
    await kept.database.write(change_user, actor.user_id, password_hash="x")
    return actor


def test_a_password_is_kept_as_a_hash_that_fits_it_alone() -> None:
    async def work() -> None:
        kept = await hash_password("correct horse battery")
        assert kept.startswith("$argon2id$")
        assert await check_password(kept, "correct horse battery")
        assert not await check_password(kept, "correct horse")
        assert not await check_password("", "nobody's password")
        assert not await check_password("damaged", "x")
        for bad in ("short", "x" * 1001):
            with pytest.raises(FixSettings):
                await hash_password(bad)

    asyncio.run(work())


def test_somebody_always_administers_the_server(kept: KeptHere) -> None:
    async def work() -> None:
        ada = await an_admin(kept, "ada")
        for edit in (UserEdit(is_admin=False), UserEdit(disabled=True)):
            with pytest.raises(Conflict, match="only administrator"):
                await edit_user(kept, ada, "ada", edit)
        with pytest.raises(Conflict):
            await erase_user(kept, ada, "ada")
        await a_person(kept, "cam", is_admin=True)  # who cannot sign in does not count
        with pytest.raises(Conflict):
            await edit_user(kept, ada, "ada", UserEdit(is_admin=False))
        ben = await an_admin(kept, "ben")
        both = await asyncio.gather(
            edit_user(kept, ada, "ben", UserEdit(disabled=True)),
            edit_user(kept, ben, "ada", UserEdit(is_admin=False)),
            return_exceptions=True,
        )
        assert sorted(type(result).__name__ for result in both) == ["Conflict", "UserView"]

    asyncio.run(work())


def test_users_are_made_by_administrators_under_names_of_their_own(kept: KeptHere) -> None:
    async def work() -> None:
        ada = await an_admin(kept, "ada")
        ben = await a_person(kept, "ben")
        with pytest.raises(Forbidden):
            await create_user(kept, ben, UserOrder(name="carl"))
        with pytest.raises(Conflict):
            await create_user(kept, ada, UserOrder(name="BEN"))
        for bad in ("", "a b", "user_x", "x" * 65, "-a", "a/b"):
            with pytest.raises(FixSettings):
                await create_user(kept, ada, UserOrder(name=bad))
        with pytest.raises(NotFound):
            await edit_user(kept, ada, "nobody", UserEdit())
        edited = await edit_user(kept, ada, "ben", UserEdit(email="b@x.org", logins={"conn_1": "ben-l"}))
        assert (edited.email, edited.logins) == ("b@x.org", {"conn_1": "ben-l"})
        assert [view.email for view in await view_users(kept, ada)] == ["ada@example.org", "b@x.org"]
        assert [(view.email, view.logins) for view in await view_users(kept, ben)] == [("", {}), ("", {})]
        entries = await kept.database.read(list_audit, AuditFilter(action="user.edit"))
        assert "b@x.org" not in str(entries[0])
        assert entries[0].detail["logins"] == {"conn_1": "ben-l"}
        assert entries[0].user_id == ada.user_id

    asyncio.run(work())


def test_who_is_erased_is_nobody_any_more(kept: KeptHere) -> None:
    async def work() -> None:
        ben = await a_person(kept, "ben", password="a long enough password")
        _, token = await create_key(kept, ben, KeyOrder(name="ci"))
        view = await erase_user(kept, PULLWRIGHT, "ben")
        assert view.disabled
        assert not view.by_password
        assert "ben" not in f"{view.name} {view.email}"
        assert await People(kept).by_key(token) is None
        assert await kept.database.read(find_user, "ben") is None

    asyncio.run(work())
