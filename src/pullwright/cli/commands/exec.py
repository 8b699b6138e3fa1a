"""`pullwright exec`: do what a sentence says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pullwright.cli.commands.options import directory

if TYPE_CHECKING:
    from pullwright.attempts.spec import TurnSpec
    from pullwright.log.files import FileLog

HELP = """Do what PROMPT says; the result is a branch, and your working tree stays as it is.

Works on a snapshot of the project (with what you have not committed), in a sandbox without network. Progress goes to
stderr, the agent's last message to stdout. With `-` or without PROMPT the prompt is read from standard input; what is
piped in beside a PROMPT is read as context.

\b
Examples:
  pullwright exec "fix the failing test"
  pullwright exec --apply "add type hints to parser.py"
  pullwright exec --mode ask "where are sessions stored?"
  pytest 2>&1 | pullwright exec "make this pass"
  pullwright exec --model deep --budget 2usd --budget 30m --file task.md
  pullwright exec --network registries "upgrade requests and adapt the code"
  pullwright exec --template bug-triage "exports lose the last line"
  pullwright exec --json "…" | jq -c 'select(.type == "command_ran")'

\b
Exit codes: 0 done · 1 failed · 2 usage or settings · 3 needs your answer · 4 over budget
            5 our own test runs contradict the change · 130 stopped
"""


def turn_options(function: Any) -> Any:
    """The options that say how a turn is run; `exec` and `sessions resume` have them."""
    for option in reversed(
        (
            click.option("-m", "--model", metavar="fast|deep|PROVIDER/NAME", help="Model class or model.  [config: model]"),
            click.option("--effort", metavar="LEVEL", help="Reasoning effort: none, minimal, low, medium, high, xhigh."),
            click.option("--approval", metavar="MODE", help="suggest, auto-edit or full-auto: who is asked before an effect."),
            click.option("--access", metavar="ACCESS", help="read-only, workspace-write or full-access."),
            click.option("--network", metavar="off|registries|HOST[,…]", help="What the sandbox may reach."),
            click.option("--budget", metavar="CEILING", multiple=True, help="2usd, 100ktokens, 50steps or 10m; repeatable."),
            click.option("--sandbox", metavar="KIND", help="linux, gvisor, container or seatbelt."),
            click.option("--test-command", metavar="CMD", help="How this project's tests are run."),
            click.option("--verify/--no-verify", default=None, help="Re-run the tests in fresh sandboxes afterwards."),
            click.option("--json", "as_json", is_flag=True, help="Events on stdout, one JSON object a line."),
            click.option("--json-live", is_flag=True, help="The same, with live frames between them."),
            click.option(
                "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Also write the last message there."
            ),
            click.option("--apply", is_flag=True, help="Bring the change into the working tree as well."),
            click.option("-q", "--quiet", is_flag=True, help="No progress and no summary."),
        )
    ):
        function = option(function)
    return function


def flags_of(options: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """Settings given as flags: key -> (the flag's name, its value)."""
    budget = ",".join(options["budget"]) or None
    return {
        "model": ("--model", options["model"]),
        "effort": ("--effort", options["effort"]),
        "approval": ("--approval", options["approval"]),
        "access": ("--access", options["access"]),
        "network": ("--network", options["network"]),
        "budget": ("--budget", budget),
        "sandbox": ("--sandbox", options["sandbox"]),
        "test_command": ("--test-command", options["test_command"]),
        "verify": ("--verify" if options["verify"] else "--no-verify", options["verify"]),
    }


@click.command(help=HELP, short_help="Do what a sentence says; the result is a branch.")
@click.argument("prompt", required=False, default="")
@click.option("-f", "--file", type=click.Path(path_type=Path), metavar="FILE", help="Read the prompt from FILE.")
@click.option("-i", "--image", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Show an image; repeatable.")
@click.option("--mode", type=click.Choice(["ask", "code"]), default="code", help="Answer, or change.  [default: code]")
@click.option("--ref", metavar="REF", help="Work on this commit, branch or tag in place of the working tree.")
@click.option("--no-local", is_flag=True, help="Leave out what is not committed.")
@click.option("--branch", default="", metavar="NAME", help="The branch's name.")
@click.option("--agent", default="", metavar="NAME", help="Work as this custom agent.")
@click.option("--template", default="", metavar="NAME", help="refactor, test-backfill, dependency-upgrade or bug-triage.")
@click.option("--output-schema", type=click.Path(path_type=Path), metavar="FILE", help="The last message is JSON of this schema.")
@turn_options
@directory
@click.pass_context
def command(context: click.Context, prompt: str, directory: Path, **options: Any) -> None:
    """Do what PROMPT says."""
    from pullwright.cli.extending.extensions import extensions
    from pullwright.cli.project import project_at
    from pullwright.cli.run import beforehand
    from pullwright.cli.run.prompt import data_url, read_prompt
    from pullwright.cli.run.request import Asked, read_schema, turn_spec
    from pullwright.cli.run.served import settle_model
    from pullwright.cli.settings.load import load
    from pullwright.log.session import Sessions
    from pullwright.protocol.ids import new_id

    project = project_at(directory)
    loaded = settle_model(load(project, flags_of(options)))
    beforehand.check(project, ref=options["ref"], branch=options["branch"], output=options["output"])
    found = extensions(loaded)
    asked = Asked(
        text=found.prompt(read_prompt(prompt, options["file"])),
        project=project,
        images=tuple(data_url(path) for path in options["image"]),
        mode=options["mode"],
        ref=options["ref"],
        local=not options["no_local"],
        branch=options["branch"],
        schema=read_schema(options["output_schema"]) if options["output_schema"] else None,
        agent=options["agent"],
        workload=beforehand.template(options["template"], options["mode"]),
    )
    spec = turn_spec(asked, loaded, new_id("ses"), found=found)
    with Sessions(loaded.folders.sessions).create(spec.session) as log:
        log.claim()
        context.exit(go(spec, log, options, (*loaded.notices, *found.notices)))


def go(spec: TurnSpec, log: FileLog, options: dict[str, Any], notices: tuple[str, ...] = ()) -> int:
    """Run one turn under these options, and return the exit code."""
    import asyncio

    from pullwright.cli.run.screen import Screen
    from pullwright.cli.run.turn import Ending, run

    as_json = options["as_json"] or options["json_live"]
    screen = Screen(json=as_json, live=options["json_live"], quiet=options["quiet"])
    for notice in notices:
        screen.say(f"notice: {notice}")
    ending = Ending(apply=options["apply"], message_file=options["output"], json=as_json, quiet=options["quiet"])
    return asyncio.run(run(spec, log, screen, ending))
