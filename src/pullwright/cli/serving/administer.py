"""What `admin` does: on the database itself, as the administrator that whoever runs the service is anyway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from pullwright.cli.render.clean import clean
from pullwright.cli.serving.configured import data_of, server_config, service_config
from pullwright.cli.settings.load import Loaded
from pullwright.log.blobs import open_blobs
from pullwright.log.sql.database import Database
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.keys import KeyOrder, KeyView, create_key, end_key, list_keys
from pullwright.tasks.people.links import make_link
from pullwright.tasks.people.people import local_actor
from pullwright.tasks.people.users import UserEdit, UserOrder, UserView, create_user, edit_user, view_users
from pullwright.tasks.projects.resealing import rotate_key
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.migrations.migrate import migrate

if TYPE_CHECKING:
    from pullwright.tasks.backup.retention import Retention

T = TypeVar("T")


def on_service(loaded: Loaded, work: Callable[[Service, Actor], Awaitable[T]]) -> T:
    """What `work` returns on the open service, which may run elsewhere at the same time."""

    async def main() -> T:
        async with Service.open(service_config(loaded)) as service:
            return await work(service, await local_actor(service))

    return asyncio.run(main())


def add_user(loaded: Loaded, order: UserOrder) -> None:
    """Make a user. Without a password, a one-time link for them is printed."""

    async def work(service: Service, actor: Actor) -> str:
        made = await create_user(service, actor, order)
        return "" if order.password else await make_link(service, actor, made.id)

    token = on_service(loaded, work)
    click.echo(f"Made {order.name}{', an administrator' if order.is_admin else ''}.", err=True)
    if token:
        _say_link(loaded, order.name, token)


def link(loaded: Loaded, name: str) -> None:
    """Print a one-time link for a user."""

    async def work(service: Service, actor: Actor) -> str:
        return await make_link(service, actor, name)

    _say_link(loaded, name, on_service(loaded, work))


def _say_link(loaded: Loaded, name: str, token: str) -> None:
    click.echo(f"Whoever opens this sets {name}'s password, once, within three days:", err=True)
    click.echo(f"{server_config(loaded).url}/welcome?token={token}")


def change_user(loaded: Loaded, name: str, edit: UserEdit) -> None:
    """Change a user."""

    async def work(service: Service, actor: Actor) -> UserView:
        return await edit_user(service, actor, name, edit)

    _say_users([on_service(loaded, work)])


def show_users(loaded: Loaded, *, as_json: bool) -> None:
    """List the users."""

    async def work(service: Service, actor: Actor) -> list[UserView]:
        found: list[UserView] = []
        while page := await view_users(service, actor, after=found[-1].name if found else "", limit=500):
            found += page
        return found

    users = on_service(loaded, work)
    if as_json:
        click.echo(msgspec.json.encode(users))
    else:
        _say_users(users)


def _say_users(users: list[UserView]) -> None:
    for user in users:
        ways = [word for word, there in (("password", user.by_password), ("provider", user.by_provider)) if there]
        what = "disabled" if user.disabled else "administrator" if user.is_admin else "user"
        click.echo(clean(f"{user.name:20} {what:14} {', '.join(ways) or 'no way in':20} {user.email}").rstrip())


def add_key(loaded: Loaded, order: KeyOrder) -> None:
    """Make a key; its token is printed on stdout, alone, so that it can be piped on."""

    async def work(service: Service, actor: Actor) -> tuple[KeyView, str]:
        return await create_key(service, actor, order)

    key, token = on_service(loaded, work)
    click.echo(f"{key.id} for {order.user or 'local'}: {', '.join(key.scopes)}. The token is not shown again.", err=True)
    click.echo(token)


def show_keys(loaded: Loaded, *, as_json: bool) -> None:
    """List everybody's keys."""

    async def work(service: Service, actor: Actor) -> list[KeyView]:
        return await list_keys(service, actor, everybodys=True)

    keys = on_service(loaded, work)
    if as_json:
        click.echo(msgspec.json.encode(keys))
        return
    for key in keys:
        state = "revoked" if key.revoked else "expired" if key.expires and key.expires < time.time() else "good"
        limits = [*(key.models or ()), *(f"{most:,} {what}/min" for what, most in _minute(key) if most is not None)]
        told = f"{key.id}  {key.shown}…  {state:8} {','.join(key.scopes):24} {key.name}"
        click.echo(clean(f"{told}  ({', '.join(limits)})" if limits else told))


