"""`pullwright sessions`: what was done, and going on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.exec import turn_options
from pullwright.cli.commands.options import as_json, directory, session_argument

HELP = """List, show, resume, fork, export and delete sessions. A session is the log of what one run said and did.

\b
Examples:
  pullwright sessions list
  pullwright sessions show                         the newest one of this project, step by step
  pullwright sessions resume --last                go on after a crash or Ctrl-C
  pullwright sessions resume ses_0mk3 "and document it"
  pullwright sessions resume --last --answer yes   answer what it asked
  pullwright sessions export ses_0mk3 out.tar.gz
  pullwright sessions export ses_0mk3 proof.tar.gz --bundle   for `pullwright replay`
"""


@click.group(help=HELP, short_help="List, show, resume, fork, export and delete sessions.")
def command() -> None:
    """What was done, and going on with it."""


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Of every project.")
@click.option("-n", "--limit", default=20, show_default=True, help="At most so many.")
@as_json
@directory
def list_(everything: bool, limit: int, as_json: bool, directory: Path) -> None:
    """The newest sessions of this project first."""
    import time

    from pullwright.cli.project import find_project
    from pullwright.cli.render.clean import one_line
    from pullwright.cli.render.table import table
    from pullwright.cli.run.found import sessions_here
    from pullwright.protocol.usage import money

    project = None if everything else find_project(directory)
    found = sessions_here().list(limit=limit, project=str(project) if project else "")
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
        return
    rows = [
        (
            one.id,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(one.updated)),
            (one.outcome or "new") + (" (scripted)" if one.scripted else ""),
            money(one.spend.cost_usd, unpriced=one.spend.unpriced),
            one_line(one.title, 60),
            one.branch,
        )
        for one in found
    ]
    if not rows:
        click.echo("There are no sessions here yet." if project else "There are no sessions yet.", err=True)
        return
    click.echo(table(rows, ("SESSION", "LAST", "OUTCOME", "COST", "ASKED", "BRANCH")), nl=False)


@command.command("show")
@session_argument
@as_json
@click.option("--report", is_flag=True, help="The report with its evidence, as Markdown.")
@directory
def show(session: str, as_json: bool, report: bool, directory: Path) -> None:
    """What happened, step by step."""
    import sys

    from pullwright.cli.run.found import find_session, sessions_here
    from pullwright.protocol.events import encode

    sessions = sessions_here()
    with sessions.open(find_session(sessions, session, directory)) as log:
        if as_json:
            for event in log.read():
                sys.stdout.write(encode(event).decode() + "\n")
        elif report:
            click.echo(_report(log))
        else:
            _show(log)


def _report(log: Any) -> str:
    from pullwright.cli.render.clean import clean
    from pullwright.protocol.errors import FixSettings
    from pullwright.protocol.events import Reported

    newest = [event for event in log.read() if isinstance(event, Reported)][-1:]
    if not newest:
        raise FixSettings("this session has no report: its turn did not end", fix=f"pullwright sessions resume {log.session}")
    return clean(log.artifacts.get(newest[0].markdown).decode())


def _show(log: Any) -> None:
    import sys

    from pullwright.cli.render.clean import clean
    from pullwright.cli.render.progress import Progress
    from pullwright.cli.render.style import style_for
    from pullwright.cli.render.summary import summary
    from pullwright.cli.run.reviewed import review_of
    from pullwright.protocol.events import TurnFinished

    style = style_for(sys.stdout)
    reviewed = review_of(log.artifacts)
    if reviewed is None and sys.stdout.isatty():
        _show_blocks(log)
        return
    progress = Progress(style)
    for event in log.read():
        for line in progress.lines(event):
            click.echo(line, color=style.colours or None)
        if isinstance(event, TurnFinished):
            if reviewed is None:
                click.echo("\n" + clean(event.outcome.message).strip() + "\n")
            click.echo(summary(event.outcome, log.session, style=style), nl=False, color=style.colours or None)
    if reviewed is not None:  # its messages are for programs
        from pullwright.cli.render.review import text

        click.echo("\n" + text(reviewed, style), nl=False, color=style.colours or None)


def _show_blocks(log: Any) -> None:
    """The session as the interactive terminal shows it."""
    import os
    import shutil

    from pullwright.cli.terminal.theme import detect
    from pullwright.cli.terminal.transcript.transcript import Transcript

    width = max(40, shutil.get_terminal_size().columns)
    theme = detect(os.environ)
    transcript = Transcript(theme, artifacts=log.artifacts)
    for event in log.read():
        for block in transcript.feed(event):
            for line in block.lines(width):
                click.echo(line, color=True)
    click.echo(f"\n{theme.paint('dim', f'pullwright resume {log.session} goes on with it')}", color=True)


@command.command("resume")
@click.argument("session", required=False, default="")
@click.argument("prompt", required=False, default="")
@click.option("--last", is_flag=True, help="The newest session of this project.")
@click.option("--answer", metavar="yes|always|no|TEXT", help="Answer what the session asked.")
@turn_options
@directory
@click.pass_context
def resume(
    context: click.Context, session: str, prompt: str, last: bool, answer: str | None, directory: Path, **options: Any
) -> None:
    """Go on with a session: after a crash, with an answer, or with a new PROMPT.

    Without PROMPT the interrupted turn goes on from its log and its last checkpoint; the model is told what was cut off.
    """
    from pullwright.cli.run.found import find_session, sessions_here
    from pullwright.cli.run.resume import resumed

    if last and session and not prompt:
        session, prompt = "", session
    sessions = sessions_here()
    found = find_session(sessions, session, directory)
    with sessions.open(found) as log:
        spec, notices = resumed(log, sessions.path(found), options, prompt=prompt, answer=answer)
        from pullwright.cli.commands.exec import go

        context.exit(go(spec, log, options, notices))


@command.command("fork")
@session_argument
@click.option("--at", type=int, metavar="EVENT", help="From this event on; else from its end.")
@directory
def fork(session: str, at: int | None, directory: Path) -> None:
    """A new session that continues another one; prints its id."""
    import asyncio

    from pullwright.cli.run.found import find_session, sessions_here

    sessions = sessions_here()
    click.echo(asyncio.run(_fork(sessions, find_session(sessions, session, directory), at)))


async def _fork(sessions: Any, session: str, at: int | None) -> str:
    from pullwright.cli.folders import folders
    from pullwright.cli.run.fork import fork_files
    from pullwright.log.replay import SessionState

    with await sessions.fork(session, at) as child:
        tree = SessionState.of(child.read(), child.artifacts).tree
        await fork_files(sessions.path(session), sessions.path(child.session), folders().cache, tree)
        return str(child.session)


@command.command("export")
@click.argument("session")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--bundle", is_flag=True, help="The proof of its change, for `pullwright replay`.")
@click.option(
    "--without-base", is_flag=True, help="With --bundle: leave the base's files out; who replays it needs the repository."
)
@directory
def export(session: str, target: Path, bundle: bool, without_base: bool, directory: Path) -> None:
    """Write a session to TARGET: `.jsonl` for its events, `.tar.gz` with its artifacts.

    With --bundle: one `.tar.gz` with all that its newest verified change is proved by, which anybody can run again.
    """
    from pullwright.cli.run.found import sessions_here

    sessions = sessions_here()
    if not bundle:
        click.echo(sessions.export(session, target))
        return
    from pullwright.cli.run.bundles import bundled

    with sessions.open(session) as log:
        made = bundled(log, target, without_base=without_base)
    click.echo(f"{target}\nsha256 {made}")


@command.command("delete")
@click.argument("names", nargs=-1, required=True, metavar="SESSION…")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def delete(names: tuple[str, ...], yes: bool) -> None:
    """Remove sessions with their logs, artifacts and files. Branches stay."""
    from pullwright.cli.run.found import sessions_here
    from pullwright.workspace.removal import remove_tree

    sessions = sessions_here()
    for name in [sessions.resolve(name) for name in names]:
        if yes or click.confirm(f"Delete {name}?", err=True):
            sessions.delete(name, remove_tree)
            click.echo(f"Deleted {name}.", err=True)
