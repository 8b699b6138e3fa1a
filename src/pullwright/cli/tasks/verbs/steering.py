"""Talking to a task on its way: answer, steer, interrupt, cancel, retry, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pullwright.cli.commands.options import as_json
from pullwright.cli.tasks.verbs.options import attempt, connect, server, task_argument, told, two

if TYPE_CHECKING:
    from pullwright.cli.tasks.api import Api
    from pullwright.cli.tasks.records import Attempt

VERDICTS = {"yes": "once", "y": "once", "always": "session", "no": "no", "n": "no"}


@click.command("answer")
@click.argument("first", metavar="[TASK]")
@click.argument("second", required=False, default="", metavar="yes|always|no|TEXT")
@attempt
@server
@as_json
def answer(first: str, second: str, attempt: int | None, server: str, as_json: bool) -> None:
    """Answer what a task asked: yes, always (for this session), no, or in words. The first answer counts."""
    from pullwright.cli.tasks.calls import get_task
    from pullwright.cli.tasks.finding import asking, find_task

    task, text = two(first, second)
    with connect(server) as api:
        found = find_task(api, task)
        one = asking(found, attempt or 0)
        _answered(api, one, text)
        told(get_task(api, found.id), as_json)


def _answered(api: Api, one: Attempt, text: str) -> None:
    """Answer the attempt's open question."""
    import msgspec

    from pullwright.cli.tasks.calls import give
    from pullwright.cli.tasks.questions import open_question
    from pullwright.protocol.errors import Conflict, FixSettings
    from pullwright.protocol.ids import new_id
    from pullwright.protocol.inputs import Answer

    question = open_question(api, one)
    if question is None:
        raise FixSettings("the task has asked nothing", fix="say something to it: pullwright task steer")
    word = text.strip().lower()
    verdict: Any = VERDICTS.get(word, "no") if question.permission else None
    said = "" if question.permission and word in VERDICTS else text
    taken = give(api, one.id, Answer(id=new_id("inp"), question=question.id, verdict=verdict, text=said))
    if msgspec.json.decode(taken).get("state") == "known":
        raise Conflict("that question is answered already; the first answer counts", fix="")


@click.command("steer")
@click.argument("first", metavar="[TASK]")
@click.argument("second", required=False, default="", metavar="TEXT")
@attempt
@server
@as_json
def steer(first: str, second: str, attempt: int | None, server: str, as_json: bool) -> None:
    """Say something to the running turn; it is heard before the next step. To one that rests it is the next prompt."""
    from pullwright.cli.tasks.calls import get_task, give
    from pullwright.cli.tasks.finding import find_task, waiting
    from pullwright.protocol.ids import new_id
    from pullwright.protocol.inputs import Steer

    task, text = two(first, second)
    with connect(server) as api:
        found = find_task(api, task)
        give(api, waiting(found, attempt or 0).id, Steer(id=new_id("inp"), text=text))
        told(get_task(api, found.id), as_json)


@click.command("interrupt")
@task_argument
@attempt
@click.option("--reason", default="", metavar="TEXT", help="Why; the agent is told.")
@server
@as_json
def interrupt(task: str, attempt: int | None, reason: str, server: str, as_json: bool) -> None:
    """Stop the running turn now. The work is kept, and the task can go on."""
    from pullwright.cli.tasks.calls import get_task, give
    from pullwright.cli.tasks.finding import find_task, waiting
    from pullwright.protocol.ids import new_id
    from pullwright.protocol.inputs import Interrupt

    with connect(server) as api:
        found = find_task(api, task)
        give(api, waiting(found, attempt or 0).id, Interrupt(id=new_id("inp"), reason=reason))
        told(get_task(api, found.id), as_json)


def _acted(task: str, verb: str, server: str, as_json: bool, body: dict[str, Any] | None = None) -> None:
    from pullwright.cli.tasks.calls import act
    from pullwright.cli.tasks.finding import find_task

    with connect(server) as api:
        told(act(api, find_task(api, task).id, verb, body), as_json)


@click.command("cancel")
@task_argument
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@server
@as_json
def cancel(task: str, reason: str, server: str, as_json: bool) -> None:
    """Stop a task: what waits never begins, what runs is interrupted, the work is kept."""
    _acted(task, "cancel", server, as_json, {"reason": reason})


@click.command("retry")
@task_argument
@click.option("--fresh", is_flag=True, help="A new attempt from the base, in place of going on.")
@server
@as_json
def retry(task: str, fresh: bool, server: str, as_json: bool) -> None:
    """Try again what failed, was stopped or ran out of budget."""
    _acted(task, "retry", server, as_json, {"fresh": fresh})


@click.command("pause")
@task_argument
@server
@as_json
def pause(task: str, server: str, as_json: bool) -> None:
    """Hold a task: what waits is not begun, what runs stops where it can go on."""
    _acted(task, "pause", server, as_json)


@click.command("resume")
@task_argument
@server
@as_json
def resume(task: str, server: str, as_json: bool) -> None:
    """Let a paused task go on."""
    _acted(task, "resume", server, as_json)
