"""`pullwright diff`: a session's change."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import directory, session_argument

HELP = """Show what a session changed: the newest session of this project, or SESSION.

\b
Examples:
  pullwright diff
  pullwright diff --stat
  pullwright diff ses_0mk3x9a2f4c81d0e -- src/parser.py
  pullwright diff | git apply
"""


@click.command(help=HELP, short_help="Show a session's change.")
@session_argument
@click.argument("paths", nargs=-1)
@click.option("--stat", is_flag=True, help="Only files and counts.")
@directory
def command(session: str, paths: tuple[str, ...], stat: bool, directory: Path) -> None:
    """Show what a session changed."""
    import asyncio
    import sys

    from pullwright.cli.folders import folders
    from pullwright.cli.render.diff import coloured
    from pullwright.cli.render.style import style_for
    from pullwright.cli.run.files import works_in_place
    from pullwright.cli.run.found import find_session, sessions_here

    sessions = sessions_here()
    found = find_session(sessions, session, directory)
    with sessions.open(found) as log:
        if works_in_place(sessions.path(found)):
            log.claim()  # the one who works there is the one who looks
        patch = asyncio.run(_diff(sessions.path(found), folders().cache, paths, stat))
    style = style_for(sys.stdout)
    if style.colours:
        click.echo(coloured(patch.decode("utf-8", "replace"), style), nl=False)
    else:
        sys.stdout.buffer.write(patch)
    if not patch:
        click.echo("This session changed nothing.", err=True)


async def _diff(folder: Path, cache: Path, paths: tuple[str, ...], stat: bool) -> bytes:
    from pullwright.cli.run.files import reopened

    async with await reopened(folder, cache) as workspace:
        return await workspace.diff(workspace.start_tree, workspace.tree, paths, stat=stat, binary=not stat)
