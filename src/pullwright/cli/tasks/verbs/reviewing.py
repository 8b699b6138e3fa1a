"""Reviewing a task's change: choose, comment, send-back, approve."""

from __future__ import annotations

import re
from typing import Any

import click

from pullwright.cli.commands.options import as_json
from pullwright.cli.tasks.verbs.options import attempt, connect, print_json, server, task_argument, told, two


@click.command("choose")
@click.argument("first", metavar="[TASK]")
@click.argument("second", required=False, default="", metavar="N")
@server
@as_json
def choose(first: str, second: str, server: str, as_json: bool) -> None:
    """Choose attempt N of several: its change is what is published, reviewed and merged."""
    from pullwright.cli.tasks.calls import act
    from pullwright.cli.tasks.finding import attempt_of, find_task

    task, number = two(first, second)
    if not number.isdecimal():
        raise click.BadParameter(f"{number!r} is no attempt's number", param_hint="N")
    with connect(server) as api:
        found = find_task(api, task)
        told(act(api, found.id, "choose", {"attempt": attempt_of(found, int(number)).id}), as_json)


@click.command("comment")
@click.argument("words", nargs=-1, required=True, metavar="[TASK] [PATH:LINE[-LINE]] TEXT")
@attempt
@click.option("--old", is_flag=True, help="The line is one of the base.")
@server
@as_json
def comment(words: tuple[str, ...], attempt: int | None, old: bool, server: str, as_json: bool) -> None:
    """Remark on lines of the change, or on the whole. It waits until you approve or send back."""
    import msgspec

    from pullwright.cli.tasks import calls
    from pullwright.cli.tasks.finding import attempt_of, find_task
    from pullwright.cli.tasks.records import Remark

    *before, text = words
    place = re.fullmatch(r"(.+?):(\d+)(?:-(\d+))?", before[-1]) if before else None
    task = " ".join(before[: -1 if place else None])
    remark = Remark(text=text, side="old" if old else "new")
    if place:
        line, end = int(place[2]), int(place[3] or place[2])
        remark = msgspec.structs.replace(remark, path=place[1], line=line, end_line=end)
    with connect(server) as api:
        one = attempt_of(find_task(api, task), attempt or 0)
        made: dict[str, Any] = msgspec.json.decode(calls.comment(api, one.id, remark))
    if as_json:
        print_json(made)
    else:
        click.echo("Kept. It goes along with your next verdict: approve or send-back.", err=True)


@click.command("send-back")
@click.argument("first", required=False, default="", metavar="[TASK]")
@click.argument("second", required=False, default="", metavar="[NOTE]")
@attempt
@server
@as_json
def send_back(first: str, second: str, attempt: int | None, server: str, as_json: bool) -> None:
    """Send a change back: your note and comments become the next turn, with the same files."""
    from pullwright.cli.tasks.calls import act
    from pullwright.cli.tasks.finding import attempt_of, find_task
    from pullwright.protocol.ids import new_id

    task, note = (first, second) if first.startswith("task_") else two(first, second)
    with connect(server) as api:
        found = find_task(api, task)
        body = {"note": note, "attempt": attempt_of(found, attempt).id if attempt else ""}
        told(act(api, found.id, "send-back", body, key=new_id("inp")), as_json)


@click.command("approve")
@task_argument
@click.option(
    "--method", type=click.Choice(["merge", "squash", "rebase"]), default=None, help="How it is merged; else the project's."
)
@click.option("--note", default="", metavar="TEXT", help="What you say to it.")
@server
@as_json
@click.pass_context
def approve(context: click.Context, task: str, method: str | None, note: str, server: str, as_json: bool) -> None:
    """Approve a change: it is merged. What moved on since you looked is not."""
    from pullwright.cli.tasks.calls import act
    from pullwright.cli.tasks.finding import attempt_of, find_task

    with connect(server) as api:
        found = find_task(api, task)
        body = {"head": attempt_of(found).head, "note": note, "method": method}
        after = act(api, found.id, "approve", body)
        told(after, as_json)
    context.exit(0 if after.state == "merged" else 1)
