"""`pullwright review`: what is wrong with a change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pullwright.cli.commands.options import directory

HELP = """Review a change and report problems that it brings in, with priority, place, reason and confidence.

Without options: what is not committed; in a clean tree, what this branch brings over the default branch. Arguments may be
a range (A..B, A...B), files or folders to limit the review to, and, in quotes, what to look at above all. Nothing is
changed: the agent reads, searches and runs tests on a read-only snapshot of the reviewed state. The findings go to
stdout, progress to stderr.

\b
Examples:
  pullwright review                                     what you are about to commit
  pullwright review --base main                         the branch, from where it left main
  pullwright review --base main --uncommitted           the same, and what is not committed
  pullwright review --commit HEAD src/billing           one commit, one folder of it
  pullwright review v1.2..v1.3 "is anything not compatible?"
  pullwright review --json | jq '.findings[] | select(.priority == "P1")'
  pullwright review --resume                            go on with the last one, or print it again

\b
In CI (exit code 6 fails the job when there is a P0 or P1):
  git fetch --no-tags origin main
  pullwright review --base origin/main --fail-on P1 --budget 1usd --sarif review.sarif

\b
Exit codes: 0 nothing at or above --fail-on · 1 failed · 2 usage or settings · 4 over budget
            6 something at or above --fail-on · 130 stopped
"""


@click.command(help=HELP, short_help="Review a change: findings with priority, file and line.")
@click.argument("words", nargs=-1, metavar='[A..B] [PATHS]… ["FOCUS"]')
@click.option("--base", metavar="REF", help="From the merge base with REF to HEAD.")
@click.option("--uncommitted", is_flag=True, help="What is not committed; with --base, that as well.")
@click.option("--commit", metavar="SHA", help="One commit, against its first parent.")
@click.option("--focus", default="", metavar="TEXT", help="What to look at above all.")
@click.option(
    "--fail-on", metavar="P0|P1|P2|P3|never", help="Exit with 6 for a finding of this priority or worse.  [default: P1]"
)
@click.option("--min-confidence", type=float, metavar="0…1", help="Leave out what the model is less sure of.  [default: 0.5]")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
@click.option("--sarif", metavar="FILE|-", help="The result as SARIF 2.1.0 in FILE; - for stdout.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Also write what goes to stdout there.")
@click.option("--resume", is_flag=False, flag_value="last", metavar="[SESSION]", help="Go on with a review, or print it again.")
@click.option("-m", "--model", metavar="fast|deep|PROVIDER/NAME", help="Model class or model.  [config: model]")
@click.option("--effort", metavar="LEVEL", help="Reasoning effort: none, minimal, low, medium, high, xhigh.")
@click.option("--budget", metavar="CEILING", multiple=True, help="2usd, 100ktokens, 50steps or 10m; repeatable.")
@click.option("--sandbox", metavar="KIND", help="linux, gvisor, container or seatbelt.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@directory
@click.pass_context
def command(context: click.Context, words: tuple[str, ...], directory: Path, **options: Any) -> None:
    """Report what is wrong with a change."""
    from pullwright.cli.run.reviewing import Wanted, go

    wanted = Wanted(words=words, directory=directory, **options)
    context.exit(go(wanted))
