"""`pullwright fork`: a new session that continues another one, at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.options import directory, session_argument
from pullwright.cli.commands.pair import flags_of, pair_options

HELP = """Begin a new session that continues SESSION (this project's newest without it); that one stays as it is.

\b
Examples:
  pullwright fork
  pullwright fork ses_0mk3
"""


@click.command(help=HELP, short_help="A new session that continues another one.")
@session_argument
@pair_options
@directory
@click.pass_context
def command(context: click.Context, session: str, directory: Path, **options: Any) -> None:
    """Fork SESSION and go on with the fork."""
    from pullwright.cli.terminal.start import Beginning, start

    beginning = Beginning(plan=options["plan"], session=session, how="named" if session else "last", fork=True)
    context.exit(start(directory, flags_of(options), beginning))
