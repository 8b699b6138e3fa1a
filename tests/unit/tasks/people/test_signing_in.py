"""Being signed in: by password, by key, by a one-time link, by a provider's word; and when it is over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, update

from kept import KeptHere, a_person
from planted import plant_project
from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, NotFound, NotSignedIn
from pullwright.tasks.people import links, passwords
from pullwright.tasks.people.identities import Vouched, Welcome
from pullwright.tasks.people.keys import KeyOrder, create_key, end_key, list_keys
from pullwright.tasks.people.links import make_link, redeem_link
from pullwright.tasks.people.people import People
from pullwright.tasks.people.users import UserEdit, change_password, edit_user
from pullwright.tasks.projects.budgets import set_budget
from pullwright.tasks.store import tables
from pullwright.tasks.store.audit import AuditFilter, list_audit
from pullwright.tasks.store.rows.accounts import BudgetLimit

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


def everything_kept(connection: Connection) -> str:
    return " ".join(str(row) for table in tables.METADATA.sorted_tables for row in connection.execute(table.select()))


def test_a_password_signs_in_until_it_ends(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        assert not await people.settled()
        first = await people.first_administrator("Ada", PASSWORD, "10.0.0.1")
        assert await people.settled()
        with pytest.raises(Conflict):
            await people.first_administrator("ben", PASSWORD, "10.0.0.1")
        assert await people.sign_in("ada", "another password", "") is None
        assert await people.sign_in("nobody", PASSWORD, "") is None
        again = await people.sign_in(" ADA ", PASSWORD, "10.0.0.2")
        assert again is not None
        assert again.actor.is_admin
        assert {again.token, again.csrf}.isdisjoint({first.token, first.csrf})
        found = await people.by_sign_in(again.token)
        assert found is not None
        assert (found.actor.user_id, found.csrf) == (first.actor.user_id, again.csrf)
        await people.sign_out(again.token)
        assert await people.by_sign_in(again.token) is None
        assert await people.by_sign_in(first.token) is not None
        all_that_is_kept = await kept.database.read(everything_kept)
        for secret in (PASSWORD, first.token, again.token):
            assert secret not in all_that_is_kept
        actions = [entry.action for entry in await kept.database.read(list_audit, AuditFilter())]
        assert actions == ["user.sign_in", "user.sign_in", "user.create"]

    asyncio.run(work())


def test_using_a_sign_in_makes_it_last_and_not_for_ever(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        signed_in = await people.first_administrator("ada", PASSWORD, "")

        def age(connection: Connection, **values: float) -> None:
            changed = {name: tables.sign_ins.c[name] - by for name, by in values.items()}
            connection.execute(update(tables.sign_ins).values(changed))

        await kept.database.write(age, seen=86400.0, expires=86400.0)
        found = await people.by_sign_in(signed_in.token)
        assert found is not None
        assert found.expires >= signed_in.expires
        await kept.database.write(age, created=89.5 * 86400, seen=86400.0)
        found = await people.by_sign_in(signed_in.token)
        assert found is not None
        await kept.database.write(age, seen=86400.0)
        await people.by_sign_in(signed_in.token)
        await kept.database.write(age, expires=86400.0)
        assert await people.by_sign_in(signed_in.token) is None

    asyncio.run(work())


def test_who_is_disabled_is_out_at_once(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        admin = (await people.first_administrator("ada", PASSWORD, "")).actor
        await a_person(kept, "ben", password=PASSWORD)
        signed_in = await people.sign_in("ben", PASSWORD, "")
        assert signed_in is not None
        _, token = await create_key(kept, signed_in.actor, KeyOrder(name="ci"))
        assert await people.by_key(token) is not None
        await edit_user(kept, admin, "ben", UserEdit(disabled=True))
        assert await people.by_sign_in(signed_in.token) is None
        assert await people.by_key(token) is None
        assert await people.sign_in("ben", PASSWORD, "") is None
        await edit_user(kept, admin, "ben", UserEdit(disabled=False))
        assert await people.by_sign_in(signed_in.token) is None
        assert await people.by_key(token) is not None

    asyncio.run(work())


def test_a_key_may_what_it_says_until_it_ends(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        admin = (await people.first_administrator("ada", PASSWORD, "")).actor
        project = await kept.database.write(plant_project)
        order = KeyOrder(name="ci", scopes=("dispatch", "read"), project="tally", days=1)
        view, token = await create_key(kept, admin, order)
        assert token.startswith("pw_")
        assert token.startswith(view.shown)
        assert token not in await kept.database.read(everything_kept)
        actor = await people.by_key(token)
        assert actor is not None
        assert actor.may("task.dispatch", project.id)
        assert not actor.may("task.dispatch", "proj_other")
        assert not actor.may("task.merge", project.id)
        assert not actor.may("user.write")
        assert await people.by_key(token[:-1]) is None
        assert await people.by_key("pw_") is None
        (listed,) = await list_keys(kept, admin)
        assert listed.used is not None
        await kept.database.write(lambda connection: connection.execute(update(tables.keys).values(expires=1.0)))
        assert await people.by_key(token) is None
        _, second = await create_key(kept, admin, KeyOrder(name="two"))
        assert (await end_key(kept, admin, (await list_keys(kept, admin))[0].id)).revoked is not None
        assert await people.by_key(second) is None

    asyncio.run(work())


def test_what_a_key_makes_is_bound_as_itself(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        admin = (await people.first_administrator("ada", PASSWORD, "")).actor
        limits = {"models": ("fast", "openai/small"), "requests_minute": 60, "tokens_minute": 1000}
        order = KeyOrder(name="bot", scopes=("models", "admin"), **limits)  # type: ignore[arg-type]
        view, token = await create_key(kept, admin, order)
        assert (view.models, view.requests_minute, view.tokens_minute) == (("fast", "openai/small"), 60, 1000)
        key = await people.by_key(token)
        assert key is not None
        assert (key.models, key.requests_minute, key.tokens_minute) == (view.models, 60, 1000)
        assert key.may_call("fast")
        assert not key.may_call("deep")
        more: list[dict[str, Any]] = [{"models": ("deep",)}, {"models": ("fast", "agent")}, {"requests_minute": 61}]
        for wanted in (*more, {"tokens_minute": 1001}):
            with pytest.raises(Forbidden, match="more than itself"):
                await create_key(kept, key, KeyOrder(name="x", scopes=("models",), **wanted))
        less, _ = await create_key(kept, key, KeyOrder(name="less", scopes=("models",), models=("fast",), tokens_minute=10))
        assert (less.models, less.requests_minute, less.tokens_minute) == (("fast",), 60, 10)
        await set_budget(kept, admin, BudgetLimit(scope="key", scope_id=view.id, period="day", usd=1.0))
        with pytest.raises(Forbidden, match="budget"):
            await create_key(kept, key, KeyOrder(name="x", scopes=("models",)))

    asyncio.run(work())


@pytest.mark.parametrize("wrong", [{"models": ()}, {"models": ("fats",)}, {"requests_minute": 0}, {"tokens_minute": -1}])
def test_limits_that_are_none_are_refused(kept: KeptHere, wrong: dict[str, Any]) -> None:
    async def work() -> None:
        admin = (await People(kept).first_administrator("ada", PASSWORD, "")).actor
        with pytest.raises(FixSettings):
            await create_key(kept, admin, KeyOrder(name="bot", scopes=("models",), **wrong))

    asyncio.run(work())


def test_a_budget_of_a_key_is_of_one_that_there_is(kept: KeptHere) -> None:
    async def work() -> None:
        admin = (await People(kept).first_administrator("ada", PASSWORD, "")).actor
        view, _ = await create_key(kept, admin, KeyOrder(name="bot", scopes=("models",)))
        left = await set_budget(kept, admin, BudgetLimit(scope="key", scope_id=view.id, period="month", tokens=10))
        assert left.tokens == 10
        with pytest.raises(NotFound):
            await set_budget(kept, admin, BudgetLimit(scope="key", scope_id="key_none", period="month", tokens=10))

    asyncio.run(work())


def test_a_key_makes_none_that_may_more_than_itself(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        admin = (await people.first_administrator("ada", PASSWORD, "")).actor
        await kept.database.write(plant_project)
        _, token = await create_key(kept, admin, KeyOrder(name="ci", scopes=("admin",)))
        key = await people.by_key(token)
        assert key is not None
        with pytest.raises(Forbidden, match="more than itself"):
            await create_key(kept, key, KeyOrder(name="x", scopes=("admin", "dispatch")))
        with pytest.raises(Forbidden):
            await change_password(kept, key, PASSWORD, PASSWORD + "2")
        _, bound = await create_key(kept, admin, KeyOrder(name="bound", scopes=("admin",), project="tally"))
        bound_key = await people.by_key(bound)
        assert bound_key is not None
        with pytest.raises(Forbidden):
            await create_key(kept, bound_key, KeyOrder(name="x"))
        ben = await a_person(kept, "ben")
        with pytest.raises(Forbidden):
            await create_key(kept, ben, KeyOrder(name="x", user="ada"))
        with pytest.raises(NotFound):
            await create_key(kept, ben, KeyOrder(name="x", project="tally"))
        with pytest.raises(NotFound):
            await end_key(kept, ben, key.key_id)
        for bad in (KeyOrder(name=" "), KeyOrder(name="x", scopes=())):
            with pytest.raises(FixSettings):
                await create_key(kept, admin, bad)

    asyncio.run(work())


def test_a_link_signs_in_once(kept: KeptHere, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        people = People(kept)
        admin = (await people.first_administrator("ada", PASSWORD, "")).actor
        ben = await a_person(kept, "ben")
        with pytest.raises(Forbidden):
            await make_link(kept, ben, "ada")
        token = await make_link(kept, admin, "ben")
        with pytest.raises(FixSettings):
            await redeem_link(kept, token, "short", "")
        before = await redeem_link(kept, token, PASSWORD, "")
        assert before.actor.name == "ben"
        with pytest.raises(NotSignedIn):
            await redeem_link(kept, token, PASSWORD, "")
        assert await people.sign_in("ben", PASSWORD, "") is not None
        forgotten = await make_link(kept, admin, "ben")
        await redeem_link(kept, forgotten, PASSWORD + "2", "")
        assert await people.by_sign_in(before.token) is None
        monkeypatch.setattr(links, "LASTS", -1.0)
        late = await make_link(kept, admin, "ben")
        with pytest.raises(NotSignedIn):
            await redeem_link(kept, late, PASSWORD, "")

    asyncio.run(work())


def test_a_changed_password_ends_every_sign_in(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        first = await people.first_administrator("ada", PASSWORD, "")
        with pytest.raises(Forbidden):
            await change_password(kept, first.actor, "wrong password", PASSWORD + "2")
        new = await change_password(kept, first.actor, PASSWORD, PASSWORD + "2")
        assert await people.by_sign_in(first.token) is None
        assert await people.by_sign_in(new.token) is not None
        assert await people.sign_in("ada", PASSWORD, "") is None

    asyncio.run(work())


def test_a_provider_s_people_are_known_by_its_subject(kept: KeptHere) -> None:
    async def work() -> None:
        closed = People(kept)
        admin = (await closed.first_administrator("ada", PASSWORD, "")).actor
        eve = Vouched(subject="https://id eve", name="Ada", email="ada@example.org", email_verified=True)
        with pytest.raises(Forbidden, match="no user here"):
            await closed.vouched_for(eve, "")
        await edit_user(kept, admin, "ada", UserEdit(email="ada@example.org"))
        with pytest.raises(Forbidden, match="no user here"):
            await closed.vouched_for(eve, "")  # an account that has a way in is not taken over by its address
        await a_person(kept, "ben")
        unverified = Vouched(subject="https://id mallory", name="ben", email="ben@example.org")
        with pytest.raises(Forbidden):
            await closed.vouched_for(unverified, "")
        ben = Vouched(subject="https://id ben", name="ben", email="BEN@example.org", email_verified=True)
        assert (await closed.vouched_for(ben, "")).actor.name == "ben"
        other = Vouched(subject="https://id other", name="ben", email="ben@example.org", email_verified=True)
        with pytest.raises(Forbidden):
            await closed.vouched_for(other, "")
        open_house = People(kept, Welcome(create=True, domains=("example.org",), admin_group="ops"))
        carl = Vouched(subject="https://id c", name="Ben", email="c@example.org", email_verified=True, groups=("ops",))
        signed_in = await open_house.vouched_for(carl, "")
        assert (signed_in.actor.name, signed_in.actor.is_admin) == ("ben-2", True)
        carl = Vouched(subject="https://id c", name="Ben", email="c@example.org", email_verified=True)
        assert not (await open_house.vouched_for(carl, "")).actor.is_admin
        stranger = Vouched(subject="https://id s", name="s", email="s@example.net", email_verified=True)
        with pytest.raises(Forbidden):
            await open_house.vouched_for(stranger, "")

    asyncio.run(work())


def test_the_person_at_the_socket_is_an_administrator_who_has_no_other_way_in(kept: KeptHere) -> None:
    async def work() -> None:
        people = People(kept)
        actor = await people.local()
        assert actor.is_admin
        assert await people.local() == actor
        assert not await people.settled()
        assert await people.sign_in("local", "", "") is None

    asyncio.run(work())
