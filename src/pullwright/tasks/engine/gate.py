"""The gate: the only way from `queued` to `admitted`.

Each worker has one, and admits turns for itself alone: a turn is never given to a worker that may be dead. All gates make the
same plan (`plan`) from the same rows, one at a time, and each takes its own part; what was planned for another worker that did
not take it within `LEAVE` seconds is taken by whoever has a free slot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pullwright.log.sql.database import Database
from pullwright.tasks.engine.accounts import spent_accounts
from pullwright.tasks.engine.plan import Queue, plan
from pullwright.tasks.engine.queue import overdue, read_queue
from pullwright.tasks.engine.turns import cancel_queued, tasks_of
from pullwright.tasks.store.tables import server_settings, turns

LEAVE = 0.5
MONEY = 1.0
"""Seconds for which the sums of the accounts are believed."""
ROW = "gate"
LATE = "its deadline passed before a worker was free"

Follow = Callable[[Connection, str], None]
"""Called in the transaction that moved a turn's row, with the turn's id: attempt and task follow."""


def nobody_follows(_connection: Connection, _turn: str) -> None:
    """For a store in which nothing depends on a turn."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at the queue did: turns admitted here, turns ended, the tasks of both, and whether further ones were left to
    other workers."""

    admitted: Sequence[str] = ()
    ended: Sequence[str] = ()
    tasks: Sequence[str] = ()
    left: bool = False


class Gate:
    """One worker's gate. `follow` is called in the transaction for each turn whose state it changed."""

    def __init__(self, database: Database, worker: str, *, user_slots: int, follow: Follow) -> None:
        self._database = database
        self._worker = worker
        self._user_slots = user_slots
        self._follow = follow
        self._left: dict[str, float] = {}
        self._spent: tuple[float, frozenset[tuple[str, str]]] = (0.0, frozenset())

    async def look(self) -> Looked:
        """Admit what is this worker's part of the plan now; end what is past its deadline."""
        spent = await self._accounts()
        if not await self._database.read(_something_waits):
            return Looked()
        now = time.monotonic()
        late = frozenset(turn for turn, since in self._left.items() if now - since >= LEAVE)
        looked, left = await self._database.write(self._admit, spent, late)
        self._left = {turn: self._left.get(turn, now) for turn in left}
        return looked

    async def _accounts(self) -> frozenset[tuple[str, str]]:
        read, spent = self._spent
        if time.monotonic() - read >= MONEY:
            found = await self._database.read(spent_accounts, time.time())
            spent = frozenset(account.account for account in found)
            self._spent = (time.monotonic(), spent)
        return spent

    def _admit(self, connection: Connection, spent: frozenset[tuple[str, str]], late: frozenset[str]) -> tuple[Looked, list[str]]:
        _one_at_a_time(connection, self._user_slots)
        now = time.time()
        ended = [turn for turn in overdue(connection, now) if cancel_queued(connection, turn, LATE)]
        queue = read_queue(connection, user_slots=self._user_slots, spent=spent)
        mine, left = self._part(queue, late)
        admitted = [turn for turn in mine if self._take(connection, turn, now)]
        for turn in (*ended, *admitted):
            self._follow(connection, turn)
        return Looked(admitted=admitted, ended=ended, tasks=tasks_of(connection, [*ended, *admitted]), left=bool(left)), left

    def _part(self, queue: Queue, late: frozenset[str]) -> tuple[list[str], list[str]]:
        """What this worker takes of the plan, and what it leaves to others."""
        me = next((load for load in queue.loads if load.worker == self._worker), None)
        if me is None:
            return [], []
        places = plan(queue)
        mine = [place.turn for place in places if place.worker == self._worker]
        others = [place.turn for place in places if place.worker != self._worker]
        mine += [turn for turn in others if turn in late]
        mine = mine[: me.slots - me.has]
        return mine, [turn for turn in others if turn not in mine]

    def _take(self, connection: Connection, turn: str, now: float) -> bool:
        moved = connection.execute(
            update(turns)
            .where(turns.c.id == turn, turns.c.state == "queued")
            .values(state="admitted", worker_id=self._worker, admitted=now)
        )
        return moved.rowcount == 1


def _something_waits(connection: Connection) -> bool:
    waits = select(turns.c.id).where(turns.c.state == "queued").limit(1)
    late = select(turns.c.id).where(turns.c.state == "paused", turns.c.deadline < time.time()).limit(1)
    return connection.execute(waits).first() is not None or connection.execute(late).first() is not None


def _one_at_a_time(connection: Connection, user_slots: int) -> None:
    """Hold the gate's row until the transaction ends (SQLite has one writer at a time anyway). It says what the gates go by."""
    row = select(server_settings.c.value_json).where(server_settings.c.name == ROW).with_for_update()
    found = connection.execute(row).scalar()
    if found is None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(server_settings).values(name=ROW, value_json={}).on_conflict_do_nothing())
        found = connection.execute(row).scalar()
    if found != (wanted := {"user_slots": user_slots}):
        connection.execute(update(server_settings).where(server_settings.c.name == ROW).values(value_json=wanted))


def user_slots_of(connection: Connection) -> int:
    """How many turns of one user the gates admit at once; 0: no limit."""
    found = connection.execute(select(server_settings.c.value_json).where(server_settings.c.name == ROW)).scalar()
    return int(found.get("user_slots", 0)) if found else 0
