"""`pullwright task`: hand work to the service, and see it through to the merge."""

from __future__ import annotations

import click

from pullwright.cli.tasks.verbs import VERBS

HELP = """Hand tasks to the service: many at once, each in a sandbox of its own, each ending in a verified change for you to
review.

Without a configured server a local service of your own is used; it starts by itself and works on when you close the
terminal. TASK is an id, or the beginning or end of one; the newest task when it is left out.

\b
Examples:
  pullwright task run "fix the failing test"
  pullwright task run --attempts 3 --watch "make parsing twice as fast"
  pullwright task run --from todo.txt --wait
  pullwright task list
  pullwright task watch                            the newest one, as it goes on
  pullwright task answer yes
  pullwright task send-back "keep the old name as an alias"
  pullwright task approve
"""


@click.group(help=HELP, short_help="Hand tasks to the service, and see them through.")
def command() -> None:
    """Tasks."""


for _verb in VERBS:
    command.add_command(_verb)
