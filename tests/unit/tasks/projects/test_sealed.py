"""Credentials and secrets: written and used, never read back, sealed wherever they lie; also under a new key."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection

from kept import KeptHere, a_person, again
from pullwright.protocol.errors import Conflict, FixSettings, Forbidden, NotFound
from pullwright.tasks.projects.budgets import set_budget, view_budgets, view_left
from pullwright.tasks.projects.connections import (
    ConnectionEdit,
    ConnectionOrder,
    create_connection,
    edit_connection,
    open_credential,
    open_webhook_secret,
    remove_forge_connection,
    view_connections,
)
from pullwright.tasks.projects.environments import view_environment
from pullwright.tasks.projects.members import put_member
from pullwright.tasks.projects.projects import ProjectOrder, create_project
from pullwright.tasks.projects.resealing import rotate_key
from pullwright.tasks.projects.secrets import SecretOrder, drop_secret, set_secret, view_secrets
from pullwright.tasks.projects.spending import view_usage
from pullwright.tasks.store import tables
from pullwright.tasks.store.connections import get_connection
from pullwright.tasks.store.records import ConnectionSettings, SecretUse
from pullwright.tasks.store.rows.accounts import BudgetLimit, UsageEntry
from pullwright.tasks.store.secrets import secrets_of
from pullwright.tasks.store.usage import UsageFilter, add_usage
from pullwright.tasks.vault import secret_context

TOKEN = "ghp_a_very_secret_token"


def everything_kept(connection: Connection) -> str:
    return " ".join(str(row) for table in tables.METADATA.sorted_tables for row in connection.execute(table.select()))


async def a_project(kept: KeptHere):
    ada = await a_person(kept, "ada", is_admin=True)
    await create_project(kept, ada, ProjectOrder(name="tally", url="https://git.example/tally.git"))
    await a_person(kept, "ben")
    await put_member(kept, ada, "tally", "ben", "member")
    return await again(kept, ada.user_id), await again(kept, "ben")


def test_a_secret_is_never_read_back(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben = await a_project(kept)
        await set_secret(kept, ada, "tally", SecretOrder(name="TOKEN", value="x" * 100))
        use = SecretUse(kind="intercept", host="api.example")
        await set_secret(kept, ada, "tally", SecretOrder(name="TOKEN", value=TOKEN, use=use))
        (view,) = await view_secrets(kept, ben, "tally")
        assert (view.name, view.use) == ("TOKEN", use)
        assert TOKEN not in str(view) + await kept.database.read(everything_kept)
        environment = await view_environment(kept, ada, "tally")
        (row,) = await kept.database.read(secrets_of, environment.id)
        assert kept.vault.open(row.value, secret_context(environment.id, "TOKEN")).decode() == TOKEN
        with pytest.raises(Forbidden):
            await set_secret(kept, ben, "tally", SecretOrder(name="TOKEN", value="mine"))
        with pytest.raises(Forbidden):
            await drop_secret(kept, ben, "tally", "TOKEN")
        await drop_secret(kept, ada, "tally", "TOKEN")
        with pytest.raises(NotFound):
            await drop_secret(kept, ada, "tally", "TOKEN")
        bad = (
            SecretOrder(name="A-B", value="x"),
            SecretOrder(name="A", value=""),
            SecretOrder(name="A", value="x" * 70_000),
            SecretOrder(name="A", value="x", use=SecretUse(kind="intercept")),
            SecretOrder(name="A", value="x\nHost: y", use=SecretUse(kind="intercept", host="h")),
        )
        for order in bad:
            with pytest.raises(FixSettings):
                await set_secret(kept, ada, "tally", order)

    asyncio.run(work())


def test_a_connection_shows_its_webhook_s_secret_once(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben = await a_project(kept)
        made = await create_connection(kept, ada, ConnectionOrder(name="work", forge="github", credential=TOKEN))
        assert made.webhook_secret
        (shown,) = await view_connections(kept, ada)
        assert (shown.has_credential, shown.webhook_secret) == (True, "")
        kept_text = await kept.database.read(everything_kept)
        assert TOKEN not in kept_text
        assert made.webhook_secret not in kept_text
        row = await kept.database.read(get_connection, "work")
        assert open_credential(kept.vault, row) == TOKEN
        assert open_webhook_secret(kept.vault, row) == made.webhook_secret
        edit = ConnectionEdit(name="forge", credential="new", new_webhook_secret=True)
        edited = await edit_connection(kept, ada, "work", edit)
        assert edited.webhook_secret not in ("", made.webhook_secret)
        assert open_credential(kept.vault, await kept.database.read(get_connection, "forge")) == "new"
        for who in (ben,):
            with pytest.raises(Forbidden):
                await view_connections(kept, who)
        order = ProjectOrder(name="x", url="https://github.example/o/n", forge="github", connection="forge", slug="o/n")
        await create_project(kept, ada, order)
        with pytest.raises(Conflict):
            await remove_forge_connection(kept, ada, "forge")
        with pytest.raises(FixSettings, match="is to github"):
            await create_project(
                kept, ada, ProjectOrder(name="y", url="https://x.example/o/n", forge="gitlab", connection="forge", slug="o/n")
            )
        app = ConnectionOrder(name="app", forge="github", settings=ConnectionSettings(sign_in="app"))
        for bad in (app, ConnectionOrder(name="a b", forge="git"), ConnectionOrder(name="a", forge="git", base_url="ftp://x")):
            with pytest.raises(FixSettings):
                await create_connection(kept, ada, bad)

    asyncio.run(work())


def test_everything_opens_under_a_new_key_and_nothing_under_the_old_one(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben = await a_project(kept)
        await set_secret(kept, ada, "tally", SecretOrder(name="TOKEN", value=TOKEN))
        await create_connection(kept, ada, ConnectionOrder(name="work", forge="github", credential=TOKEN))
        with pytest.raises(Forbidden):
            await rotate_key(kept, ben)
        assert await rotate_key(kept, ada) == 3
        kept.vault.drop_keys(keep=1)
        environment = await view_environment(kept, ada, "tally")
        (row,) = await kept.database.read(secrets_of, environment.id)
        assert kept.vault.open(row.value, secret_context(environment.id, "TOKEN")).decode() == TOKEN
        assert open_credential(kept.vault, await kept.database.read(get_connection, "work")) == TOKEN

    asyncio.run(work())


def test_budgets_are_set_by_administrators_and_usage_is_seen_by_members(kept: KeptHere) -> None:
    async def work() -> None:
        ada, ben = await a_project(kept)
        project = next(iter(ben.roles))
        limit = BudgetLimit(scope="user", scope_id="ben", period="total", usd=2.0)
        assert (await set_budget(kept, ada, limit)).usd == 2.0
        with pytest.raises(Forbidden):
            await set_budget(kept, ben, limit)
        with pytest.raises(FixSettings):
            await set_budget(kept, ada, BudgetLimit(scope="server", period="day", usd=-1.0))
        call = {"user_id": ben.user_id, "task_id": "t", "attempt_id": "a", "provider": "p", "model": "m", "cost_usd": 0.5}
        entries = [
            UsageEntry(id="1", time=1.0, project_id=project, **call),
            UsageEntry(id="2", time=1.0, project_id="proj_other", **call),
        ]
        await kept.database.write(add_usage, entries)
        assert [left.usd for left in await view_left(kept, ben, "tally")] == [1.0]
        assert [left.usd for left in await view_budgets(kept, ada)] == [1.0]
        assert [total.calls for total in await view_usage(kept, ben, UsageFilter())] == [1]
        assert [total.calls for total in await view_usage(kept, ada, UsageFilter())] == [2]
        assert [total.of for total in await view_usage(kept, ben, UsageFilter(projects=("tally",)), "project")] == [
            {"project": project}
        ]

    asyncio.run(work())
