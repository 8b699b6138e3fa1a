"""`pullwright project`: the projects that tasks work on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.options import as_json, directory
from pullwright.cli.tasks.verbs.options import connect, print_json, server

HELP = """The projects that tasks work on, and how their sandboxes are prepared.

A repository becomes a project of your local service by itself, with its first task.

\b
Examples:
  pullwright project list
  pullwright project add https://git.example/team/shop --name shop
  pullwright project show shop
  pullwright project environment shop > shop.json
  pullwright project environment shop --set shop.json
  pullwright project setups shop --log             what the set-up script said last
"""


@click.group(help=HELP, short_help="The projects that tasks work on.")
def command() -> None:
    """Projects."""


@command.command("list")
@server
@as_json
def list_(server: str, as_json: bool) -> None:
    """The projects that you may see."""
    from pullwright.cli.render.table import table
    from pullwright.cli.tasks.calls import projects

    with connect(server) as api:
        found = projects(api)
    if as_json:
        print_json(found)
    elif not found:
        click.echo("There are no projects yet.", err=True)
    else:
        rows = [(one.name, one.forge, one.default_branch, one.url, one.id) for one in found]
        click.echo(table(rows, ("PROJECT", "FORGE", "BRANCH", "URL", "ID")), nl=False)


@command.command("add")
@click.argument("url", required=False, default="")
@click.option("--name", default="", metavar="NAME", help="Its name; else the repository's.")
@click.option("--connection", default="", metavar="NAME", help="The forge's connection; none: plain git.")
@click.option("--branch", default="", metavar="NAME", help="The default branch.")
@server
@as_json
@directory
def add(url: str, name: str, connection: str, branch: str, server: str, as_json: bool, directory: Path) -> None:
    """A repository by its URL, or that of this folder."""
    from pullwright.cli.tasks.adding import added

    with connect(server) as api:
        made = added(api, directory, url=url, name=name, connection=connection, branch=branch)
    if as_json:
        print_json(made)
    else:
        click.echo(made.name)


@command.command("show")
@click.argument("project", required=False, default="", metavar="[PROJECT]")
@server
@directory
def show(project: str, server: str, directory: Path) -> None:
    """A project with its settings, as JSON."""
    from pullwright.cli.tasks.calls import get_project
    from pullwright.cli.tasks.here import project_here

    with connect(server) as api:
        print_json(get_project(api, project_here(api, directory, project).id))


@command.command("settings")
@click.argument("project", required=False, default="", metavar="[PROJECT]")
@click.option("--set", "values", multiple=True, metavar="KEY=VALUE", help="Change one; repeatable. VALUE is JSON or a word.")
@server
@directory
def settings(project: str, values: tuple[str, ...], server: str, directory: Path) -> None:
    """How a project's tasks are run and published, as JSON."""
    from pullwright.cli.tasks.adding import changed_settings
    from pullwright.cli.tasks.here import project_here

    with connect(server) as api:
        print_json(changed_settings(api, project_here(api, directory, project).id, values))


@command.command("environment")
@click.argument("project", required=False, default="", metavar="[PROJECT]")
@click.option("--name", default="default", show_default=True, metavar="NAME", help="Which environment.")
@click.option("--set", "file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE", help="Set it whole, from JSON.")
@server
@directory
def environment(project: str, name: str, file: Path | None, server: str, directory: Path) -> None:
    """How a project's sandbox is prepared, as JSON: set-up script, variables, network, limits, test command."""
    import sys

    from pullwright.cli.tasks.adding import environment as environment_of
    from pullwright.cli.tasks.here import project_here

    given: dict[str, Any] | None = None
    if file is not None:
        from pullwright.cli.tasks.adding import read_object

        given = read_object(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes(), str(file))
    with connect(server) as api:
        print_json(environment_of(api, project_here(api, directory, project).id, name, given))


@command.command("setups")
@click.argument("project", required=False, default="", metavar="[PROJECT]")
@click.option("--name", default="default", show_default=True, metavar="NAME", help="Which environment.")
@click.option("--log", is_flag=True, help="Print what the newest one said.")
@server
@as_json
@directory
def setups(project: str, name: str, log: bool, server: str, as_json: bool, directory: Path) -> None:
    """The latest runs of an environment's set-up script, and what the newest said."""
    from pullwright.cli.render.table import table
    from pullwright.cli.tasks.adding import setup_log
    from pullwright.cli.tasks.adding import setups as setups_of
    from pullwright.cli.tasks.here import project_here

    with connect(server) as api:
        where = project_here(api, directory, project).id
        found = setups_of(api, where, name)
        text = setup_log(api, where, name, found[0].id) if log and found else b""
    if as_json:
        print_json(found)
    elif not found:
        click.echo("Its set-up has not run yet.", err=True)
    elif log:
        click.echo(text, nl=False)
    else:
        rows = [(one.id, one.state, str(one.line or ""), one.why) for one in found]
        click.echo(table(rows, ("SETUP", "STATE", "LINE", "WHY")), nl=False)
