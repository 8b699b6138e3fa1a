"""Workers as processes, on SQLite and PostgreSQL: killed, frozen, drained, cut off.

Each turn ends once, and no phase that ended runs again.
"""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest

from databases import Postgres
from pullwright.log.sql.database import Database
from pullwright.tasks.store.tables import turns
from pullwright.tasks.store.turns import ROWS
from pullwright.tasks.store.workers import list_workers
from queueing import Desk
from worker_process import WorkerProcess, done, until


class World:
    """A database, the folder of a machine, and who dispatches."""

    def __init__(self, database: Database, url: str, folder: Path) -> None:
        self.database, self.url, self.folder = database, url, folder
        self.desk = Desk(database)
        self.turns: list[str] = []

    def dispatch(self, count: int) -> None:
        self.turns += [self.desk.turn() for _ in range(count)]

    def worker(self, *words: str) -> WorkerProcess:
        return WorkerProcess(self.url, self.folder, *words)

    def ticks(self, value: str) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "ticks.new").write_text(value)
        (self.folder / "ticks.new").replace(self.folder / "ticks")

    def states(self) -> Counter[str]:
        return Counter(turn.state for turn in self.rows())

    def rows(self) -> list:  # type: ignore[type-arg]
        return self.database.run(lambda connection: ROWS.all(connection, turns.c.id.in_(self.turns), order=turns.c.queued))

    def until_all(self, state: str) -> None:
        until(lambda: self.states() == {state: len(self.turns)}, f"every turn {state}")

    def until_published(self) -> None:
        until(lambda: set(self.ended("publish")) == set(self.turns), "published")
        assert set(self.ended("publish").values()) == {1}

    def began(self, phase: str = "run") -> dict[str, list[str]]:
        """By turn, the workers that began a phase, in order."""
        found: dict[str, list[str]] = {}
        for worker, turn, which, what in done(self.folder):
            if (which, what) == (phase, "begin"):
                found.setdefault(turn, []).append(worker)
        return found

    def ended(self, phase: str) -> Counter[str]:
        return Counter(turn for _, turn, which, what in done(self.folder) if (which, what) == (phase, "end"))

    def lives(self) -> list[str]:
        return [worker.id for worker in self.database.run(list_workers)]


@pytest.fixture
def world(database: Database, database_url: str, tmp_path: Path) -> World:
    return World(database, database_url, tmp_path / "machine")


def test_turns_run_each_phase_once_and_a_failed_one_says_why(world: World) -> None:
    world.dispatch(5)
    world.folder.mkdir()
    (world.folder / f"refuse-{world.turns[0]}").touch()
    with world.worker("--slots", "2") as worker:
        world.until_all("finished")
        until(lambda: len(world.ended("publish")) == 4, "published")
        worker.signal(signal.SIGTERM)
        assert worker.wait() == 0
        assert worker.log.read_bytes() == b"", "a worker that has nothing to say says nothing"
    assert world.ended("prepare") == dict.fromkeys(world.turns, 1)
    assert world.ended("run") == world.ended("publish") == dict.fromkeys(world.turns[1:], 1)
    assert world.ended("fail") == {world.turns[0]: 1}
    outcome = world.rows()[0].outcome
    assert outcome
    assert outcome.why == "the turn cannot be done"
    assert world.lives() == []
    assert not list((world.folder / "workers").iterdir())


def test_a_killed_workers_turns_are_taken_over_and_finished_phases_stay_so(world: World) -> None:
    world.ticks("hold")
    world.dispatch(3)
    with world.worker("--slots", "3", "--silence", "60") as first:
        until(lambda: len(world.began()) == 3, "all run")
        first.kill()
        # Its lock says that it is dead, long before its heartbeat does.
        with world.worker("--slots", "3", "--silence", "60"):
            until(lambda: all(len(workers) == 2 for workers in world.began().values()), "taken over")
            world.ticks("1")
            world.until_all("finished")
            world.until_published()
    assert set(world.ended("prepare").values()) == {1}, "a phase that ended is not begun again"
    assert set(world.ended("run").values()) == {1}
    assert {row.tries for row in world.rows()} == {1}


