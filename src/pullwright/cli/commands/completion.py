"""`pullwright completion`: a shell's completion script."""

from __future__ import annotations

import click

HELP = """Print the completion script of a shell.

\b
Examples:
  pullwright completion bash > ~/.local/share/bash-completion/completions/pullwright
  pullwright completion zsh  > "${fpath[1]}/_pullwright"
  pullwright completion fish > ~/.config/fish/completions/pullwright.fish
"""


@click.command(help=HELP, short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from pullwright.cli.program import pullwright

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(_source(kind(pullwright, {}, "pullwright", "_PULLWRIGHT_COMPLETE")))


def _source(completion: object) -> str:
    from click.shell_completion import ShellComplete

    assert isinstance(completion, ShellComplete)
    # click's own `source` starts bash to ask for its version; the script is the same without.
    return completion.source_template % completion.source_vars()
