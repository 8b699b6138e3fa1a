"""`pullwright logout`: forget a provider's key."""

from __future__ import annotations

import click


@click.command(short_help="Forget a provider's key.")
@click.argument("provider", required=False)
@click.option("--all", "everything", is_flag=True, help="Forget every key.")
def command(provider: str | None, everything: bool) -> None:
    """Forget PROVIDER's key, or every key with --all. Variables such as OPENAI_API_KEY are not ours to forget."""
    from pullwright.cli.credentials import Credentials
    from pullwright.cli.folders import folders

    credentials = Credentials(folders())
    if not provider and not everything:
        kept = ", ".join(credentials.places()) or "none"
        raise click.UsageError(f"name a provider, or --all. Kept: {kept}.")
    for name in list(credentials.places()) if everything else [provider or ""]:
        known = credentials.forget(name)
        click.echo(f"Forgot the key for {name}." if known else f"No key was kept for {name}.", err=True)
