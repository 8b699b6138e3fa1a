"""`pullwright admin`: users, keys, webhooks, backup and migration of a task service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pullwright.cli.commands.options import as_json

if TYPE_CHECKING:
    from pullwright.cli.settings.load import Loaded

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)
EVENTS = ["response.completed", "response.failed", "response.cancelled", "response.incomplete"]
SCOPES = ["read", "models", "dispatch", "review", "admin"]

HELP = """Administer a task service: users, keys, webhooks, backup, migration.

Works on the service's database itself, so run it on a machine that has the service's settings, as the user that runs it. The
service may run meanwhile (but for `restore`).

\b
Examples:
  pullwright admin create-user ada --admin            prints a one-time link with which ada sets a password
  pullwright admin create-key ci --user ada --scope dispatch --days 90
  pullwright admin create-key bot --scope models --model fast --requests-minute 60
  pullwright admin backup service.tar.gz --with-key
  pullwright admin migrate                            after an upgrade, before the service is started
"""


@click.group(help=HELP, short_help="Users, keys, webhooks, backup, migration of a task service.")
def command() -> None:
    """Administer."""


def where(function: F) -> F:
    """`--data` and `--database`: which service."""
    for option in (
        click.option("--database", metavar="URL", help="sqlite:///PATH or postgresql://…  [config: server.database]"),
        click.option("--data", type=FILE, metavar="DIR", help="The data folder.  [config: server.data]"),
    ):
        function = option(function)
    return function


def _loaded(data: Path | None, database: str | None) -> Loaded:
    from pullwright.cli.serving.configured import flags_of
    from pullwright.cli.settings.load import load

    return load(flags=flags_of({"data": data, "database": database}))


@command.command("create-user")
@click.argument("name")
@click.option("--admin", is_flag=True, help="Administers the server.")
@click.option("--email", default="", metavar="ADDRESS", help="Their address.")
@click.option("--password-stdin", is_flag=True, help="Read their password from stdin, in place of a one-time link.")
@where
def create_user(name: str, admin: bool, email: str, password_stdin: bool, data: Path | None, database: str | None) -> None:
    """Make the user NAME. A one-time link is printed with which they set a password."""
    import sys

    from pullwright.cli.serving import administer
    from pullwright.tasks.people.users import UserOrder

    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    order = UserOrder(name=name, email=email, is_admin=admin, password=password)
    administer.add_user(_loaded(data, database), order)


@command.command()
@as_json
@where
def users(as_json: bool, data: Path | None, database: str | None) -> None:
    """List the users: what they are, and how they sign in."""
    from pullwright.cli.serving import administer

    administer.show_users(_loaded(data, database), as_json=as_json)


@command.command("change-user")
@click.argument("name")
@click.option("--admin/--no-admin", default=None, help="Whether they administer the server.")
@click.option("--disable/--enable", default=None, help="Keep them out, or let them in again.")
@click.option("--email", metavar="ADDRESS", help="Their address.")
@where
def change_user(
    name: str, admin: bool | None, disable: bool | None, email: str | None, data: Path | None, database: str | None
) -> None:
    """Change the user NAME."""
    from pullwright.cli.serving import administer
    from pullwright.tasks.people.users import UserEdit

    administer.change_user(_loaded(data, database), name, UserEdit(email=email, is_admin=admin, disabled=disable))


@command.command()
@click.argument("name")
@where
def link(name: str, data: Path | None, database: str | None) -> None:
    """Print a one-time link for the user NAME: an invitation, or for a password that was forgotten."""
    from pullwright.cli.serving import administer

    administer.link(_loaded(data, database), name)


@command.command("create-key")
@click.argument("name")
@click.option("--user", default="", metavar="NAME", help="Whose it is.  [default: the local administrator]")
@click.option("--scope", multiple=True, type=click.Choice(SCOPES), help="What it may do; repeatable.  [default: read]")
@click.option("--project", default="", metavar="NAME", help="Only for this project.")
@click.option("--days", type=float, metavar="N", help="It ends then.")
@click.option("--model", multiple=True, metavar="NAME", help="Only this model through the API; repeatable.  [default: all]")
@click.option("--requests-minute", type=int, metavar="N", help="Calls of models in a minute at most.")
@click.option("--tokens-minute", type=int, metavar="N", help="Their tokens in a minute at most.")
@where
def create_key(
    name: str,
    user: str,
    scope: tuple[str, ...],
    project: str,
    days: float | None,
    model: tuple[str, ...],
    requests_minute: int | None,
    tokens_minute: int | None,
    data: Path | None,
    database: str | None,
) -> None:
    """Make an API key called NAME. Its token is printed once, on stdout.

    A model is fast, deep, agent or provider/model.
    """
    import msgspec

    from pullwright.cli.serving import administer
    from pullwright.tasks.people.keys import KeyOrder

    said = {"name": name, "user": user, "scopes": scope or ("read",), "project": project, "days": days}
    said |= {"models": model or None, "requests_minute": requests_minute, "tokens_minute": tokens_minute}
    administer.add_key(_loaded(data, database), msgspec.convert(said, KeyOrder))


@command.command()
@as_json
@where
def keys(as_json: bool, data: Path | None, database: str | None) -> None:
    """List everybody's API keys."""
    from pullwright.cli.serving import administer

    administer.show_keys(_loaded(data, database), as_json=as_json)