def _minute(key: KeyView) -> tuple[tuple[str, int | None], ...]:
    return ("requests", key.requests_minute), ("tokens", key.tokens_minute)


def revoke_key(loaded: Loaded, key: str) -> None:
    """Revoke a key."""

    async def work(service: Service, actor: Actor) -> KeyView:
        return await end_key(service, actor, key)

    click.echo(f"Revoked {on_service(loaded, work).id}.", err=True)


def migrate_database(loaded: Loaded) -> None:
    """Bring the database to this version's schema."""
    with _database(loaded) as database:
        moved = migrate(database)
    click.echo("The database was brought up to date." if moved else "The database is up to date.", err=True)


def rotate(loaded: Loaded) -> None:
    """A new key for the vault."""
    count = on_service(loaded, rotate_key)
    click.echo(f"{count} secrets are sealed with the new key. Keep a copy of {data_of(loaded) / 'key'} elsewhere.", err=True)


def back_up_to(loaded: Loaded, path: Path, *, with_key: bool, passphrase: str) -> None:
    """Everything into one file, while the service runs."""
    from pullwright.tasks.backup.backup import back_up
    from pullwright.tasks.vault import open_vault

    config = service_config(loaded)
    with _database(loaded) as database:
        vault = open_vault(config.data) if with_key or passphrase else None
        made = back_up(database, open_blobs(config.blobs_url), path, vault=vault, passphrase=passphrase)
    click.echo(f"{path}: {made.size:,} bytes, {sum(made.end.rows.values()):,} rows, {made.end.blobs:,} blobs.", err=True)
    if made.has_key == "no":
        click.echo("The key is not in it: without a copy of it, stored secrets cannot be read after a restore.", err=True)
    if made.has_key == "open":
        click.echo("The key is in it, open: whoever has the file has every secret.", err=True)


def restore_from(loaded: Loaded, path: Path, *, passphrase: str) -> None:
    """Bring a backup back into an empty database."""
    from pullwright.tasks.backup.restore import restore

    config = service_config(loaded)
    with _database(loaded) as database:
        back = restore(path, database, open_blobs(config.blobs_url), config.data, passphrase=passphrase)
    click.echo(f"{sum(back.end.rows.values()):,} rows and {back.end.blobs:,} blobs are back.", err=True)
    if back.has_key == "missing":
        click.echo(f"The key did not come along: put it into {config.data / 'key'} or PULLWRIGHT_MASTER_KEY.", err=True)
    if back.closed:
        click.echo(f"{back.closed} secrets cannot be opened with the key that is here.", err=True)


def let_go_of(loaded: Loaded, keep: Retention) -> None:
    """What is older than it needs to be goes: rows, blobs, and the folders that this machine has of it."""
    from pullwright.tasks.backup.retention import let_go
    from pullwright.workspace.removal import remove_tree

    config = service_config(loaded)
    with _database(loaded) as database:
        gone = let_go(database, open_blobs(config.blobs_url), keep)
    for session in gone.sessions:
        remove_tree(config.data / "sessions" / session)
    click.echo(f"Gone: {gone.tasks:,} tasks, the outputs of {gone.outputs:,} attempts, {gone.records:,} records.", err=True)


def export(loaded: Loaded, what: str, path: Path) -> None:
    """A task (by its id) as an archive, or everything about a user as JSON, into `path`."""
    from pullwright.tasks.backup.export import export_task, export_user

    async def work(service: Service, actor: Actor) -> int:
        if what.startswith("task_"):
            return await asyncio.to_thread(export_task, service.database, service.blobs, actor, what, path)
        told = await asyncio.to_thread(export_user, service.database, actor, what)
        path.touch(mode=0o600)
        return path.write_bytes(told)

    click.echo(f"{path}: {on_service(loaded, work):,} bytes.", err=True)


@contextmanager
def _database(loaded: Loaded) -> Iterator[Database]:
    database = Database(service_config(loaded).database_url)
    try:
        yield database
    finally:
        database.close()
