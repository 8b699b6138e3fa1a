"""Admission: within every limit however many gates look at once, nobody starves, and who waits is told why."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from sqlalchemy import Connection, insert

from pullwright.log.sql.database import Database
from pullwright.tasks.engine import gate as gates
from pullwright.tasks.engine.gate import Gate, nobody_follows
from pullwright.tasks.engine.turns import pause_turn, return_turns, unpause_turn
from pullwright.tasks.engine.waiting import why_waiting
from pullwright.tasks.engine.workers import drain
from pullwright.tasks.store.tables import budgets, turns, usage
from pullwright.tasks.store.turns import turns_in
from queueing import Desk


def gate(database: Database, worker: str, user_slots: int = 0) -> Gate:
    return Gate(database, worker, user_slots=user_slots, follow=nobody_follows)


def admitted(database: Database) -> Counter[str]:
    return Counter(turn.worker_id for turn in database.run(turns_in, ("admitted",)))


def test_many_gates_at_once_admit_each_turn_once_within_the_slots(database: Database) -> None:
    desk = Desk(database)
    workers = [desk.worker(f"wrk_{letter}", slots=3) for letter in "abc"]
    for number in range(20):
        desk.turn(user=("ada", "bob")[number % 2])

    async def look() -> None:
        opened = [gate(database, worker) for worker in workers]
        found = await asyncio.gather(*(each.look() for each in opened for _ in range(4)))
        taken = [turn for looked in found for turn in looked.admitted]
        assert len(taken) == len(set(taken)) == 9

    asyncio.run(look())
    assert admitted(database) == {"wrk_a": 3, "wrk_b": 3, "wrk_c": 3}


def test_users_take_turns_and_priority_goes_before(database: Database) -> None:
    desk = Desk(database)
    worker = desk.worker("wrk_a", slots=4)
    many = [desk.turn("ada") for _ in range(5)]
    other = desk.turn("bob")
    urgent = desk.turn("ada", priority=5)
    looked = asyncio.run(gate(database, worker).look())
    assert set(looked.admitted) == {urgent, other, many[0], many[1]}
    assert looked.admitted[0] == urgent
    assert looked.admitted[1] == other


def test_limits_of_users_and_projects_hold_and_are_said(database: Database) -> None:
    desk = Desk(database)
    worker = desk.worker("wrk_a", slots=10)
    desk.limit("small", 1)
    small = [desk.turn("ada", "small") for _ in range(2)]
    large = [desk.turn("ada", "large") for _ in range(3)]
    looked = asyncio.run(gate(database, worker, user_slots=3).look())
    assert set(looked.admitted) == {small[0], large[0], large[1]}

    def why(turn: str) -> str:
        return database.run(why_waiting, turn)

    assert why(small[1]) == "the project's limit of 1 at once is reached"
    assert why(large[2]) == "the user's limit of 3 at once is reached"
    assert why(small[0]) == ""


def test_an_attempts_turns_come_one_after_the_other(database: Database) -> None:
    desk = Desk(database)
    worker = desk.worker("wrk_a", slots=4)
    first = desk.turn()
    second = desk.next_turn(first)
    assert database.run(why_waiting, second) == "an earlier turn of the same attempt comes first"
    assert list(asyncio.run(gate(database, worker).look()).admitted) == [first]
    assert not asyncio.run(gate(database, worker).look()).admitted


def test_what_is_paused_waits_and_what_is_too_late_ends(database: Database) -> None:
    desk = Desk(database)
    worker = desk.worker("wrk_a")
    paused, late, fine = desk.turn(), desk.turn(deadline=time.time() - 1), desk.turn(deadline=time.time() + 60)
    database.run(pause_turn, paused)
    followed: list[str] = []
    each = Gate(database, worker, user_slots=0, follow=lambda _, turn: followed.append(turn))
    looked = asyncio.run(each.look())
    assert list(looked.ended) == [late]
    assert list(looked.admitted) == [fine]
    assert followed == [late, fine]
    ended = database.run(turns_in, ("cancelled",))[0].outcome
    assert ended
    assert "deadline" in ended.why
    assert database.run(why_waiting, paused).startswith("paused")
    database.run(unpause_turn, paused)
    assert list(asyncio.run(each.look()).admitted) == [paused]


@pytest.mark.parametrize("scope", ["server", "user", "project"])
def test_a_used_up_budget_holds_the_turn_and_says_so(database: Database, scope: str) -> None:
    desk = Desk(database)
    worker = desk.worker("wrk_a", slots=3)
    poor = desk.turn("ada", "tally")
    rich = desk.turn("bob", "other")
    ids = {"server": "", "user": desk.users["ada"].id, "project": desk.projects["tally"].id}
    _budget(database, scope, ids[scope], usd=2.0)
    _spend(database, desk, 1.5)
    _spend(database, desk, 0.5, row_id="2 of 2")
    looked = asyncio.run(gate(database, worker).look())
    assert list(looked.admitted) == ([] if scope == "server" else [rich])
    assert database.run(why_waiting, poor) == f"the {scope}'s budget of $2.00 this month is used up"
    _budget(database, scope, ids[scope], usd=3.0)
    assert poor in asyncio.run(gate(database, worker).look()).admitted


def test_a_turn_whose_worker_was_lost_goes_before_all_others(database: Database) -> None:
    desk = Desk(database)
    first, second = desk.worker("wrk_a", slots=1), desk.worker("wrk_b", slots=1)
    begun = desk.turn()
    assert list(asyncio.run(gate(database, first).look()).admitted) == [begun]
    urgent = desk.turn(priority=9)
    database.run(drain, first)
    database.run(return_turns, first)
    assert list(asyncio.run(gate(database, second).look()).admitted) == [begun]
    assert database.run(why_waiting, urgent) == "number 1 in the queue; all 1 slots are taken"


def test_what_another_worker_does_not_take_is_taken_after_a_moment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(database)
    dead, live = desk.worker("wrk_a"), desk.worker("wrk_b")
    turn = desk.turn()
    each = gate(database, live)
    looked = asyncio.run(each.look())
    assert looked.left, f"it is {dead}'s to take"
    assert not looked.admitted
    monkeypatch.setattr(gates, "LEAVE", 0.0)
    assert list(asyncio.run(each.look()).admitted) == [turn]


def test_no_worker_and_the_place_in_the_queue_are_said(database: Database) -> None:
    desk = Desk(database)
    waiting = [desk.turn() for _ in range(3)]
    assert database.run(why_waiting, waiting[0]) == "no worker is running"
    worker = desk.worker("wrk_a", slots=1)
    assert database.run(why_waiting, waiting[0]) == "it begins now"
    asyncio.run(gate(database, worker).look())
    ended = {"state": "finished", "started": 100.0, "finished": 220.0, "worker_id": worker}
    database.run(lambda connection: connection.execute(turns.update().where(turns.c.id == waiting[0]).values(ended)) and None)
    asyncio.run(gate(database, worker).look())
    assert database.run(why_waiting, waiting[2]) == "number 1 in the queue; all 1 slots are taken; about 2 minutes from now"


def _budget(database: Database, scope: str, scope_id: str, usd: float) -> None:
    def put(connection: Connection) -> None:
        connection.execute(budgets.delete())
        connection.execute(insert(budgets).values(scope=scope, scope_id=scope_id, period="month", usd=usd))

    database.run(put)


def _spend(database: Database, desk: Desk, usd: float, row_id: str = "1 of 2") -> None:
    values = {"user_id": desk.users["ada"].id, "project_id": desk.projects["tally"].id, "task_id": "t", "attempt_id": "a"}
    counts = {"input": 1, "cached": 0, "cache_written": 0, "output": 1, "reasoning": 0}
    row = {"id": row_id, "time": time.time(), "provider": "mock", "model": "m", "cost_usd": usd, **values, **counts}
    database.run(lambda connection: connection.execute(insert(usage).values(row)) and None)
