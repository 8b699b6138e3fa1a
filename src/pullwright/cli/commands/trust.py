"""`pullwright trust`: let a project's own configuration count."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pullwright.cli.commands.options import directory

if TYPE_CHECKING:
    from pullwright.cli.settings.trust import ProjectFiles

HELP = """Let this project's own configuration count in full.

That is what lies below .pullwright, and the skills, commands, agents and MCP servers that it has for agents (in .agents,
.claude, .codex, .github, .mcp.json). Until then it may set the model class and the test command, nothing else. What is
trusted is the content as it is now: when a file changes, it is untrusted again. Shows what would be allowed, then asks.

\b
Examples:
  pullwright trust            look, then answer
  pullwright trust --yes      for scripts
  pullwright trust --revoke
"""


@click.command(help=HELP, short_help="Let a project's own configuration count.")
@directory
@click.option("--revoke", is_flag=True, help="Do not trust it any longer.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--show", is_flag=True, help="Only show what it would allow.")
def command(directory: Path, revoke: bool, yes: bool, show: bool) -> None:
    """Let this project's own configuration count."""
    from pullwright.cli.folders import folders
    from pullwright.cli.project import project_at
    from pullwright.cli.settings.trust import Trust, project_files

    project = project_at(directory)
    trust = Trust(folders())
    if revoke:
        known = trust.revoke(project)
        click.echo("It is not trusted any longer." if known else "It was not trusted.", err=True)
        return
    files = project_files(project)
    if files is None:
        click.echo("This project has no configuration of its own; there is nothing to trust.", err=True)
        return
    _show(files, trusted=files in trust)
    if files in trust:
        click.echo("It is trusted as it is.", err=True)
    elif not show and (yes or click.confirm("Trust exactly these files?", err=True)):
        trust.add(files)
        click.echo("Trusted, until one of them changes.", err=True)


def _show_servers(files: ProjectFiles) -> None:
    """What the servers of an `.mcp.json` would run, or where they lead."""
    from pullwright.cli.render.clean import clean, one_line
    from pullwright.cli.settings.servers import OTHERS, others

    for server in others(files.files.get(OTHERS, b"")):
        why = f"  (left out: {server.unusable})" if server.unusable else ""
        click.echo(clean(f"MCP server {one_line(server.name, 40)}: {one_line(server.shown, 200)}{why}"))


def _show(files: ProjectFiles, *, trusted: bool) -> None:
    """What the files are and what they set."""
    from pullwright.cli.render.clean import clean
    from pullwright.cli.render.table import table
    from pullwright.cli.settings.load import split_untrusted
    from pullwright.cli.settings.toml_file import parse_layer
    from pullwright.cli.settings.trust import FILE
    from pullwright.protocol.extensions import extension_of

    rows: list[tuple[str, ...]] = []
    for name, content in files.files.items():
        extension = extension_of(name)
        rows.append((clean(name), f"{len(content)} bytes", extension.allows if extension else ""))
    click.echo(table(rows), nl=False)
    text = files.files.get(FILE, b"").decode("utf-8", errors="replace")
    layer = parse_layer(text, str(files.project / FILE), "project file")
    _show_servers(files)
    _, more = split_untrusted(layer)
    rows = [
        (key, str(value.value), "counts already" if trusted or key not in more else "needs trust") for key, value in layer.items()
    ]
    click.echo(table(rows), nl=False)
