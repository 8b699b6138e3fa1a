"""`pullwright doctor`: what works on this machine, and the fix for what does not."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import as_json, directory

HELP = """Check settings, provider, key, sandbox and its limits, git, disk, terminal and shell. Each failure comes with its fix.

Exits with 1 when something is missing that Pullwright cannot do without.
"""


@click.command(help=HELP, short_help="Check provider, sandbox, limits, git and disk; name each fix.")
@click.option("--offline", is_flag=True, help="Do not ask the provider.")
@as_json
@directory
@click.pass_context
def command(context: click.Context, offline: bool, as_json: bool, directory: Path) -> None:
    """Check what Pullwright needs."""
    import asyncio
    import sys

    from pullwright.cli.render.checks import check_lines
    from pullwright.cli.render.style import style_for
    from pullwright.cli.run.checkup import checkup

    groups = asyncio.run(checkup(directory, offline=offline))
    failed = [check for checks in groups.values() for check in checks if check.required and not check.ok]
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode({"ok": not failed, "checks": groups}), indent=1))
    else:
        for line in check_lines(groups, style_for(sys.stdout)):
            click.echo(line)
        click.echo(f"\n{len(failed)} to fix." if failed else "\nReady.")
    context.exit(1 if failed else 0)
