"""How a turn ended, written down: turn, attempt and task in one transaction; what came too late for it becomes the next one.

Succeeded, with a change    review            NeedsInput    needs_input, or the next turn at once when the answer is there
Succeeded, without          answered          OverBudget    over_budget
Failed                      failed            Cancelled     cancelled, or paused where somebody paused it
"""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.protocol.errors import LogConflict
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.protocol.outcomes import Cancelled, Failed, NeedsInput, Outcome, OverBudget, Succeeded
from pullwright.protocol.usage import Spend
from pullwright.tasks.engine.turns import begin_turn, finish_turn, has_turn
from pullwright.tasks.service.queueing import queue_turn
from pullwright.tasks.service.states import follow, set_state
from pullwright.tasks.store.attempts import lock_attempt
from pullwright.tasks.store.records import AttemptState
from pullwright.tasks.store.rows.work import Attempt
from pullwright.tasks.work.late import late_remarks, waiting_answer
from pullwright.tasks.work.taken import Taken, take


def state_after(outcome: Outcome, before: AttemptState) -> AttemptState:
    """The attempt's state after a turn that ended so, `before` being the one that it has now."""
    match outcome:
        case Succeeded():
            return "review" if outcome.change is not None else "answered"
        case NeedsInput():
            return "needs_input"
        case OverBudget():
            return "over_budget"
        case Cancelled():
            return "paused" if before == "paused" else "cancelled"
        case Failed():
            return "failed"


def start(connection: Connection, turn: str, worker: str) -> Taken:
    """The worker begins a turn: its rows, with attempt and task running. Raises `LogConflict` when it is another worker's."""
    begin_turn(connection, turn, worker)
    return under_way(connection, turn, worker)


def under_way(connection: Connection, turn: str, worker: str) -> Taken:
    """The rows of a turn that the worker has, with attempt and task running. Raises `LogConflict` when it is another worker's."""
    if not has_turn(connection, turn, worker):
        raise LogConflict(f"{turn} is not (any more) the turn of {worker}")
    taken = take(connection, turn)
    if taken.attempt.state not in ("paused", "merged"):
        set_state(connection, taken.attempt.id, "running", time.time())
    follow(connection, taken.task.id, time.time())
    return taken


def settle(
    connection: Connection, taken: Taken, worker: str, generation: int, outcome: Outcome, spend: Spend, received: frozenset[str]
) -> bool:
    """Write the outcome down; whether a further turn was queued. Raises `LogConflict` when the turn is another worker's by now.

    `spend` is what the session used in all, `received` the inputs that its log has.
    """
    attempt = lock_attempt(connection, taken.attempt.id)
    if not finish_turn(connection, taken.turn.id, worker, generation, outcome):
        return False
    now = time.time()
    if attempt.state == "merged":  # at the forge, while the turn ran: what it did is for nothing
        set_state(connection, attempt.id, "merged", now, spend=spend)
        follow(connection, taken.task.id, now)
        return False
    change = outcome.change
    made = {"branch": change.branch, "head": change.head, "verdict": outcome.verdict} if change else {}
    set_state(connection, attempt.id, state_after(outcome, attempt.state), now, outcome=outcome, spend=spend, **made)
    following = _follow_up(connection, taken, attempt, outcome, received, now)
    follow(connection, taken.task.id, now)
    return following


def _follow_up(
    connection: Connection, taken: Taken, attempt: Attempt, outcome: Outcome, received: frozenset[str], now: float
) -> bool:
    """Queue the turn that what came too late for this one starts: an answer, or remarks."""
    if isinstance(outcome, NeedsInput) and waiting_answer(connection, attempt.session, outcome.question):
        queue_turn(connection, attempt, taken.task, "answer", Prompt(id=new_id("inp"), text=""), now)
    elif isinstance(outcome, Succeeded) and (prompt := late_remarks(connection, attempt.session, received)) is not None:
        queue_turn(connection, attempt, taken.task, "prompt", prompt, now)
    else:
        return False
    set_state(connection, attempt.id, "queued", now)
    return True
