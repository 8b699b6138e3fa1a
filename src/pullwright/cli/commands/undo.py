"""`pullwright undo`: take back a session's last steps."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import directory, session_argument

HELP = """Take back the last turn of a session, or its last steps: files and conversation together.

What `apply` or `exec --apply` brought into your working tree is taken out first (not when you have edited it since). The log
keeps everything; the session can be gone on with from where it then stands.

\b
Examples:
  pullwright undo                the newest session's last turn
  pullwright undo --steps 2      its last two steps only
"""


@click.command(help=HELP, short_help="Take back a session's last steps, files and conversation together.")
@session_argument
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Take back N steps in place of the whole turn.")
@directory
def command(session: str, steps: int | None, directory: Path) -> None:
    """Take back the last turn of a session, or its last steps."""
    import asyncio

    from pullwright.cli.folders import folders
    from pullwright.cli.render.clean import clean
    from pullwright.cli.run.found import find_session, sessions_here
    from pullwright.cli.run.undo import undo

    sessions = sessions_here()
    found = find_session(sessions, session, directory)
    with sessions.open(found) as log:
        done = asyncio.run(undo(log, sessions.path(found), folders().cache, steps))
    for path in done.restored:
        click.echo(clean(path))
    if done.restored:
        count = len(done.restored)
        click.echo(f"{count} of your files {'is as it was' if count == 1 else 'are as they were'} before.", err=True)
    click.echo(f"{found} is back at event {done.to}. Go on: pullwright sessions resume {found} PROMPT", err=True)
