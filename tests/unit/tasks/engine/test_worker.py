"""A worker's life in this process, on an engine that forgets: what it does with turns, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from pullwright.log.bells import Bells
from pullwright.log.sql.database import Database
from pullwright.protocol.errors import FixRepository, PullwrightError
from pullwright.protocol.outcomes import Failed, Succeeded
from pullwright.tasks.engine.memory import MemoryEngine
from pullwright.tasks.engine.turns import begin_turn, finish_turn
from pullwright.tasks.engine.worker import Terms, Worker
from pullwright.tasks.engine.workers import depart
from pullwright.tasks.store.tables import turns
from pullwright.tasks.store.turns import get_turn
from queueing import Desk


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """One kind is enough here: processes on both are in tests/integration/tasks."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


class Phases:
    """Phases that wait for `go`."""

    def __init__(self, database: Database, worker: str) -> None:
        self.database, self.worker = database, worker
        self.go = asyncio.Event()
        self.runs: set[str] = set()
        self.broken: set[str] = set()

    async def prepare(self, turn: str) -> str:
        if turn in self.broken:
            raise FixRepository("the repository has no commits")
        return ""

    async def run(self, turn: str) -> str:
        await self.database.write(begin_turn, turn, self.worker)
        self.runs.add(turn)
        try:
            await self.go.wait()
            await self.database.write(finish_turn, turn, self.worker, 0, Succeeded(why="done"))
        finally:
            self.runs.discard(turn)
        return ""

    async def publish(self, turn: str) -> str:
        return ""

    async def fail(self, turn: str, error: PullwrightError) -> str:
        await self.database.write(finish_turn, turn, self.worker, 0, Failed(why=str(error)))
        return ""


class Life:
    def __init__(self, database: Database, folder: Path, slots: int) -> None:
        self.bells = Bells()
        self.stop = asyncio.Event()
        self.phases = Phases(database, "wrk_a")
        self.engine = MemoryEngine()
        self.drain = 0.0
        terms = Terms(folder=folder, slots=slots, silence=0.6)
        self.worker = Worker(database, self.bells, self.engine, id="wrk_a", terms=terms)

    async def live(self) -> bool:
        return await self.worker.live(self.phases, self.stop, drain_seconds=lambda: self.drain)


@asynccontextmanager
async def living(database: Database, folder: Path, slots: int = 2) -> AsyncGenerator[tuple[Life, asyncio.Task[bool]]]:
    life = Life(database, folder, slots)
    task = asyncio.create_task(life.live())
    try:
        async with asyncio.timeout(20):
            yield life, task
    finally:
        life.stop.set()
        await task


async def until(found: object) -> None:
    while not found():  # type: ignore[operator]
        await asyncio.sleep(0.01)


def test_it_runs_what_waits_within_its_slots_and_fails_what_cannot_be_done(database: Database, tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(database)
        waiting = [desk.turn() for _ in range(3)]
        async with living(database, tmp_path) as (life, _):
            life.phases.broken.add(waiting[1])
            await until(lambda: life.phases.runs == {waiting[0], waiting[2]})
            life.phases.go.set()
            await until(lambda: [desk.state(turn) for turn in waiting] == ["finished"] * 3)
        outcome = database.run(get_turn, waiting[1]).outcome
        assert isinstance(outcome, Failed)

    asyncio.run(test())


def test_stopping_gives_back_what_it_has(database: Database, tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(database)
        turn = desk.turn()
        async with living(database, tmp_path) as (life, task):
            await until(lambda: life.phases.runs)
            life.stop.set()
            assert await task
            assert not life.phases.runs
        assert desk.state(turn) == "queued"
        assert database.run(get_turn, turn).worker_id == ""

    asyncio.run(test())


def test_who_was_declared_gone_lets_go_of_everything(database: Database, tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(database)
        desk.turn()
        async with living(database, tmp_path) as (life, task):
            await until(lambda: life.phases.runs)
            life.drain = 60.0
            assert len(await database.write(depart, "wrk_a")) == 1
            assert not await task, "it says that it was given up"
            assert not life.phases.runs

    asyncio.run(test())


def test_what_it_has_and_does_not_run_is_run_and_what_another_has_is_stopped(database: Database, tmp_path: Path) -> None:
    async def test() -> None:
        desk = Desk(database)
        async with living(database, tmp_path) as (life, _):
            turn = desk.turn()
            await until(lambda: life.phases.runs)
            await life.engine.halt([turn])  # its workflow was lost
            assert not life.phases.runs
            await until(lambda: life.phases.runs == {turn})
            desk.worker("wrk_b", slots=1)
            moved = update(turns).where(turns.c.id == turn).values(worker_id="wrk_b")
            await database.write(lambda connection: connection.execute(moved) and None)
            await until(lambda: not life.phases.runs)

    asyncio.run(test())
