"""A turn's moves: each is one worker's, and who lost the turn can neither begin nor end it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pullwright.log.sql.database import Database
from pullwright.protocol.errors import Bug, LogConflict
from pullwright.protocol.outcomes import Succeeded
from pullwright.tasks.engine.turns import (
    MOST_TRIES,
    begin_turn,
    cancel_queued,
    ended_among,
    finish_turn,
    has_turn,
    hold_turn,
    pause_turn,
    return_turns,
    turns_of,
    turns_of_others,
    unpause_turn,
)
from pullwright.tasks.store.tables import turns
from queueing import Desk

DONE = Succeeded(why="it is done")


def give(database: Database, turn: str, worker: str) -> None:
    values = {"state": "admitted", "worker_id": worker}
    database.run(lambda connection: connection.execute(update(turns).where(turns.c.id == turn).values(values)) and None)


def test_a_turn_is_begun_held_and_ended_by_the_worker_that_has_it(database: Database) -> None:
    desk = Desk(database)
    turn = desk.turn()
    with pytest.raises(LogConflict):
        database.run(begin_turn, turn, "wrk_a")
    give(database, turn, "wrk_a")
    assert database.run(begin_turn, turn, "wrk_a") == 1
    database.run(hold_turn, turn, "wrk_a", 3)
    assert database.run(has_turn, turn, "wrk_a")
    assert database.run(turns_of, "wrk_a") == [turn]
    with pytest.raises(LogConflict):
        database.run(finish_turn, turn, "wrk_a", 2, DONE)  # an execution that claimed the log earlier
    assert database.run(finish_turn, turn, "wrk_a", 3, DONE)
    assert not database.run(finish_turn, turn, "wrk_a", 3, DONE), "a second time does nothing"
    assert desk.state(turn) == "finished"
    assert database.run(ended_among, [turn]) == [turn]


def test_a_worker_that_was_given_up_is_fenced_off(database: Database) -> None:
    desk = Desk(database)
    turn = desk.turn()
    give(database, turn, "wrk_a")
    database.run(begin_turn, turn, "wrk_a")
    database.run(hold_turn, turn, "wrk_a", 1)
    assert database.run(return_turns, "wrk_a") == [turn]
    give(database, turn, "wrk_b")
    assert database.run(begin_turn, turn, "wrk_b") == 2
    assert database.run(turns_of_others, "wrk_a", [turn]) == [turn]
    for move in (
        lambda: database.run(begin_turn, turn, "wrk_a"),
        lambda: database.run(hold_turn, turn, "wrk_a", 9),
        lambda: database.run(finish_turn, turn, "wrk_a", 1, DONE),
    ):
        with pytest.raises(LogConflict):
            move()
    database.run(hold_turn, turn, "wrk_b", 2)
    assert database.run(finish_turn, turn, "wrk_b", 2, DONE)
    with pytest.raises(LogConflict):
        database.run(finish_turn, turn, "wrk_a", 1, DONE)


def test_a_turn_that_takes_down_every_worker_ends_at_some_time(database: Database) -> None:
    turn = Desk(database).turn()
    for number in range(MOST_TRIES):
        give(database, turn, f"wrk_{number}")
        database.run(begin_turn, turn, f"wrk_{number}")
    give(database, turn, "wrk_last")
    with pytest.raises(Bug, match="none lived"):
        database.run(begin_turn, turn, "wrk_last")


def test_only_what_nobody_began_is_cancelled_without_its_worker(database: Database) -> None:
    desk = Desk(database)
    waits, paused, runs = desk.turn(), desk.turn(), desk.turn()
    assert database.run(pause_turn, paused)
    assert not database.run(pause_turn, paused)
    give(database, runs, "wrk_a")
    database.run(begin_turn, runs, "wrk_a")
    assert database.run(cancel_queued, waits, "no longer wanted")
    assert not database.run(cancel_queued, waits, "again")
    assert database.run(cancel_queued, paused, "no longer wanted")
    assert not database.run(unpause_turn, paused)
    assert not database.run(cancel_queued, runs, "no longer wanted")
    database.run(return_turns, "wrk_a")
    assert not database.run(cancel_queued, runs, "its work is in its log"), "it goes on somewhere, and is interrupted there"
    assert [desk.state(turn) for turn in (waits, paused, runs)] == ["cancelled", "cancelled", "queued"]
