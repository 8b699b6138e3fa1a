"""A session to the service, an attempt back to the terminal: push, pull."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import as_json, directory
from pullwright.cli.tasks.verbs.options import attempt, connect, server, task_argument, told


@click.command("push")
@click.argument("session", required=False, default="", metavar="[SESSION]")
@click.argument("prompt", required=False, default="", metavar="[PROMPT]")
@click.option("-p", "--project", default="", metavar="NAME", help="The project; else that of this folder.")
@click.option("-m", "--model", default="", metavar="fast|deep|PROVIDER/NAME", help="Model class or model.  [default: deep]")
@server
@as_json
@directory
def push(session: str, prompt: str, project: str, model: str, server: str, as_json: bool, directory: Path) -> None:
    """Hand a session over to the service, with its log and files; with PROMPT it goes on there at once.

    SESSION is one of `pullwright sessions list`; the newest of this project when it is left out. A session that is finished, and
    without PROMPT, waits for a review.
    """
    from pullwright.cli.run.found import find_session, sessions_here
    from pullwright.cli.tasks.handing import push as push_session
    from pullwright.cli.tasks.here import project_here

    if " " in session.strip() and not prompt:
        session, prompt = "", session
    sessions = sessions_here()
    found = find_session(sessions, session, directory)
    with connect(server) as api:
        where = project_here(api, directory, project)
        told(push_session(api, sessions, found, where.id, prompt=prompt, model=model), as_json)


@click.command("pull")
@task_argument
@attempt
@server
@directory
def pull(task: str, attempt: int | None, server: str, directory: Path) -> None:
    """Bring an attempt here as a local session, to go on with it in the terminal; prints the session's id.

    The attempt must rest: interrupt or pause it first.
    """
    from pullwright.cli.project import project_at
    from pullwright.cli.run.found import sessions_here
    from pullwright.cli.run.request import Asked, turn_spec
    from pullwright.cli.run.served import settle_model
    from pullwright.cli.settings.load import load
    from pullwright.cli.tasks.finding import attempt_of, find_task
    from pullwright.cli.tasks.handing import pull as pull_session
    from pullwright.protocol.ids import new_id

    root = project_at(directory)
    spec = turn_spec(Asked(text="", project=root), settle_model(load(root)), new_id("ses"))
    with connect(server) as api:
        one = attempt_of(find_task(api, task), attempt or 0)
        session = pull_session(api, sessions_here(), one.id, root, spec)
    click.echo(session)
    click.echo(f'Go on: pullwright sessions resume {session} "…"   or, at the terminal: pullwright resume {session}', err=True)
