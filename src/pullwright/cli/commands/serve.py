"""`pullwright serve`: the task service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

HELP = """Serve tasks: an HTTP API, live events, webhooks, and the work itself.

Without anything else it runs alone: SQLite and everything it keeps in one data folder, this machine only, working itself. The
first time it prints a link with which you become its administrator; other machines are served (--host) from then on. Ctrl-C
or SIGTERM stops it: what runs has `server.drain` seconds to end, the rest goes on where it was after the next start.

\b
Examples:
  pullwright serve                                    this machine, port 8080
  pullwright serve --workers 4                        four worker processes beside it
  pullwright serve --host 0.0.0.0 --public-url https://pullwright.example
  pullwright serve --no-work --database postgresql://…     workers are elsewhere: `pullwright worker`

docs/server.md: first run, sign-in, what goes in front of it, the API.
"""


@click.command(help=HELP, short_help="Serve tasks: API, live events, webhooks, and the work itself.")
@click.option("--host", metavar="ADDRESS", help="Where to listen.  [config: server.host]")
@click.option("--port", type=int, metavar="PORT", help="0: any that is free.  [config: server.port]")
@click.option("--socket", type=click.Path(path_type=Path), metavar="PATH", help="A socket for your own command line.")
@click.option("--public-url", metavar="URL", help="The address that people use.  [config: server.public_url]")
@click.option("--workers", type=int, metavar="N", help="Worker processes; 0: it works itself.  [config: server.workers]")
@click.option("--work/--no-work", default=None, help="Whether it runs turns at all.  [config: server.work]")
@click.option("--slots", type=int, metavar="N", help="Attempts at once, for each worker.  [config: server.slots]")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="The data folder.  [config: server.data]")
@click.option("--database", metavar="URL", help="sqlite:///PATH or postgresql://…  [config: server.database]")
@click.option("--blobs", metavar="WHERE", help="A folder or s3://…  [config: server.blobs]")
@click.option("--drain", type=int, metavar="SECONDS", help="What runs has so long to end.  [config: server.drain]")
@click.option("--local", is_flag=True, help="At the socket alone, for this user's own command line.")
@click.option("--idle", type=float, default=0.0, metavar="SECONDS", help="End after so long without requests and work.")
def command(local: bool, idle: float, **options: Any) -> None:
    """Serve."""
    import asyncio

    from pullwright import __version__
    from pullwright.cli.serving.configured import flags_of, secrets_of, server_config, service_config
    from pullwright.cli.serving.serve import Serving, open_files, serve
    from pullwright.cli.settings.load import load
    from pullwright.server.telemetry.logs import start_logs
    from pullwright.server.telemetry.traces import start_traces

    loaded = load(flags=flags_of(options))
    settings = loaded.settings.server
    serving = Serving(
        service=service_config(loaded, local=local),
        server=server_config(loaded, local=local),
        work=settings.work,
        workers=settings.workers,
        local=local,
        idle=idle,
    )
    start_logs(known=secrets_of(loaded))
    start_traces(__version__, settings.otlp)
    open_files()
    asyncio.run(serve(serving, lambda line: click.echo(line, err=True)))
