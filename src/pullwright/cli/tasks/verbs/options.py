"""What several verbs take: the server, the task, the attempt; and what they print."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

if TYPE_CHECKING:
    from pullwright.cli.tasks.api import Api
    from pullwright.cli.tasks.records import Task

F = TypeVar("F", bound=Callable[..., Any])


def server(function: F) -> F:
    """`--server URL`."""
    return click.option("--server", default="", metavar="URL", help="The service.  [config: server.url; else your local one]")(
        function
    )


def task_argument(function: F) -> F:
    """`[TASK]`."""
    return click.argument("task", required=False, default="", metavar="[TASK]")(function)


def attempt(function: F) -> F:
    """`--attempt N`."""
    return click.option("--attempt", type=click.IntRange(1), default=None, metavar="N", help="The attempt, by number.")(function)


def connect(url: str) -> Api:
    """A connection to the service; the local one is started when it does not run, and anew when it is of another version."""
    from pullwright import __version__
    from pullwright.cli.tasks.api import Api
    from pullwright.cli.tasks.server import chosen

    server = chosen(url)
    api = Api(server)
    if server.socket is None:
        return api
    from pullwright.cli.tasks.local import is_outdated, renewed

    version = api.version()
    if version in ("", __version__) and not is_outdated():
        return api
    why = "was started with other settings" if version in ("", __version__) else f"is of version {version}, not {__version__}"
    click.echo(f"Your local service {why}: it is started anew. What runs goes on.", err=True)
    with api:
        return Api(renewed())


def told(task: Task, as_json: bool) -> None:
    """Print a task: whole as JSON, else its id on stdout and where it stands on stderr."""
    if as_json:
        print_json(task)
        return
    from pullwright.cli.tasks.shown import word

    click.echo(task.id)
    click.echo(f"{word(task.state)}: {task.title}", err=True)


def print_json(value: object) -> None:
    """A record as indented JSON."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1))


def two(first: str, second: str) -> tuple[str, str]:
    """A task and a text, where the task may be left out: one argument alone is the text."""
    return ("", first) if not second else (first, second)
