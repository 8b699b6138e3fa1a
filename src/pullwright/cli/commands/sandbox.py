"""`pullwright sandbox`: any command inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.options import directory

HELP = """Run any command in the sandbox, on a snapshot of the project that is thrown away afterwards.

The command's exit code is passed through (128 and the signal's number when a signal ended it). On a terminal it gets a terminal.

\b
Examples:
  pullwright sandbox -- pytest -q
  pullwright sandbox -- bash                         look around
  pullwright sandbox --network registries -- pip download requests
  pullwright sandbox --read-only -- make check
"""


@click.command(help=HELP, short_help="Run any command inside the sandbox.", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, required=True, metavar="-- COMMAND…")
@click.option("--network", metavar="off|registries|HOST[,…]", help="What it may reach.")
@click.option("--access", metavar="ACCESS", help="read-only, workspace-write or full-access.")
@click.option("--read-only", is_flag=True, help="Short for --access read-only.")
@click.option("--sandbox", metavar="KIND", help="linux, gvisor, container or seatbelt.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Kill it and all it started after so long.")
@click.option("--ref", metavar="REF", help="On this commit in place of the working tree.")
@directory
@click.pass_context
def command(context: click.Context, words: tuple[str, ...], directory: Path, **options: Any) -> None:
    """Run any command in the sandbox."""
    import asyncio

    from pullwright.cli.project import project_at
    from pullwright.cli.run.inside import inside
    from pullwright.cli.settings.load import load

    project = project_at(directory)
    access = "read-only" if options["read_only"] else options["access"]
    flags = {name: (f"--{name}", options[name]) for name in ("network", "sandbox")}
    loaded = load(project, {**flags, "access": ("--access", access)})
    context.exit(asyncio.run(inside(words, loaded, directory, ref=options["ref"], timeout=options["timeout"])))
