"""`pullwright import`: what other agents have, brought over."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import directory

SOURCES = ("codex", "claude", "opencode", "cline", "roo")

HELP = """Bring over settings, instructions, MCP servers, commands, agents and skills from codex, claude, opencode, cline and roo.

Shows what was found and what it becomes, then asks. What is there already stays, unless --replace is given; running it again
changes nothing twice. Secrets are never copied into a settings file: MCP servers get ${NAME} in their place.

\b
Examples:
  pullwright import                       from all of them
  pullwright import claude --dry-run      only look
  pullwright import --project             this project's opencode.json, .clinerules, .roo … into .pullwright and AGENTS.md
  pullwright import --yes --keep-secrets  for scripts; secrets go to the OS keyring, else a file only you can read
"""


@click.command("import", help=HELP, short_help="Bring over what other agents have.")
@click.argument("sources", nargs=-1, type=click.Choice(SOURCES), metavar="[SOURCE]…")
@click.option("--dry-run", is_flag=True, help="Only show it.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--project", is_flag=True, help="What this project has, in place of what you have.")
@click.option("--replace", is_flag=True, help="Where something else is there already, replace it.")
@click.option("--keep-secrets", is_flag=True, help="Keep the secrets that are found with your keys.")
@directory
def command(
    sources: tuple[str, ...], dry_run: bool, yes: bool, project: bool, replace: bool, keep_secrets: bool,
    directory: Path,
) -> None:  # fmt: skip
    """Bring over what other agents have."""
    import sys

    from pullwright.cli.importing.bringing import bring, look
    from pullwright.cli.importing.shown import plan_lines
    from pullwright.cli.render.style import style_for
    from pullwright.protocol.errors import FixSettings

    plan = look(sources or SOURCES, directory if project else None, replace=replace)
    for line in plan_lines(plan, style_for(sys.stdout)):
        click.echo(line)
    if plan.nothing:
        found = plan.steps or plan.left
        click.echo("\nThere is nothing to bring over." if found else "Nothing of another agent was found here.", err=True)
    elif not dry_run:
        if not yes and not sys.stdin.isatty():
            raise FixSettings("nothing was written: there is nobody here to ask", fix="add --yes, or --dry-run to only look")
        ask = None if yes else _ask
        for line in bring(plan, ask, keep_secrets=keep_secrets):
            click.echo(line, err=True)


def _ask(question: str) -> bool:
    return click.confirm(question, default=True, err=True)
