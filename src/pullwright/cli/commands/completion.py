"""`pullwright completion`: a shell's completion script."""

from __future__ import annotations

import click

HELP = """Print the completion script of a shell: commands, options, and what they take: sessions, models, refs, settings.

\b
Examples:
  pullwright completion bash > ~/.local/share/bash-completion/completions/pullwright
  pullwright completion zsh  > "${fpath[1]}/_pullwright"
  pullwright completion fish > ~/.config/fish/completions/pullwright.fish
  eval "$(pullwright completion bash)"     for this shell only
"""


@click.command(help=HELP, short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell."""
    from pullwright.cli.completing.shells import script

    click.echo(script(shell))
