"""What people say to an attempt: into its running turn, or as the next one. Durable, by id; the first answer wins."""

from __future__ import annotations

import time
from typing import Literal

import msgspec
from sqlalchemy import Connection, delete

from pullwright.log.sql.inbox import add_input
from pullwright.log.sql.reading import last_lines
from pullwright.log.sql.tables import inputs
from pullwright.protocol.errors import Conflict, FixSettings
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Answer, Compact, Input, Interrupt, Prompt, RaiseBudget, Steer
from pullwright.protocol.outcomes import NeedsInput
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.people.auditing import audit
from pullwright.tasks.service.queueing import is_turn, open_turn, queue_turn
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.states import follow, set_state
from pullwright.tasks.store.attempts import get_attempt, lock_attempt
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import change_task, get_task
from pullwright.tasks.store.usage import UsageFilter, sum_usage
from pullwright.tasks.work.accounting import left_usd
from pullwright.tasks.work.budgeting import remaining

Given = Literal["put", "queued", "known"]
"""What became of an input: it waits in the inbox of a turn, it began a turn of its own, or it was there (or answered) before."""

END = 64
"""Events of a log's end among which the question lies that a turn ended with."""
RAISED = "The budget was raised. Go on from where you were stopped."


async def give(service: Service, actor: Actor, attempt_id: str, given: Input) -> Given:
    """Hand an input to an attempt. Raises `NotFound`, `Forbidden`, and `Conflict` for what its state does not allow."""
    attempt, task = await service.database.read(_rows, actor, attempt_id)
    stamped = _by(given, actor)
    if isinstance(stamped, Prompt | Steer) and not stamped.text.strip():
        raise FixSettings("the input says nothing", fix="Give it a text.")
    done = await service.database.write(_give, actor, attempt_id, stamped)
    if done != "known":
        service.bells.ring(f"inbox:{attempt.session}")
    if done == "queued":
        service.tell(task.id)
    return done


def _give(connection: Connection, actor: Actor, attempt_id: str, given: Input) -> Given:
    """The input and the turn that it begins, both or neither: an answer that is there and that nobody hears would be final."""
    attempt = lock_attempt(connection, attempt_id)
    if is_turn(connection, attempt_id, given.id):
        return "known"
    if isinstance(given, RaiseBudget):
        _raise(connection, actor, attempt.task_id, given)
        given = _in_turn(connection, attempt_id, given)
    if not isinstance(given, Prompt) and not add_input(connection, attempt.session, given, actor.user_id):
        return "known"
    return "queued" if _follow_up(connection, actor, attempt_id, given) else "put"


def _rows(connection: Connection, actor: Actor, attempt_id: str) -> tuple[Attempt, Task]:
    attempt = get_attempt(connection, attempt_id)
    task = get_task(connection, attempt.task_id)
    actor.require("task.steer", task.project_id)
    return attempt, task


def _by(given: Input, actor: Actor) -> Input:
    """The input as it is kept. `always` is kept by whoever has settings of their own to keep it in; a service has none."""
    if isinstance(given, Answer) and given.verdict == "always":
        given = msgspec.structs.replace(given, verdict="session")
    return msgspec.structs.replace(given, id=given.id or new_id("inp"), by=actor.name)


def _raise(connection: Connection, actor: Actor, task_id: str, given: RaiseBudget) -> None:
    task = get_task(connection, task_id)
    change_task(connection, task_id, budget=given.budget)
    detail = {
        "usd": given.budget.usd,
        "tokens": given.budget.tokens,
        "steps": given.budget.steps,
        "seconds": given.budget.seconds,
    }
    audit(connection, actor, "task.budget", task_id, task.project_id, detail)


def _in_turn(connection: Connection, attempt_id: str, given: RaiseBudget) -> RaiseBudget:
    """The new ceilings as the turn counts them: it knows what it has used itself, neither what earlier ones have nor what its
    accounts allow."""
    attempt = get_attempt(connection, attempt_id)
    task = get_task(connection, attempt.task_id)
    left = left_usd(connection, task)
    turn = open_turn(connection, attempt_id)
    if left is not None and turn is not None:
        left += sum_usage(connection, UsageFilter(attempt=attempt_id, since=turn.started or turn.queued))[0].cost_usd
    return msgspec.structs.replace(given, budget=remaining(given.budget, attempt.spend, left))


def _follow_up(connection: Connection, actor: Actor, attempt_id: str, given: Input) -> bool:
    """Begin a turn where none is there that will hear the input; whether one was begun."""
    attempt, task = _rows(connection, actor, attempt_id)
    if attempt.state == "merged":
        raise Conflict("the task is merged", fix="Dispatch a new one.")
    live = open_turn(connection, attempt_id) is not None
    now = time.time()
    match given:
        case Prompt():
            if live:
                raise Conflict("the attempt is at work", fix="Steer it, or wait until its turn has ended.")
            queue_turn(connection, attempt, task, "prompt", given, now)
        case Steer() if not live:
            queue_turn(connection, attempt, task, "prompt", _taken_out(connection, attempt, given), now)
        case Answer() if not live and _is_asked(attempt, given):
            queue_turn(connection, attempt, task, "answer", Prompt(id=new_id("inp"), text=""), now)
        case RaiseBudget() if not live and _rests_on_budget(connection, attempt):
            queue_turn(connection, attempt, task, "answer", Prompt(id=new_id("inp"), text=""), now)
        case RaiseBudget() if not live and attempt.state == "over_budget":
            queue_turn(connection, attempt, task, "retry", Prompt(id=new_id("inp"), text=RAISED), now)
        case Interrupt() | Compact() | Answer() | RaiseBudget() | Steer():
            return False
    set_state(connection, attempt_id, "queued", now)
    follow(connection, task.id, now)
    return True


def _is_asked(attempt: Attempt, given: Answer) -> bool:
    return isinstance(attempt.outcome, NeedsInput) and attempt.outcome.question == given.question


class _Asked(msgspec.Struct):
    """Of an event what is needed here."""

    type: str
    id: str = ""
    tool: str = ""


_ASKED = msgspec.json.Decoder(_Asked)


def _rests_on_budget(connection: Connection, attempt: Attempt) -> bool:
    """Whether the attempt's turn ended with the question whether it may use more: new ceilings are an answer to it."""
    if attempt.state != "needs_input" or not isinstance(attempt.outcome, NeedsInput):
        return False
    ended = (_ASKED.decode(line) for line in last_lines(connection, attempt.session, END))
    question = attempt.outcome.question
    return any(one.type == "permission_asked" and one.id == question and one.tool == "budget" for one in ended)


def _taken_out(connection: Connection, attempt: Attempt, given: Steer) -> Prompt:
    """A remark to an attempt that rests is its next prompt; it is taken out of the inbox again."""
    connection.execute(delete(inputs).where(inputs.c.session == attempt.session, inputs.c.id == given.id))
    return Prompt(id=given.id, by=given.by, text=given.text)
