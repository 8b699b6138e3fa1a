"""Turns of attempts: added and read here. How they move from state to state is the engine's (`tasks.engine.turns`)."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from pullwright.protocol.errors import NotFound
from pullwright.tasks.store.attempts import lock_attempt
from pullwright.tasks.store.codec import Rows
from pullwright.tasks.store.records import TurnState
from pullwright.tasks.store.rows.work import Turn
from pullwright.tasks.store.tables import turns

ROWS = Rows(turns, Turn)

OPEN: frozenset[TurnState] = frozenset({"queued", "paused", "admitted", "running"})
"""States of a turn that is not over."""


def add_turn(connection: Connection, turn: Turn) -> Turn:
    """The turn as it was added: with its number, the next one of its attempt, which is held until the transaction's end."""
    lock_attempt(connection, turn.attempt_id)
    statement = select(func.coalesce(func.max(turns.c.number), 0)).where(turns.c.attempt_id == turn.attempt_id)
    numbered = msgspec.structs.replace(turn, number=connection.execute(statement).scalar_one() + 1)
    ROWS.add(connection, numbered)
    return numbered


def get_turn(connection: Connection, turn_id: str) -> Turn:
    """By id. Raises `NotFound`."""
    turn = ROWS.find(connection, turns.c.id == turn_id)
    if turn is None:
        raise NotFound(f"there is no turn {turn_id}")
    return turn


def turns_of(connection: Connection, *attempt_ids: str) -> list[Turn]:
    """The turns of attempts, by attempt and number."""
    return ROWS.all(connection, turns.c.attempt_id.in_(attempt_ids), order=(turns.c.attempt_id, turns.c.number))


def turns_of_task(connection: Connection, task_id: str, states: Collection[TurnState] = ()) -> list[Turn]:
    """The turns of a task's attempts, in order of queueing; `states`: only those in one of them."""
    where: list[ColumnElement[bool]] = [turns.c.task_id == task_id]
    if states:
        where.append(turns.c.state.in_(states))
    return ROWS.all(connection, *where, order=(turns.c.queued, turns.c.id))


def turns_in(connection: Connection, states: Collection[TurnState], *, worker: str | None = None) -> list[Turn]:
    """All turns in one of the states, in the order in which they are admitted but for fairness: priority, then age.

    `worker`: only those that it has."""
    where: list[ColumnElement[bool]] = [turns.c.state.in_(states)]
    if worker is not None:
        where.append(turns.c.worker_id == worker)
    return ROWS.all(connection, *where, order=(turns.c.priority.desc(), turns.c.queued, turns.c.id))


def held_by(connection: Connection) -> dict[str, int]:
    """How many turns each worker has in hand, by its id; who has none is not in it."""
    held = select(turns.c.worker_id, func.count()).where(turns.c.state.in_(("admitted", "running"))).group_by(turns.c.worker_id)
    return {str(row[0]): int(row[1]) for row in connection.execute(held)}


def latest_turn(connection: Connection, attempt_id: str) -> Turn | None:
    """An attempt's newest turn."""
    found = ROWS.all(connection, turns.c.attempt_id == attempt_id, order=turns.c.number.desc(), limit=1)
    return found[0] if found else None


def turn_numbers(connection: Connection, task_ids: Collection[str]) -> dict[str, int]:
    """How many turns the attempt of a task that went furthest has had, by task."""
    statement = select(turns.c.task_id, func.max(turns.c.number)).where(turns.c.task_id.in_(task_ids)).group_by(turns.c.task_id)
    return dict(connection.execute(statement).all())