@command.command("revoke-key")
@click.argument("key")
@where
def revoke_key(key: str, data: Path | None, database: str | None) -> None:
    """Revoke the API key with the id KEY."""
    from pullwright.cli.serving import administer

    administer.revoke_key(_loaded(data, database), key)


@command.command("create-webhook")
@click.argument("url")
@click.option("--user", default="", metavar="NAME", help="Who is told, of what they start.  [default: the local administrator]")
@click.option("--project", default="", metavar="NAME", help="Be told of whatever is done in this project.")
@click.option("--event", multiple=True, type=click.Choice(EVENTS), help="Only of this; repeatable.  [default: all]")
@where
def create_webhook(url: str, user: str, project: str, event: tuple[str, ...], data: Path | None, database: str | None) -> None:
    """Have URL told when work in the background has ended. The secret that signs is printed once, on stdout."""
    import msgspec

    from pullwright.cli.serving import webhooks as work
    from pullwright.tasks.notices.endpoints import EndpointOrder

    said = {"url": url, "user": user, "project": project, "events": event}
    work.add_webhook(_loaded(data, database), msgspec.convert(said, EndpointOrder))


@command.command()
@as_json
@where
def webhooks(as_json: bool, data: Path | None, database: str | None) -> None:
    """List everybody's webhooks: where they go, and whether they get through."""
    from pullwright.cli.serving import webhooks as work

    work.show_webhooks(_loaded(data, database), as_json=as_json)


@command.command("remove-webhook")
@click.argument("webhook")
@where
def remove_webhook(webhook: str, data: Path | None, database: str | None) -> None:
    """Remove the webhook with the id WEBHOOK, with what waits for it."""
    from pullwright.cli.serving import webhooks as work

    work.remove_webhook(_loaded(data, database), webhook)


@command.command()
@where
def migrate(data: Path | None, database: str | None) -> None:
    """Bring the database to this version's schema. Serving does it too; make a backup first."""
    from pullwright.cli.serving import administer

    administer.migrate_database(_loaded(data, database))


@command.command("rotate-key")
@where
def rotate_key(data: Path | None, database: str | None) -> None:
    """Make a new master key, and seal every stored secret with it. The service may run meanwhile."""
    from pullwright.cli.serving import administer

    administer.rotate(_loaded(data, database))


@command.command()
@click.argument("file", type=FILE)
@click.option("--with-key", is_flag=True, help="Put the master key into it: whoever has the file then has every secret.")
@click.option("--passphrase-file", type=FILE, metavar="FILE", help="Lock the key with the passphrase in FILE.")
@where
def backup(file: Path, with_key: bool, passphrase_file: Path | None, data: Path | None, database: str | None) -> None:
    """Put everything that the service keeps into FILE. It may run meanwhile."""
    from pullwright.cli.serving import administer

    administer.back_up_to(_loaded(data, database), file, with_key=with_key, passphrase=_passphrase(passphrase_file))


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option("--passphrase-file", type=FILE, metavar="FILE", help="The passphrase in FILE unlocks the key.")
@where
def restore(file: Path, passphrase_file: Path | None, data: Path | None, database: str | None) -> None:
    """Bring a backup back into an empty database, here or on a new machine. The old service must not go on beside it."""
    from pullwright.cli.serving import administer

    administer.restore_from(_loaded(data, database), file, passphrase=_passphrase(passphrase_file))


@command.command()
@click.option("--outputs", type=float, metavar="DAYS", help="Outputs and artifacts of tasks that were closed so long ago.")
@click.option("--tasks", type=float, metavar="DAYS", help="Whole tasks that were closed so long ago; their costs stay counted.")
@click.option("--audit", type=float, metavar="DAYS", help="The audit log's older entries.")
@click.option(
    "--deliveries", type=float, default=30.0, show_default=True, metavar="DAYS", help="What forges sent, and webhooks were told."
)
@click.option("--responses", type=float, default=30.0, show_default=True, metavar="DAYS", help="Responses of the API.")
@where
def retention(
    outputs: float | None,
    tasks: float | None,
    audit: float | None,
    deliveries: float,
    responses: float,
    data: Path | None,
    database: str | None,
) -> None:
    """Let go of what is older than it needs to be. Without options: what has expired. The service may run meanwhile."""
    from pullwright.cli.serving import administer
    from pullwright.tasks.backup.retention import Retention

    keep = Retention(outputs=outputs, tasks=tasks, audit=audit, deliveries=deliveries, responses=responses)
    administer.let_go_of(_loaded(data, database), keep)


@command.command()
@click.argument("what", metavar="TASK|USER")
@click.argument("file", type=FILE)
@where
def export(what: str, file: Path, data: Path | None, database: str | None) -> None:
    """Write the task with the id TASK, with logs and artifacts, or everything about the USER, into FILE."""
    from pullwright.cli.serving import administer

    administer.export(_loaded(data, database), what, file)


def _passphrase(file: Path | None) -> str:
    return file.read_text().strip() if file else ""
