"""`pullwright worker`: run turns of a service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

HELP = """Run the turns of a task service: as many at once as it has slots, each in a sandbox of its own.

A worker needs the service's database, its blobs and its master key, and nothing of the server. Start as many as you like,
on as many machines as you like (on more than one with PostgreSQL, and blobs that all of them reach). Ctrl-C or SIGTERM
drains it: what runs may end within `server.drain` seconds; what has not is taken up by another worker where it was.

\b
Examples:
  pullwright worker
  pullwright worker --slots 8
  PULLWRIGHT_MASTER_KEY=… PULLWRIGHT_SERVER_DATABASE=postgresql://… pullwright worker
"""


@click.command(help=HELP, short_help="Run the turns of a task service.")
@click.option("--slots", type=int, metavar="N", help="Attempts at once.  [config: server.slots]")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="The data folder.  [config: server.data]")
@click.option("--database", metavar="URL", help="sqlite:///PATH or postgresql://…  [config: server.database]")
@click.option("--blobs", metavar="WHERE", help="A folder or s3://…  [config: server.blobs]")
@click.option("--drain", type=int, metavar="SECONDS", help="What runs has so long to end.  [config: server.drain]")
@click.option("--parent", type=int, hidden=True)
def command(parent: int | None, **options: Any) -> None:
    """Run turns."""
    import asyncio

    from pullwright import __version__
    from pullwright.cli.serving.configured import flags_of, secrets_of, service_config
    from pullwright.cli.serving.work import work
    from pullwright.cli.settings.load import load
    from pullwright.server.telemetry.logs import start_logs
    from pullwright.server.telemetry.traces import start_traces

    loaded = load(flags=flags_of(options))
    config = service_config(loaded)
    start_logs(known=secrets_of(loaded))
    start_traces(__version__, loaded.settings.server.otlp)
    asyncio.run(work(config, drain=float(loaded.settings.server.drain), parent=parent))
