"""`pullwright resume`: go on with a session, at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.options import directory
from pullwright.cli.commands.pair import flags_of, pair_options

HELP = """Go on with a session at the terminal: its conversation, and its files as they lie. Without SESSION you choose.

\b
Examples:
  pullwright resume                choose among this project's sessions
  pullwright resume --last         the newest one
  pullwright resume ses_0mk3 "and now document it"

Headless runs (`exec`) go on with `pullwright sessions resume`.
"""


@click.command(help=HELP, short_help="Go on with a session, at the terminal.")
@click.argument("session", required=False, default="")
@click.argument("prompt", required=False, default="")
@click.option("--last", is_flag=True, help="The newest session of this project.")
@pair_options
@directory
@click.pass_context
def command(context: click.Context, session: str, prompt: str, last: bool, directory: Path, **options: Any) -> None:
    """Go on with SESSION."""
    from pullwright.cli.terminal.start import Beginning, start

    if last and session and not prompt:
        session, prompt = "", session
    how = "last" if last else "named" if session else "choose"
    beginning = Beginning(prompt=prompt, plan=options["plan"], session=session, how=how)
    context.exit(start(directory, flags_of(options), beginning))
