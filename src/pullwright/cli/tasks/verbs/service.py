"""The local service: whether it runs, where its log is, ending it."""

from __future__ import annotations

import click


@click.command("service")
@click.option("--stop", "ending", is_flag=True, help="End it; what runs goes on with the next task command.")
def service(ending: bool) -> None:
    """Your local service: whether it runs, and where its files and its log are."""
    from pullwright.cli.folders import folders
    from pullwright.cli.tasks.local import stop
    from pullwright.cli.tasks.socket import peer_of, socket_of

    folder = folders().state / "service"
    if not folder.is_dir():
        click.echo("It has never been started. A task starts it: pullwright task run")
        return
    if ending:
        click.echo("Stopped." if stop() else "It did not run.", err=True)
        return
    process = peer_of(socket_of(folder))
    click.echo(f"running   {f'process {process}' if process else 'no; the next task command starts it'}")
    click.echo(f"files     {folder}\nlog       {folder / 'server.log'}")
