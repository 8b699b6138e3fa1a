"""`pullwright man`: the manual page."""

from __future__ import annotations

from pathlib import Path

import click

HELP = """Show the manual page: every command, option, exit code and setting. Into a pipe or a file it goes as roff.

\b
Examples:
  pullwright man
  pullwright man --install                                   for `man pullwright`
  pullwright man > /usr/local/share/man/man1/pullwright.1    for everybody
"""


@click.command(help=HELP, short_help="Show the manual page.")
@click.option("--install", is_flag=True, help="Write it below ~/.local/share/man, where `man` looks.")
def command(install: bool) -> None:
    """Show the manual page."""
    import os
    import sys

    from pullwright.cli.manual.page import page

    if install:
        home = Path(os.environ.get("HOME") or Path.home())
        path = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "man/man1/pullwright.1"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        click.echo(f"Written: {path}", err=True)
    elif not sys.stdout.isatty() or not _shown(page()):
        click.echo(page(), nl=False)


def _shown(text: str) -> bool:
    """Show it with `man`, when there is one."""
    import shutil
    import subprocess
    import tempfile

    program = shutil.which("man")
    if program is None:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".1", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return subprocess.run([program, "-l", file.name], check=False).returncode == 0
