"""`pullwright demo`: four tasks through the service, or one turn alone."""

from __future__ import annotations

from pathlib import Path

import click

HELP = """Watch the whole way: four tasks at once through the service, each in its own sandbox, four pull requests that clean runs
prove, one sent back with a remark and mended, one approved and merged. A real repository, sandboxes, git and test runs.

With OPENAI_API_KEY, AZURE_OPENAI_…, ANTHROPIC_API_KEY, OPENROUTER_API_KEY or PULLWRIGHT_BASE_URL set, that model does it under
a budget of 1 USD. Else a script plays the model over the real wire, and everything says so. Nothing is left behind.

At a terminal it ends with the web app up on this machine until Ctrl-C, and prints a link that signs in once: the four tasks
are there, from dispatch to merge. Without a terminal it prints the evidence and exits.

`--turn` is the small way: one turn, as `pullwright exec` runs it, that fixes a bug. Exits with 0 only when all of it was seen.
"""


@click.command(help=HELP, short_help="Watch four small changes go the whole way, from prompt to merge.")
@click.option("--scripted", is_flag=True, help="The script, whatever keys there are.")
@click.option("--keep", is_flag=True, help="Leave repository, service and sessions there afterwards.")
@click.option("--stay/--no-stay", default=None, help="The web app until Ctrl-C, or not; else: at a terminal.")
@click.option("--turn", is_flag=True, help="One turn alone, without the service.")
@click.option(
    "--sample", type=click.Path(path_type=Path, exists=True, file_okay=False), help="With --turn: another repository's files."
)
@click.option("--sandbox", metavar="KIND", default="", help="linux, gvisor, container or seatbelt.")
@click.pass_context
def command(
    context: click.Context, scripted: bool, keep: bool, stay: bool | None, turn: bool, sample: Path | None, sandbox: str
) -> None:
    """Watch four small changes go the whole way."""
    import asyncio

    if turn or sample is not None:
        from pullwright.cli.demo.sample import SAMPLE
        from pullwright.cli.demo.walk import Demo

        context.exit(asyncio.run(Demo(source=sample or SAMPLE, scripted=scripted, keep=keep, sandbox=sandbox).run()))
    from pullwright.cli.demo.service import ServiceDemo

    context.exit(asyncio.run(ServiceDemo(scripted=scripted, keep=keep, sandbox=sandbox, stay=stay).run()))
