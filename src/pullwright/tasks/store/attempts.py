"""Attempts of tasks."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.records import AttemptState
from pullwright.tasks.store.rows.work import Attempt
from pullwright.tasks.store.tables import attempts

ROWS = Rows(attempts, Attempt)


def add_attempt(connection: Connection, attempt: Attempt) -> None:
    """Its number must be free within the task (`next_attempt`)."""
    ROWS.add(connection, attempt)


def next_attempt(connection: Connection, task_id: str) -> int:
    """The number of a task's next attempt: 1, 2…"""
    statement = select(func.coalesce(func.max(attempts.c.number), 0)).where(attempts.c.task_id == task_id)
    return connection.execute(statement).scalar_one() + 1


def get_attempt(connection: Connection, attempt_id: str) -> Attempt:
    """By id. Raises `NotFound`."""
    attempt = ROWS.find(connection, attempts.c.id == attempt_id)
    if attempt is None:
        raise NotFound(f"there is no attempt {attempt_id}")
    return attempt


def find_attempt_of_session(connection: Connection, session: str) -> Attempt | None:
    """The attempt whose log this session is."""
    return ROWS.find(connection, attempts.c.session == session)


def attempts_of(connection: Connection, *task_ids: str) -> list[Attempt]:
    """The attempts of tasks, by task and number."""
    return ROWS.all(connection, attempts.c.task_id.in_(task_ids), order=(attempts.c.task_id, attempts.c.number))


def lock_attempt(connection: Connection, attempt_id: str) -> Attempt:
    """By id, held by this transaction until its end: of those that do so one goes after the other. Raises `NotFound`."""
    statement = select(attempts).where(attempts.c.id == attempt_id).with_for_update()
    found = ROWS.select(connection, statement)
    if not found:
        raise NotFound(f"there is no attempt {attempt_id}")
    return found[0]


def move_attempt(
    connection: Connection,
    attempt_id: str,
    before: Collection[AttemptState],
    after: AttemptState,
    now: float,
    **values: object,
) -> bool:
    """From one of the states `before` to `after`, with other fields (`outcome=…`); False: it was in another state."""
    where = (attempts.c.id == attempt_id, attempts.c.state.in_(before))
    return ROWS.change(connection, *where, state=after, changed=now, **values) == 1


def change_attempt(connection: Connection, attempt_id: str, **values: object) -> bool:
    """Set fields of an attempt, but for its state; False: there is none."""
    return ROWS.change(connection, attempts.c.id == attempt_id, **values) == 1
