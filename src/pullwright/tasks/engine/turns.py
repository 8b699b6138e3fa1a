"""A turn's row and its moves. Each is a compare-and-swap: what another worker has by now is not touched.

    queued ─▶ admitted ─▶ running ─▶ finished      gate, begin_turn, finish_turn
       ▲──────────┴───────────┘                    return_turns: its worker drained, or is gone
    queued ◀─▶ paused                              pause_turn, unpause_turn
    queued, paused ─▶ cancelled                    cancel_queued, while nobody has begun it

The functions are for `Database.write`. `generation` is the session's log's: 0 until the turn's worker has claimed the log.
"""

from __future__ import annotations

import time
from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, func, select, update

from pullwright.protocol.errors import Bug, LogConflict
from pullwright.protocol.outcomes import Cancelled, Outcome
from pullwright.tasks.store.tables import turns

HELD = ("admitted", "running")
"""States in which a turn is some worker's, and takes a slot."""

MOST_TRIES = 25
"""Workers that may begin one turn. A turn that takes each of them down must end at some time."""


def begin_turn(connection: Connection, turn: str, worker: str) -> int:
    """The worker begins the turn; how many workers have by now, this one included.

    Raises `LogConflict` when the turn is not this worker's (any more), and `Bug` when too many began it.
    """
    held = (turns.c.id == turn, turns.c.worker_id == worker, turns.c.state.in_(HELD))
    tries = turns.c.tries + 1
    moved = connection.execute(
        update(turns)
        .where(*held, turns.c.tries < MOST_TRIES)
        .values(state="running", started=func.coalesce(turns.c.started, time.time()), tries=tries)
        .returning(turns.c.tries)
    ).scalar()
    if moved is not None:
        return int(moved)
    if connection.execute(select(turns.c.id).where(*held)).first():
        raise Bug(f"{MOST_TRIES} workers began this turn, and none lived to end it", fix="See the workers' logs; try it again.")
    raise _not_ours(turn, worker)


def hold_turn(connection: Connection, turn: str, worker: str, generation: int) -> None:
    """Note the generation of the log that the worker has claimed. Raises `LogConflict` when the turn is not its (any more)."""
    moved = connection.execute(
        update(turns)
        .where(turns.c.id == turn, turns.c.worker_id == worker, turns.c.state.in_(HELD), turns.c.generation <= generation)
        .values(generation=generation)
    )
    if moved.rowcount != 1:
        raise _not_ours(turn, worker)


def finish_turn(connection: Connection, turn: str, worker: str, generation: int, outcome: Outcome) -> bool:
    """End the turn. False when this worker already has; raises `LogConflict` when it is another's (or was ended by one)."""
    moved = connection.execute(
        update(turns)
        .where(turns.c.id == turn, turns.c.worker_id == worker, turns.c.state.in_(HELD), turns.c.generation == generation)
        .values(state="finished", finished=time.time(), outcome_json=msgspec.to_builtins(outcome))
    )
    if moved.rowcount == 1:
        return True
    same = (turns.c.id == turn, turns.c.worker_id == worker, turns.c.generation == generation, turns.c.state == "finished")
    if connection.execute(select(turns.c.id).where(*same)).first():
        return False
    raise _not_ours(turn, worker)


def has_turn(connection: Connection, turn: str, worker: str) -> bool:
    """Whether the turn is this worker's now."""
    held = (turns.c.id == turn, turns.c.worker_id == worker, turns.c.state.in_(HELD))
    return connection.execute(select(turns.c.id).where(*held)).first() is not None


def turns_of(connection: Connection, worker: str) -> list[str]:
    """The turns that the worker has, oldest first."""
    held = select(turns.c.id).where(turns.c.worker_id == worker, turns.c.state.in_(HELD)).order_by(turns.c.queued, turns.c.id)
    return list(connection.execute(held).scalars())


def turns_of_others(connection: Connection, worker: str, among: Collection[str]) -> list[str]:
    """Those of `among` that have not ended and are not this worker's."""
    theirs = (turns.c.id.in_(among), turns.c.worker_id != worker, turns.c.state.in_((*HELD, "queued")))
    return list(connection.execute(select(turns.c.id).where(*theirs)).scalars())


def ended_among(connection: Connection, among: Collection[str]) -> list[str]:
    """Those of `among` that have ended."""
    ended = (turns.c.id.in_(among), turns.c.state.in_(("finished", "cancelled")))
    return list(connection.execute(select(turns.c.id).where(*ended)).scalars())


def tasks_of(connection: Connection, among: Collection[str]) -> list[str]:
    """The tasks of these turns."""
    return list(connection.execute(select(turns.c.task_id).where(turns.c.id.in_(among)).distinct()).scalars()) if among else []


def return_turns(connection: Connection, worker: str) -> list[str]:
    """Put what the worker has back into the queue, where it goes before everything else; from now on the worker is fenced off."""
    held = (turns.c.worker_id == worker, turns.c.state.in_(HELD))
    return list(
        connection.execute(update(turns).where(*held).values(state="queued", worker_id="").returning(turns.c.id)).scalars()
    )


def cancel_queued(connection: Connection, turn: str, why: str) -> bool:
    """End a turn that nobody has begun. False when somebody has: then it is cancelled by an interrupt in its inbox."""
    outcome = msgspec.to_builtins(Cancelled(why=why))
    moved = connection.execute(
        update(turns)
        .where(turns.c.id == turn, turns.c.state.in_(("queued", "paused")), turns.c.tries == 0)
        .values(state="cancelled", finished=time.time(), outcome_json=outcome)
    )
    return moved.rowcount == 1


def pause_turn(connection: Connection, turn: str) -> bool:
    """Keep a waiting turn from being admitted. False when it does not wait."""
    moved = connection.execute(update(turns).where(turns.c.id == turn, turns.c.state == "queued").values(state="paused"))
    return moved.rowcount == 1


def unpause_turn(connection: Connection, turn: str) -> bool:
    """Let it be admitted again, where it stood in the queue. False when it is not paused."""
    moved = connection.execute(update(turns).where(turns.c.id == turn, turns.c.state == "paused").values(state="queued"))
    return moved.rowcount == 1


def _not_ours(turn: str, worker: str) -> LogConflict:
    return LogConflict(f"{turn} is not (any more) the turn of {worker}")
