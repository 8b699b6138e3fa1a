"""What is known of a task's pull request, written down: that it is open, that it was merged, why it could not be published."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from pullwright.forges.records import Pull
from pullwright.log.sql.inbox import add_input
from pullwright.protocol.ids import new_id
from pullwright.protocol.inputs import Interrupt
from pullwright.tasks.responses.agent.ending import follow_responses
from pullwright.tasks.service.queueing import open_turn, withdraw
from pullwright.tasks.service.states import follow, set_state
from pullwright.tasks.store.attempts import lock_attempt
from pullwright.tasks.store.effects import begin_effect, finish_effect
from pullwright.tasks.store.pull_requests import change_pull_request, find_pull_request, move_pull_request

OVER = "its pull request was merged"


def opened(connection: Connection, task_id: str, found: Pull) -> bool:
    """The task's pull request is open at the forge; False where it was merged meanwhile, which stays so."""
    values = {"number": found.number, "url": found.url}
    state = "draft" if found.draft else "open"
    return move_pull_request(connection, task_id, ("opening", "draft", "open", "closed"), state, time.time(), **values)


def merged(connection: Connection, task_id: str, commit: str) -> None:
    """The task's pull request was merged as `commit`, by whomever. A turn that the attempt still has is for nothing: it ends."""
    now = time.time()
    pull = find_pull_request(connection, task_id)
    if pull is None or pull.state == "merged":
        return
    change_pull_request(connection, task_id, now, state="merged", merged=commit)
    attempt = lock_attempt(connection, pull.attempt_id)
    turn = open_turn(connection, attempt.id)
    if turn is not None and not withdraw(connection, turn, hold=False, why=OVER):
        add_input(connection, attempt.session, Interrupt(id=new_id("inp"), by="pullwright", reason=OVER))
    set_state(connection, attempt.id, "merged", now)
    keep_problem(connection, task_id, "")
    follow(connection, task_id, now)


def keep_problem(connection: Connection, task_id: str, problem: str) -> None:
    """Keep why a task's change could not be published; empty: it could. Either is what the task's responses waited for."""
    mark = f"problem:{task_id}"
    begin_effect(connection, mark, task_id, time.time())
    finish_effect(connection, mark, problem, time.time())
    follow_responses(connection, task_id)
