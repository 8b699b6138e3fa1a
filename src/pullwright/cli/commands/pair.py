"""`pullwright pair`, and `pullwright` alone: an interactive session in the project's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.options import directory

HELP = """Pair with the agent in this project's own files: ask, watch, review each edit, accept it or send it back.

`pullwright` alone does the same; so does `pullwright "what to do first"`. What is piped in beside a prompt is read as context.
Your files change only where you allowed it; .git is never written; /commit makes the commit from what you accepted.

\b
Examples:
  pullwright
  pullwright "why does test_basket fail?"
  git diff | pullwright "explain this"
  pullwright --approval auto-edit --model deep
  pullwright resume --last
"""


def pair_options(function: Any) -> Any:
    """The options that say how a pairing is run; `resume` and `fork` have them too."""
    for option in reversed(
        (
            click.option("-m", "--model", metavar="fast|deep|PROVIDER/NAME", help="Model class or model.  [config: model]"),
            click.option("--effort", metavar="LEVEL", help="Reasoning effort: none, minimal, low, medium, high, xhigh."),
            click.option("--approval", metavar="MODE", help="suggest, auto-edit or full-auto.  [config: terminal.approval]"),
            click.option("--access", metavar="ACCESS", help="read-only, workspace-write or full-access."),
            click.option("--network", metavar="off|registries|HOST[,…]", help="What the sandbox may reach."),
            click.option(
                "--budget", metavar="CEILING", multiple=True, help="Of a turn: 2usd, 100ktokens, 50steps, 10m; repeatable."
            ),
            click.option("--sandbox", metavar="KIND", help="linux, gvisor, container or seatbelt."),
            click.option("--plan", is_flag=True, help="Plan first, change nothing."),
            click.option("--plain", is_flag=True, default=None, help="Line by line: for screen readers and dumb terminals."),
        )
    ):
        function = option(function)
    return function


def flags_of(options: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """Settings given as flags: key -> (the flag's name, its value)."""
    return {
        "model": ("--model", options["model"]),
        "effort": ("--effort", options["effort"]),
        "terminal.approval": ("--approval", options["approval"]),
        "access": ("--access", options["access"]),
        "network": ("--network", options["network"]),
        "budget": ("--budget", ",".join(options["budget"]) or None),
        "sandbox": ("--sandbox", options["sandbox"]),
        "terminal.plain": ("--plain", options["plain"]),
    }


@click.command(help=HELP, short_help="Pair with the agent in this project's own files.")
@click.argument("prompt", required=False, default="")
@click.option("-i", "--image", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Show an image; repeatable.")
@pair_options
@directory
@click.pass_context
def command(context: click.Context, prompt: str, directory: Path, **options: Any) -> None:
    """Pair, beginning with PROMPT."""
    from pullwright.cli.terminal.start import Beginning, start

    beginning = Beginning(prompt=prompt, images=tuple(options["image"]), plan=options["plan"])
    context.exit(start(directory, flags_of(options), beginning))
