"""The program: commands that are imported when they are called, and one place where everything ends."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETING = "_PULLWRIGHT_COMPLETE"
"""The variable with which a shell's script asks."""

COMMANDS: dict[str, tuple[tuple[str, str], ...]] = {
    "Work": (
        ("pair", "Pair with the agent in this project's own files; `pullwright` alone."),
        ("resume", "Go on with a session, at the terminal."),
        ("fork", "A new session that continues another one."),
        ("exec", "Do what a sentence says; the result is a branch."),
        ("review", "Review a change: findings with priority, file and line."),
        ("diff", "Show a session's change."),
        ("apply", "Bring a session's change into your working tree."),
        ("undo", "Take back a session's last steps, files and conversation together."),
        ("sessions", "List, show, resume, fork, export and delete sessions."),
        ("replay", "Run the proof of a bundled change again, in fresh sandboxes."),
        ("sandbox", "Run any command inside the sandbox."),
        ("demo", "Watch four small changes go the whole way, from prompt to merge."),
    ),
    "Tasks": (
        ("task", "Hand tasks to the service: many at once, reviewed and merged."),
        ("project", "The projects that tasks work on: list, add, show, settings, environments."),
    ),
    "Service": (
        ("serve", "Serve tasks: API, live events, webhooks, and the work itself."),
        ("worker", "Run the turns of a task service."),
        ("admin", "Users, keys, backup, migration of a task service."),
    ),
    "Set-up": (
        ("setup", "Ask three things and write them down: sign-in, model, approval mode."),
        ("import", "Bring over what Codex, Claude Code, opencode, Cline and Roo have."),
        ("login", "Keep a provider's key."),
        ("logout", "Forget a provider's key."),
        ("models", "List the models that the provider serves, with prices."),
        ("config", "Show every setting and where it came from; change one."),
        ("mcp", "MCP servers: list, add, test, sign in, permit changed tools."),
        ("trust", "Let a project's own configuration count."),
        ("doctor", "Check provider, sandbox, limits, git and disk; name each fix."),
        ("completion", "Print a shell's completion script."),
        ("man", "Show the manual page."),
    ),
}

EXAMPLES = """\
Examples:
  pullwright                                        pair in this folder's project: ask, watch, review, commit
  pullwright "why does test_basket fail?"           the same, beginning with a question
  pullwright exec "fix the failing test"            a branch with the fix, your files untouched
  pullwright exec --apply "rename Foo to Bar"       the same, brought into your working tree
  pullwright exec --mode ask "how is auth done?"    an answer with cited files, nothing changed
  pytest 2>&1 | pullwright exec "make this pass"    what is piped in is read as context
  pullwright review --base main                     problems that this branch brings in, by file and line
  pullwright diff | less                            what the last session changed here
  pullwright sandbox -- pytest -q                   any command, inside the sandbox

Start with `pullwright doctor`, or `pullwright demo`, which needs no key.
"""


class LazyGroup(click.Group):
    """The commands of `COMMANDS`; each module `cli.commands.NAME` has its command as `command`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; but no command at all, options, or words that are a prompt, mean `pair`."""
        first = args[0] if args else ""
        own = ("-h", "--help", "--version")
        if ctx.resilient_parsing and not args:  # a shell asks which commands there are
            return super().parse_args(ctx, args)
        if not args or (first not in own and (first.startswith("-") or any(letter.isspace() for letter in first))):
            args = ["pair", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help."""
        return [name for commands in COMMANDS.values() for name, _ in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None when there is no such name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        # No module can be called `import`.
        module = f"{cmd_name}_" if cmd_name == "import" else cmd_name
        command: click.Command = importlib.import_module(f"pullwright.cli.commands.{module}").command
        if COMPLETING not in os.environ:
            return command
        from pullwright.cli.completing.attach import attach

        return attach(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands with their lines of help, without importing any; behind `-` what `pair` takes, which may be left out."""
        if incomplete.startswith("-"):
            pair = self.get_command(ctx, "pair")
            assert pair is not None
            found = pair.shell_complete(click.Context(pair, info_name="pair", parent=ctx), incomplete)
            return list({item.value: item for item in (*found, *super().shell_complete(ctx, incomplete))}.values())
        from click.shell_completion import CompletionItem

        known = [pair for commands in COMMANDS.values() for pair in commands]
        return [CompletionItem(name, help=help_) for name, help_ in known if name.startswith(incomplete)]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but an unknown command is answered with the nearest one."""
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-") and not ctx.resilient_parsing:
            from pullwright.cli.settings.nearest import did_you_mean

            ctx.fail(f"no such command: {args[0]!r}.{did_you_mean(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in their sections, without importing any."""
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl(commands, col_max=14)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, as they stand."""
        formatter.write("\n" + EXAMPLES)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from pullwright import __version__

        click.echo(f"pullwright {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def pullwright() -> None:
    """From a sentence to a tested branch, in a real sandbox."""


def run(arguments: list[str] | None = None) -> int:
    """Run the program and return its exit code; the streams are flushed.

    0 done · 1 failed · 2 usage or settings · 3 needs input · 4 over budget · 5 verification failed · 6 a review found something ·
    130 stopped.
    """
    _open_streams()
    if COMPLETING in os.environ:
        from pullwright.cli.completing.shells import register

        register()
    try:
        code = pullwright.main(arguments, prog_name="pullwright", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except BaseException as error:
        from pullwright.cli.failures import report

        # A shell that asks what to offer shows its person everything that is said.
        code = 1 if COMPLETING in os.environ and isinstance(error, Exception) else report(error)
    return finish(code if isinstance(code, int) else 0)


def _open_streams() -> None:
    """Put the null device where a stream was closed (`>&-`): a file that is opened later must not become our stdout."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - lives as long as the process


def finish(code: int) -> int:
    """Flush the streams; a reader that went away (`| head`) is no failure of ours and leaves no traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            # The interpreter flushes once more at exit: give it somewhere to write to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        except (OSError, ValueError):
            code = code or 1
    return code
