"""Looking at tasks: list, show, watch, logs, diff, apply, open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pullwright.cli.commands.options import as_json, directory
from pullwright.cli.tasks.verbs.options import attempt, connect, print_json, server, task_argument

if TYPE_CHECKING:
    from pullwright.cli.tasks.api import Api


@click.command("list")
@click.option("-p", "--project", default="", metavar="NAME", help="Of this project; else of all.")
@click.option("--state", multiple=True, metavar="STATE", help="In this state; repeatable.")
@click.option("--words", default="", metavar="TEXT", help="With this in title or prompt.")
@click.option("-n", "--limit", default=30, show_default=True, help="At most so many.")
@server
@as_json
def list_(project: str, state: tuple[str, ...], words: str, limit: int, server: str, as_json: bool) -> None:
    """The newest tasks first."""
    from pullwright.cli.render.style import style_for
    from pullwright.cli.tasks.calls import list_tasks
    from pullwright.cli.tasks.shown import tasks_table

    with connect(server) as api:
        found = list_tasks(api, limit, project=project, state=list(state), words=words)
    if as_json:
        print_json(found)
    elif not found:
        click.echo('There are no tasks. Dispatch one: pullwright task run "…"', err=True)
    else:
        style = style_for(sys.stdout)
        click.echo(tasks_table(found, style), nl=False, color=style.colours or None)


@click.command("show")
@task_argument
@server
@as_json
def show(task: str, server: str, as_json: bool) -> None:
    """One task: its attempts, turns, pull request, what it asks, and what to do next."""
    from pullwright.cli.render.style import style_for
    from pullwright.cli.tasks.finding import find_task
    from pullwright.cli.tasks.questions import questions_of
    from pullwright.cli.tasks.shown import details

    with connect(server) as api:
        found = find_task(api, task)
        asked = {} if as_json else questions_of(api, found)
    if as_json:
        print_json(found)
        return
    style = style_for(sys.stdout)
    click.echo(details(found, style, asked), nl=False, color=style.colours or None)


@click.command("watch")
@task_argument
@attempt
@click.option("--after", type=int, default=0, metavar="EVENT", help="Only events after this number.")
@server
@as_json
@click.pass_context
def watch(context: click.Context, task: str, attempt: int | None, after: int, server: str, as_json: bool) -> None:
    """A task as it goes on, until it rests. Ctrl-C ends the watching, not the task.

    With --json the events, one JSON object a line, on stdout. Exit codes are those of `exec`.
    """
    from pullwright.cli.tasks.finding import find_task

    with connect(server) as api:
        context.exit(watched(api, find_task(api, task).id, attempt or 0, after, as_json=as_json))


def watched(api: Api, task: str, number: int = 0, after: int = 0, *, as_json: bool = False) -> int:
    """Watch a task until it rests, and say how it stands; the exit code."""
    from pullwright.cli.render.clean import clean
    from pullwright.cli.run.screen import Screen
    from pullwright.cli.tasks.exits import code_of
    from pullwright.cli.tasks.shown import details
    from pullwright.cli.tasks.watching import Watch

    screen = Screen(json=as_json)
    watching = Watch(api, task, screen, number, after)
    try:
        found = watching.run()
    except KeyboardInterrupt:
        screen.say(f"The task goes on in the service. Come back: {watching.again}")
        return 130
    finally:
        screen.close()
    if watching.outcome is not None and watching.outcome.outcome.message and not as_json:
        screen.result(clean(watching.outcome.outcome.message))
    screen.say(details(found, screen.style).rstrip("\n"))
    return code_of(found)


@click.command("logs")
@task_argument
@attempt
@click.option("--report", is_flag=True, help="The report with its evidence, as Markdown.")
@server
@as_json
def logs(task: str, attempt: int | None, report: bool, server: str, as_json: bool) -> None:
    """What happened in an attempt, step by step."""
    from pullwright.cli.render.clean import clean
    from pullwright.cli.render.progress import Progress
    from pullwright.cli.render.style import style_for
    from pullwright.cli.tasks import calls
    from pullwright.cli.tasks.finding import attempt_of, find_task
    from pullwright.protocol.events import decode

    with connect(server) as api:
        found = attempt_of(find_task(api, task), attempt or 0)
        if report:
            click.echo(clean(calls.report(api, found.id).decode("utf-8", "replace")))
            return
        style = style_for(sys.stdout)
        progress = Progress(style)
        for line in calls.events(api, found.id):
            shown = [line.decode()] if as_json else progress.lines(decode(line))
            for each in shown:
                click.echo(each, color=style.colours or None)


@click.command("diff")
@task_argument
@attempt
@server
def diff(task: str, attempt: int | None, server: str) -> None:
    """An attempt's change as a patch."""
    from pullwright.cli.render.diff import coloured
    from pullwright.cli.render.style import style_for

    with connect(server) as api:
        patch = _patch(api, task, attempt)
    style = style_for(sys.stdout)
    if style.colours:
        click.echo(coloured(patch.decode("utf-8", "replace"), style), nl=False)
    else:
        sys.stdout.buffer.write(patch)


def _patch(api: Api, task: str, attempt: int | None) -> bytes:
    from pullwright.cli.tasks.calls import diff as diff_of
    from pullwright.cli.tasks.finding import attempt_of, find_task
    from pullwright.protocol.errors import FixSettings

    found = find_task(api, task)
    one = attempt_of(found, attempt or 0)
    patch = diff_of(api, one.id) if one.head or one.state in ("running", "needs_input") else b""
    if not patch:
        raise FixSettings(f"attempt {one.number} of {found.id} changed nothing", fix=f"see: pullwright task show {found.id}")
    return patch


@click.command("apply")
@task_argument
@attempt
@server
@directory
def apply(task: str, attempt: int | None, server: str, directory: Path) -> None:
    """Bring an attempt's change into your working tree: all of it or nothing, nothing committed."""
    from pullwright.cli.project import project_at
    from pullwright.cli.tasks.applying import apply as apply_patch

    root = project_at(directory)
    with connect(server) as api:
        patch = _patch(api, task, attempt)
    apply_patch(patch, root)
    files = sum(line.startswith(b"diff --git ") for line in patch.splitlines())
    click.echo(f"{files} file{'s' * (files != 1)} changed in your working tree, not committed.", err=True)


@click.command("open")
@task_argument
@click.option("--print", "only_print", is_flag=True, help="Print the address, open nothing.")
@server
def open_(task: str, only_print: bool, server: str) -> None:
    """The task's pull request, or its review page, in the browser."""
    from pullwright.cli.tasks.finding import find_task

    with connect(server) as api:
        found = find_task(api, task)
        pull = found.pull.url if found.pull is not None else ""
        url = (
            pull
            if pull.startswith(("http://", "https://"))
            else ""
            if api.server.is_local
            else f"{api.server.url}/tasks/{found.id}"
        )
    if not url:
        from pullwright.protocol.errors import FixSettings

        raise FixSettings(
            "your local service has no pages", fix=f"see: pullwright task show {found.id}; pullwright task diff {found.id}"
        )
    click.echo(url)
    if not only_print:
        click.launch(url)
