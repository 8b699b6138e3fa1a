"""`pullwright task run`: dispatch one task, or many from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pullwright.cli.commands.options import as_json, directory
from pullwright.cli.tasks.verbs.options import connect, print_json, server

if TYPE_CHECKING:
    from pullwright.cli.tasks.api import Api
    from pullwright.cli.tasks.records import Task
    from pullwright.protocol.policy import Budget
    from pullwright.tasks.store.records import TaskOrder

HELP = """Dispatch a task and print its id. It goes on in the service, whatever becomes of this terminal.

The prompt comes from PROMPT, from --file, or from standard input (-). With --from, each line of FILE is a task: plain words, or
a JSON object with the fields of an order. A task works on a commit: what you have not committed is no part of it.

\b
Exit codes of --watch and --wait: as of `exec`; of several tasks, the first that is not 0.
"""


@click.command(help=HELP, short_help="Dispatch a task.")
@click.argument("prompt", required=False, default="")
@click.option("-f", "--file", type=click.Path(path_type=Path), metavar="FILE", help="Read the prompt from FILE.")
@click.option("-i", "--image", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help="Show an image; repeatable.")
@click.option("--from", "from_file", type=click.Path(path_type=Path), metavar="FILE", help="Dispatch one task for each line.")
@click.option("-p", "--project", default="", metavar="NAME", help="The project; else that of this folder.")
@click.option("--mode", type=click.Choice(["ask", "code"]), default="code", help="Answer, or change.  [default: code]")
@click.option(
    "--approval",
    type=click.Choice(["suggest", "auto-edit", "full-auto"]),
    default="full-auto",
    help="Who is asked before an effect: `pullwright task answer`.  [default: full-auto]",
)
@click.option("--ref", default="", metavar="REF", help="Begin at this branch or commit.")
@click.option("--environment", default="", metavar="NAME", help="The project's environment.")
@click.option("-m", "--model", default="", metavar="fast|deep|PROVIDER/NAME", help="Model class or model.  [default: deep]")
@click.option("-n", "--attempts", type=click.IntRange(1, 8), default=1, help="Independent tries, to choose from.")
@click.option("--template", default="", metavar="NAME", help="refactor, test-backfill, dependency-upgrade or bug-triage.")
@click.option("--budget", metavar="CEILING", multiple=True, help="2usd, 100ktokens, 50steps or 10m; repeatable.")
@click.option("--priority", type=int, default=0, help="Higher goes first.")
@click.option("--deadline", metavar="TIME", default="", help="Not to be begun after so long: 30m, 2h.")
@click.option("--title", default="", metavar="TEXT", help="What it is called in lists.")
@click.option("--key", default="", metavar="KEY", help="Idempotency key: the same one again is the same task.")
@click.option("-w", "--watch", is_flag=True, help="Show it as it goes on.")
@click.option("--wait", is_flag=True, help="Wait quietly until it rests.")
@server
@as_json
@directory
@click.pass_context
def run(context: click.Context, prompt: str, directory: Path, as_json: bool, **options: Any) -> None:
    """Dispatch a task."""
    with connect(options["server"]) as api:
        tasks = _dispatched(api, _orders(api, prompt, directory, options), {**options, "as_json": as_json})
        if options["wait"] or (options["watch"] and len(tasks) > 1):
            context.exit(_wait(api, tasks, as_json))
        if options["watch"]:
            from pullwright.cli.tasks.verbs.looking import watched

            context.exit(watched(api, tasks[0].id, as_json=as_json))
    if as_json:
        print_json(tasks if options["from_file"] else tasks[0])


def _orders(api: Api, prompt: str, directory: Path, options: dict[str, Any]) -> list[TaskOrder]:
    """What is asked for, as orders."""
    from pullwright.cli.run.prompt import data_url, read_prompt
    from pullwright.cli.tasks.here import begins_at, project_here
    from pullwright.protocol.errors import FixSettings
    from pullwright.protocol.ids import new_id
    from pullwright.tasks.store.records import TaskOrder, TaskSource

    if options["from_file"] and (prompt or options["file"]):
        raise FixSettings("a prompt and --from at once", fix="give one of them")
    project = project_here(api, directory, options["project"])
    key = options["key"] or new_id("key")
    base = TaskOrder(
        project=project.id,
        prompt="" if options["from_file"] else read_prompt(prompt, options["file"]),
        title=options["title"],
        images=tuple(data_url(path) for path in options["image"]),
        mode=options["mode"],
        approval=options["approval"],
        ref=begins_at(api, directory, options),
        environment=options["environment"],
        model=options["model"],
        attempts=options["attempts"],
        template=_template(options),
        budget=_budget(",".join(options["budget"])),
        priority=options["priority"],
        deadline=_seconds(options["deadline"]),
        dedup=key,
        source=TaskSource(kind="cli"),
    )
    if options["from_file"] is None:
        return [base]
    from pullwright.cli.tasks.orders import from_file

    return from_file(options["from_file"], base, key)


def _template(options: dict[str, Any]) -> str:
    from pullwright.cli.run.beforehand import template

    return template(options["template"], options["mode"])


def _seconds(text: str) -> float | None:
    """A deadline in seconds from now."""
    from pullwright.protocol.errors import FixSettings

    if not text:
        return None
    seconds = _budget(text).seconds
    if seconds is None:
        raise FixSettings(f"{text!r} is no time", fix="give --deadline as 45s, 30m or 2h")
    return seconds


def _budget(text: str) -> Budget:
    """Ceilings, as `--budget` of `exec` has them."""
    from pullwright.cli.settings.budget import parse_budget
    from pullwright.protocol.errors import FixSettings

    try:
        return parse_budget(text)
    except ValueError as error:
        raise FixSettings(str(error), fix="see: pullwright task run --help") from None


def _dispatched(api: Api, orders: list[TaskOrder], options: dict[str, Any]) -> list[Task]:
    """Dispatch all; what went through stays when one does not, and the key to go on with is said."""
    from pullwright.cli.tasks.calls import dispatch
    from pullwright.protocol.errors import PullwrightError

    done: list[Task] = []
    for order in orders:
        try:
            task = dispatch(api, order)
        except PullwrightError as error:
            if len(orders) > 1:
                key = order.dedup.rpartition(":")[0]
                error.fix = (
                    f"{error.fix}  {len(done)} of {len(orders)} tasks are dispatched; with --key {key} none is twice".strip()
                )
            raise
        done.append(task)
        if not options["as_json"]:
            click.echo(task.id)
    if len(done) == 1 and not (options["watch"] or options["wait"]):
        click.echo(f"It goes on in the service. Watch it: pullwright task watch {done[0].id}", err=True)
    return done


def _wait(api: Api, tasks: list[Task], as_json: bool) -> int:
    """Wait for all of them; the first exit code that is not 0."""
    from pullwright.cli.tasks.exits import code_of
    from pullwright.cli.tasks.shown import word
    from pullwright.cli.tasks.watching import wait

    def rests(task: Task) -> None:
        click.echo(f"{task.id}  {word(task.state)}: {task.title}", err=True)

    try:
        ended = wait(api, [task.id for task in tasks], rests)
    except KeyboardInterrupt:
        click.echo("The tasks go on in the service. See: pullwright task list", err=True)
        return 130
    if as_json:
        print_json(ended)
    elif len(ended) == 1 and ended[0].state == "answered" and ended[0].attempts[0].outcome is not None:
        from pullwright.cli.render.clean import clean

        click.echo(clean(ended[0].attempts[0].outcome.message))
    return next((code for task in ended if (code := code_of(task))), 0)
