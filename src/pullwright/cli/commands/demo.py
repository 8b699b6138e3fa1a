"""`pullwright demo`: a small real bug, fixed the whole way."""

from __future__ import annotations

from pathlib import Path

import click

HELP = """Watch a small real bug being fixed: a real repository, a real sandbox, real test runs, Pullwright's own verification.

With OPENAI_API_KEY, AZURE_OPENAI_…, ANTHROPIC_API_KEY, OPENROUTER_API_KEY or PULLWRIGHT_BASE_URL set, that model does it under
a budget of 1 USD. Else a script plays the model over the real wire, and everything says so. Nothing is left behind.

Exits with 0 only when the tests were red before and green after, as measured in fresh sandboxes.
"""


@click.command(help=HELP, short_help="Watch a small real bug being fixed, the whole way.")
@click.option("--scripted", is_flag=True, help="The script, whatever keys there are.")
@click.option("--keep", is_flag=True, help="Leave repository, branch and session there afterwards.")
@click.option("--sample", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Another repository's files.")
@click.option("--sandbox", metavar="KIND", default="", help="linux, gvisor, container or seatbelt.")
@click.pass_context
def command(context: click.Context, scripted: bool, keep: bool, sample: Path | None, sandbox: str) -> None:
    """Watch a small real bug being fixed."""
    import asyncio

    from pullwright.cli.demo.sample import SAMPLE
    from pullwright.cli.demo.walk import Demo

    context.exit(asyncio.run(Demo(source=sample or SAMPLE, scripted=scripted, keep=keep, sandbox=sandbox).run()))
