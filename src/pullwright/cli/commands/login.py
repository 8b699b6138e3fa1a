"""`pullwright login`: keep a provider's key."""

from __future__ import annotations

import click

HELP = """Keep PROVIDER's key on this machine: in the OS keyring where there is one, else in a file that only you can read.

The key comes from a hidden prompt, or from standard input. A variable that holds a key (OPENAI_API_KEY…) always wins over
what is kept. With secret:NAME it keeps what ${NAME} stands for in a setting, such as an MCP server's token.

\b
Examples:
  pullwright login openai
  pass show openai | pullwright login openai
  pullwright login secret:GITHUB_TOKEN
"""


@click.command(help=HELP, short_help="Keep a provider's key.")
@click.argument("provider")
@click.option("--keep", type=click.Choice(["keyring", "file"]), default=None, help="Where to keep it; else keyring, then file.")
def command(provider: str, keep: str | None) -> None:
    """Keep a provider's key."""
    import sys

    from pullwright.cli.credentials import Credentials
    from pullwright.cli.folders import folders
    from pullwright.cli.settings.load import load
    from pullwright.cli.settings.nearest import did_you_mean
    from pullwright.cli.settings.references import is_secret
    from pullwright.models.catalog import providers
    from pullwright.protocol.errors import FixSettings

    known = [*providers(), *load().settings.providers]
    if provider not in known and not is_secret(provider):
        raise FixSettings(
            f"there is no provider {provider!r}.{did_you_mean(provider, known)}",
            fix=f"use one of {', '.join(providers())}; or first: pullwright config set providers.{provider}.base_url URL",
        )
    given: str = click.prompt(f"Key for {provider}", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read(65536)
    key = given.strip()
    if not key or any(character.isspace() or not character.isprintable() for character in key):
        raise FixSettings("that is no key: it is empty or has spaces in it", fix="give the key alone, on one line")
    where = folders()
    credentials = Credentials(where)
    place = credentials.put(provider, key, keep)  # pyright: ignore[reportArgumentType]
    click.echo(f"Kept the key for {provider} in {'the OS keyring' if place == 'keyring' else credentials.path}.", err=True)
