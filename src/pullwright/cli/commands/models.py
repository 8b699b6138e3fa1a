"""`pullwright models`: what the provider serves."""

from __future__ import annotations

from typing import Any

import click

from pullwright.cli.commands.options import as_json

HELP = """List the models that PROVIDER serves (else: the one in use), with prices and what `fast` and `deep` stand for.

Prices are US dollars for a million tokens, from Pullwright's table or yours (`prices` in the configuration). One that is not
known is shown as unknown.
"""


@click.command(help=HELP, short_help="List the models that the provider serves, with prices.")
@click.argument("provider", required=False, default="")
@as_json
def command(provider: str, as_json: bool) -> None:
    """List the models that the provider serves."""
    import asyncio
    import os
    from pathlib import Path

    from pullwright.cli.completing.seen import remember
    from pullwright.cli.credentials import Credentials
    from pullwright.cli.render.table import table
    from pullwright.cli.settings.load import load
    from pullwright.cli.settings.model import choice_for, class_words, default_provider
    from pullwright.models.catalog import Prices
    from pullwright.models.open import list_models

    loaded = load()
    credentials = Credentials(loaded.folders)
    provider = provider or default_provider(loaded.settings, os.environ, credentials)
    choice = choice_for(provider, "", "", loaded.settings, os.environ, credentials)
    names = asyncio.run(list_models(choice))
    remember(loaded.folders, provider, names)
    prices = Prices(Path(loaded.settings.prices).expanduser() if loaded.settings.prices else None)
    classes = class_words(provider, loaded.settings, os.environ)
    rows = [_row(name, classes, prices) for name in names]
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode({"provider": provider, "models": rows}), indent=1))
        return
    cells = [(row["name"], row["class"], _price(row["input"]), _price(row["output"]), f"{row['window']:,}") for row in rows]
    click.echo(table(cells, ("MODEL", "CLASS", "IN $/M", "OUT $/M", "WINDOW")), nl=False)
    for name in sorted(set(classes) - set(names)):
        click.echo(f"notice: {classes[name]} stands for {name}, which {provider} does not list", err=True)
    click.echo(f"Prices as of {prices.checked}.", err=True)


def _row(name: str, classes: dict[str, str], prices: Any) -> dict[str, Any]:
    from pullwright.models.catalog import family

    price = prices.find(name)
    return {
        "name": name,
        "class": classes.get(name, ""),
        "input": price.input if price else None,
        "output": price.output if price else None,
        "window": family(name)[1].window,
    }


def _price(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
