"""A task's state, by its attempts' states; the chosen attempt alone once a person has chosen."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Connection

from pullwright.tasks.store.attempts import attempts_of, change_attempt, get_attempt
from pullwright.tasks.store.records import ENDED, AttemptState, TaskState, TurnState
from pullwright.tasks.store.rows.work import Attempt, Task
from pullwright.tasks.store.tasks import change_task, get_task
from pullwright.tasks.store.turns import get_turn

ORDER: tuple[AttemptState, ...] = (
    "merged",
    "needs_input",
    "running",
    "queued",
    "paused",
    "review",
    "answered",
    "over_budget",
    "failed",
    "cancelled",
)
"""The state that is told is the first of these that any attempt is in: what a person must do comes before what goes on."""


def task_state(states: Sequence[AttemptState]) -> TaskState:
    """The state of a task whose attempts are in `states`."""
    return next(state for state in ORDER if state in states)


def follow(connection: Connection, task_id: str, now: float) -> TaskState:
    """Bring a task's state up to date after one of its attempts changed, and the responses that it gives; its new state."""
    from pullwright.tasks.responses.agent.ending import follow_responses  # which looks at what is to be published

    task = get_task(connection, task_id)
    theirs = attempts_of(connection, task_id)
    deciding = [attempt for attempt in theirs if attempt.id == task.chosen] or theirs
    state = task_state([attempt.state for attempt in deciding])
    closed = (task.closed or now) if state in ENDED else None
    change_task(connection, task_id, state=state, changed=now, closed=closed)
    follow_responses(connection, task_id)
    return state


def candidates(theirs: Sequence[Attempt]) -> list[Attempt]:
    """Those of a task's attempts that have a change, or may come to have one."""
    return [one for one in theirs if one.head or one.state not in ENDED]


def favoured(task: Task, theirs: Sequence[Attempt]) -> Attempt | None:
    """The attempt that a verdict and a pull request are about: the chosen one, the only one, or the only one with a change where
    the others ended without. None while there is a choice to make."""
    if task.chosen is not None:
        return next((one for one in theirs if one.id == task.chosen), None)
    left = theirs if len(theirs) == 1 else candidates(theirs)
    return left[0] if len(left) == 1 else None


def set_state(connection: Connection, attempt_id: str, state: AttemptState, now: float, **values: object) -> None:
    """Bring an attempt into a state, with other fields."""
    change_attempt(connection, attempt_id, state=state, changed=now, **values)


def follow_turn(connection: Connection, turn_id: str) -> None:
    """Attempt and task follow a turn that the engine moved: admitted, given back to the queue, or ended before it began."""
    now = time.time()
    turn = get_turn(connection, turn_id)
    attempt = get_attempt(connection, turn.attempt_id)
    if attempt.state not in ("paused", "merged"):
        states: dict[TurnState, AttemptState] = {"queued": "queued", "admitted": "running", "cancelled": "cancelled"}
        state = states.get(turn.state)
        if state is not None:
            extra = {"outcome": turn.outcome} if turn.state == "cancelled" else {}
            set_state(connection, attempt.id, state, now, **extra)
    follow(connection, turn.task_id, now)
