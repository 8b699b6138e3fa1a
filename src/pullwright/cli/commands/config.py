"""`pullwright config`: every setting and where it came from."""

from __future__ import annotations

from pathlib import Path

import click

from pullwright.cli.commands.options import as_json, directory

HELP = """Show every setting and where it came from.

Later sources win: defaults, your file, the project's .pullwright/config.toml (as far as it is trusted), variables
named PULLWRIGHT_…, flags.

\b
Examples:
  pullwright config                                   every value, and its origin
  pullwright config set models.deep.model azure/gpt-5.1
  pullwright config set budget 2usd,50steps
  pullwright config get network
  $EDITOR "$(pullwright config path)"
"""


@click.group(help=HELP, short_help="Show every setting and where it came from; change one.", invoke_without_command=True)
@directory
@as_json
@click.pass_context
def command(context: click.Context, directory: Path, as_json: bool) -> None:
    """Show every setting and where it came from."""
    if context.invoked_subcommand is None:
        _show(directory, as_json)


def _show(directory: Path, as_json: bool) -> None:
    from pullwright.cli.project import find_project
    from pullwright.cli.render.table import table
    from pullwright.cli.settings.load import listing, load

    loaded = load(find_project(directory))
    if as_json:
        import msgspec

        rows = {key: {"value": value, "source": at.source, "where": at.where} for key, value, at in listing(loaded)}
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=1))
    else:
        click.echo(
            table([(key, _text(value), str(at)) for key, value, at in listing(loaded)], ("KEY", "VALUE", "FROM")), nl=False
        )
    for notice in loaded.notices:
        click.echo(f"notice: {notice}", err=True)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return "-" if value in ("", None, {}) else str(value)


@command.command("get")
@click.argument("key")
@directory
def get(key: str, directory: Path) -> None:
    """Print one setting's value."""
    from pullwright.cli.project import find_project
    from pullwright.cli.settings.keys import KEYS
    from pullwright.cli.settings.load import listing, load
    from pullwright.cli.settings.nearest import did_you_mean
    from pullwright.protocol.errors import FixSettings

    loaded = load(find_project(directory))
    for dotted, value, _ in listing(loaded):
        if dotted == key:
            click.echo("" if value is None else _text(value) if isinstance(value, bool) else value)
            return
    raise FixSettings(f"there is no setting {key!r}.{did_you_mean(key, KEYS)}", fix="`pullwright config` shows every setting")


@command.command("set")
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> None:
    """Write one setting into your own file (see `pullwright config path`)."""
    from pullwright.cli.folders import folders
    from pullwright.cli.settings.change import set_key

    path = folders().config_file
    written = set_key(path, key, value)
    click.echo(f"{key} = {_text(written)}  ({path})", err=True)


@command.command("path")
def path() -> None:
    """Print where your own file lies (whether or not it exists)."""
    from pullwright.cli.folders import folders

    click.echo(folders().config_file)