def test_a_frozen_worker_is_given_up_and_writes_nothing_when_it_wakes(world: World) -> None:
    world.ticks("hold")
    world.dispatch(2)
    with world.worker("--slots", "2") as zombie:
        until(lambda: len(world.began()) == 2, "all run")
        old = world.lives()
        zombie.signal(signal.SIGSTOP)
        with world.worker("--slots", "2"):
            until(lambda: all(len(workers) == 2 for workers in world.began().values()), "taken over")
            zombie.signal(signal.SIGCONT)
            world.ticks("50")
            world.until_all("finished")
            # It noticed, and works again under a new name.
            until(lambda: len(world.lives()) == 2 and not set(old) & set(world.lives()), "a new life")
            world.until_published()
    assert set(world.ended("run").values()) == {1}
    assert not {row.worker_id for row in world.rows()} & set(old)


SLOW = [pytest.param(where, marks=pytest.mark.slow) for where in ("prepare-begin", "publish-begin", "publish-end")]


@pytest.mark.parametrize("where", ["run-end", *SLOW])
def test_a_process_that_just_ends_in_any_phase_loses_nothing(world: World, where: str) -> None:
    world.dispatch(1)
    with world.worker("--exit-in", where) as first:
        until(lambda: first.process.poll() is not None, "ended")
        with world.worker():
            world.until_all("finished")
            until(lambda: world.ended("publish")[world.turns[0]] == (2 if where == "publish-end" else 1), "published")
    phase = where.partition("-")[0]
    for other in {"prepare", "run", "publish"} - {phase}:
        assert world.ended(other) == {world.turns[0]: 1}


def test_a_turn_that_ended_is_still_published_when_its_worker_dies(world: World) -> None:
    world.dispatch(1)
    world.folder.mkdir()
    (world.folder / "hold-publish").touch()
    with world.worker() as first:
        world.until_all("finished")
        until(lambda: world.began("publish"), "it is being published")
        first.kill()
        (world.folder / "hold-publish").unlink()
        with world.worker():
            until(lambda: world.ended("publish"), "published by another")
    assert len(world.began("publish")[world.turns[0]]) == 2
    assert len(world.began("run")[world.turns[0]]) == 1


def test_draining_lets_short_turns_end_and_hands_long_ones_on_without_an_outcome(world: World) -> None:
    world.ticks("hold")
    world.dispatch(2)
    with world.worker("--slots", "2", "--drain", "1") as first:
        until(lambda: len(world.began()) == 2, "all run")
        first.signal(signal.SIGTERM)
        until(lambda: not any(w.state == "live" for w in world.database.run(list_workers)), "draining")
        world.dispatch(1)
        assert first.wait() == 0
        assert world.states() == {"queued": 3}
        assert all(row.outcome is None for row in world.rows())
        world.ticks("1")
        with world.worker("--slots", "2"):
            world.until_all("finished")
    assert len(world.began()[world.turns[2]]) == 1, "a draining worker begins nothing"
    assert set(world.ended("run").values()) == {1}


def test_a_new_version_of_the_phases_begins_the_turn_anew(world: World) -> None:
    world.ticks("hold")
    world.dispatch(1)
    with world.worker("--drain", "0") as first:
        until(lambda: world.began(), "runs")
        first.signal(signal.SIGTERM)
        first.wait()
        world.ticks("1")
        with world.worker("--version", "2"):
            world.until_all("finished")
    assert world.ended("prepare") == {world.turns[0]: 2}


def test_a_mistake_in_a_phase_ends_the_turn_and_not_the_worker(world: World) -> None:
    world.ticks("break")
    world.dispatch(1)
    with world.worker() as worker:
        world.until_all("finished")
        world.ticks("1")
        world.dispatch(1)
        world.until_all("finished")
        assert b"a mistake of ours" in worker.log.read_bytes()
    assert "invariant" in world.rows()[0].outcome.why
    assert "done" in world.rows()[1].outcome.why


def test_the_database_crashes_and_comes_back(postgres: Postgres, postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    world = World(database, postgres_url, tmp_path / "machine")
    world.ticks("50")
    world.dispatch(6)
    with world.worker("--slots", "2", "--silence", "3") as first, world.worker("--slots", "2", "--silence", "3") as second:
        until(lambda: len(world.began()) == 4, "the first ones run")
        postgres.stop(crash=True)
        until(lambda: not postgres.runs, "stopped")
        postgres.start()
        world.until_all("finished")
        assert first.process.poll() is None
        assert second.process.poll() is None
        world.until_published()
    assert set(world.ended("run").values()) == {1}
    database.close()
