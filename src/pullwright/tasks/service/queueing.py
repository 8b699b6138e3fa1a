"""A turn at the end of the queue, and turns that wait taken out of it."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Prompt
from pullwright.tasks.engine.turns import cancel_queued, pause_turn, unpause_turn
from pullwright.tasks.store.records import TurnKind
from pullwright.tasks.store.rows.work import Attempt, Task, Turn
from pullwright.tasks.store.turns import OPEN, add_turn, latest_turn, turns_of


def queue_turn(
    connection: Connection,
    attempt: Attempt,
    task: Task,
    kind: TurnKind,
    prompt: Prompt,
    now: float,
    *,
    deadline: float | None = None,
) -> Turn:
    """Add the attempt's next turn to the queue. After its `deadline` it is not begun: a task's own deadline is for the turns that
    its dispatch made, and not for what people ask of it afterwards."""
    return add_turn(
        connection,
        Turn(
            id=new_id("turn"),
            attempt_id=attempt.id,
            task_id=task.id,
            project_id=task.project_id,
            user_id=task.user_id,
            kind=kind,
            prompt=prompt,
            state="queued",
            priority=task.priority,
            deadline=deadline,
            queued=now,
        ),
    )


def open_turn(connection: Connection, attempt_id: str) -> Turn | None:
    """The attempt's turn that is not over, waiting or running; there is at most one."""
    return next((turn for turn in turns_of(connection, attempt_id) if turn.state in OPEN), None)


def again(connection: Connection, attempt_id: str, text: str) -> Prompt:
    """What the turn after one without a result is told: `text`. Where that one ended before the agent was asked anything (its
    setup failed, it was withdrawn), its own prompt, which nobody has heard."""
    last = latest_turn(connection, attempt_id)
    if last is not None and last.started is None:
        return msgspec.structs.replace(last.prompt, id=new_id("inp"))
    return Prompt(id=new_id("inp"), text=text)


def withdraw(connection: Connection, turn: Turn, *, hold: bool, why: str) -> bool:
    """Take a turn that nobody has begun out of the queue: held until it is released, or for good. False when it is under way."""
    if hold:
        return turn.state == "paused" or pause_turn(connection, turn.id)
    return cancel_queued(connection, turn.id, why)


def release(connection: Connection, turn: Turn) -> bool:
    """Let a held turn be admitted again."""
    return unpause_turn(connection, turn.id)


def is_turn(connection: Connection, attempt_id: str, given: str) -> bool:
    """Whether an input has begun a turn of the attempt already."""
    return any(turn.prompt.id == given for turn in turns_of(connection, attempt_id))
