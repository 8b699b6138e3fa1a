"""`pullwright apply`: a session's change in the person's working tree."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import directory, session_argument

HELP = """Bring a session's change into your working tree: the newest session of this project, or SESSION.

All of it or nothing: when you have edited one of the files since the session began, nothing is changed and the files are
named. Nothing is committed. `pullwright undo` takes it out again.
"""


@click.command(help=HELP, short_help="Bring a session's change into your working tree.")
@session_argument
@directory
def command(session: str, directory: Path) -> None:
    """Bring a session's change into your working tree."""
    import asyncio

    from pullwright.cli.folders import folders
    from pullwright.cli.render.clean import clean
    from pullwright.cli.run.found import find_session, sessions_here

    sessions = sessions_here()
    found = find_session(sessions, session, directory)
    with sessions.open(found) as log:
        log.claim()
        paths = asyncio.run(_apply(sessions.path(found), folders().cache))
    for path in paths:
        click.echo(clean(path))
    click.echo(f"{len(paths)} path{'s' * (len(paths) != 1)} brought into your working tree.", err=True)


async def _apply(folder: Path, cache: Path) -> tuple[str, ...]:
    from pullwright.cli.run.files import works_in_place
    from pullwright.protocol.errors import FixSettings
    from pullwright.workspace.snapshot import reopen

    if works_in_place(folder):
        raise FixSettings("this session worked in your own files: its change is there already", fix="see: pullwright diff")
    async with await reopen(folder, cache) as workspace:
        return await workspace.apply(workspace.tree)
