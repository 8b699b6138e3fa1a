"""`pullwright login`: keep a provider's key."""

from __future__ import annotations

import click

HELP = """Keep PROVIDER's key on this machine: in the OS keyring where there is one, else in a file that only you can read.

The key comes from a hidden prompt, or from standard input. A variable that holds a key (OPENAI_API_KEY…) always wins over
what is kept. With secret:NAME it keeps what ${NAME} stands for in a setting, such as an MCP server's token. With --server URL it
keeps your key for that task service, after asking the service whether it is one.

\b
Examples:
  pullwright login openai
  pass show openai | pullwright login openai
  pullwright login secret:GITHUB_TOKEN
  pullwright login --server https://pullwright.example
"""


@click.command(help=HELP, short_help="Keep a provider's key.")
@click.argument("provider", required=False, default="")
@click.option("--server", default="", metavar="URL", help="Keep a key for this task service.")
@click.option("--keep", type=click.Choice(["keyring", "file"]), default=None, help="Where to keep it; else keyring, then file.")
def command(provider: str, server: str, keep: str | None) -> None:
    """Keep a provider's key."""
    from pullwright.cli.credentials import Credentials
    from pullwright.cli.folders import folders
    from pullwright.cli.settings.load import load
    from pullwright.cli.settings.nearest import did_you_mean
    from pullwright.cli.settings.references import is_secret
    from pullwright.models.catalog import providers
    from pullwright.protocol.errors import FixSettings

    if server:
        provider = _server(provider, server)
    known = [*providers(), *load().settings.providers]
    if not server and provider not in known and not is_secret(provider):
        raise FixSettings(
            f"there is no provider {provider!r}.{did_you_mean(provider, known)}",
            fix=f"use one of {', '.join(providers())}; or first: pullwright config set providers.{provider}.base_url URL",
        )
    key = _given(provider)
    if not key or any(character.isspace() or not character.isprintable() for character in key):
        raise FixSettings("that is no key: it is empty or has spaces in it", fix="give the key alone, on one line")
    if server:
        _ask(provider.removeprefix("server:"), key)
    where = folders()
    credentials = Credentials(where)
    place = credentials.put(provider, key, keep)  # pyright: ignore[reportArgumentType]
    click.echo(f"Kept the key for {provider} in {'the OS keyring' if place == 'keyring' else credentials.path}.", err=True)


def _given(name: str) -> str:
    """The key, from a hidden prompt or from standard input."""
    import sys

    given: str = click.prompt(f"Key for {name}", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read(65536)
    return given.strip()


def _server(provider: str, url: str) -> str:
    """The name under which a server's key is kept."""
    from pullwright.cli.tasks.server import checked, name_of

    if provider:
        raise click.UsageError("a provider and --server at once: give one of them")
    return name_of(checked(url))


def _ask(url: str, key: str) -> None:
    """Ask the server whose key it is. Raises what the server says of one that it does not know."""
    from pullwright.cli.settings.load import load
    from pullwright.cli.tasks.api import Api
    from pullwright.cli.tasks.server import Server

    with Api(Server(url=url, key=key)) as api:
        me = api.get("/me", dict[str, object])
    click.echo(f"It is {me.get('name', '?')}'s key.", err=True)
    if load().settings.server.url != url:
        click.echo(f"To use this server from now on: pullwright config set server.url {url}", err=True)
