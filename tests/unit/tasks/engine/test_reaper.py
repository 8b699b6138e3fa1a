"""Who is gone: by the kernel's word on this machine, by silence that was really watched elsewhere."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from pullwright.log.sql.database import Database
from pullwright.tasks.engine import reaper as reapers
from pullwright.tasks.engine.gate import Gate, nobody_follows
from pullwright.tasks.engine.presence import has_ended, present, sweep, this_host
from pullwright.tasks.engine.reaper import Reaper
from pullwright.tasks.engine.workers import beat
from pullwright.tasks.store.tables import workers
from queueing import Desk


class Watch:
    """A reaper whose clock the test moves."""

    def __init__(self, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.followed: list[str] = []
        self.database = database
        monkeypatch.setattr(reapers, "time", self)
        self.reaper = Reaper(database, "wrk_me", folder, silence=30, follow=lambda _, turn: self.followed.append(turn))

    def monotonic(self) -> float:
        return self.now

    def look(self, seconds: float, every: float = 5.0, beating: str = "") -> list[str]:
        """Look for so long; what was queued again."""
        found: list[str] = []
        end = self.now + seconds
        while self.now < end:
            self.now += every
            if beating:
                self.database.run(beat, beating)
            found += asyncio.run(self.reaper.look())
        return found


def _put(connection: Connection, values: dict[str, object]) -> None:
    connection.execute(update(workers).values(values))


@pytest.fixture
def watch(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(database, tmp_path, monkeypatch)


def admitted_by(database: Database, worker: str) -> str:
    turn = Desk(database).turn()
    Desk(database).worker(worker, slots=1)
    asyncio.run(Gate(database, worker, user_slots=0, follow=nobody_follows).look())
    return turn


def test_who_is_silent_for_long_enough_is_gone_and_its_turns_wait_again(database: Database, watch: Watch) -> None:
    turn = admitted_by(database, "wrk_a")
    assert watch.look(60, beating="wrk_a") == []
    assert watch.look(25) == []
    assert watch.look(10) == [turn] == watch.followed
    assert Desk(database).state(turn) == "queued"
    assert not database.run(beat, "wrk_a"), "and it is told so"


def test_a_clock_that_is_wrong_makes_nobody_gone(database: Database, watch: Watch) -> None:
    admitted_by(database, "wrk_a")
    for offset in (-86400.0, 86400.0):
        for _ in range(12):
            values = {"heartbeat": time.time() + offset + watch.now}
            database.run(_put, values)
            assert watch.look(5) == []


def test_time_in_which_nobody_watched_does_not_count(database: Database, watch: Watch) -> None:
    turn = admitted_by(database, "wrk_a")
    assert watch.look(10) == []
    watch.now += 3600  # this machine slept, or the database was away
    assert watch.look(10) == []
    assert watch.look(30) == [turn]


def test_the_kernel_says_at_once_that_a_process_of_this_machine_ended(database: Database, watch: Watch, tmp_path: Path) -> None:
    turn = admitted_by(database, "wrk_a")
    database.run(_put, {"host": this_host()})
    with a_process_with(tmp_path, "wrk_a"):
        assert watch.look(5) == []
    assert watch.look(5) == [turn]
    assert not list((tmp_path / "workers").iterdir()), "and what it left is removed"


def test_it_is_not_its_own_judge(database: Database, watch: Watch) -> None:
    turn = admitted_by(database, "wrk_me")
    assert watch.look(120) == []
    assert Desk(database).state(turn) == "admitted"


def test_turns_of_a_worker_that_was_already_gone_when_it_took_them_wait_again(database: Database, watch: Watch) -> None:
    turn = admitted_by(database, "wrk_a")
    database.run(_put, {"state": "gone"})
    assert watch.look(5) == [turn]


def test_what_a_process_left_is_swept_away_when_it_has_ended(tmp_path: Path) -> None:
    with a_process_with(tmp_path, "wrk_dead"):
        pass
    with present(tmp_path, "wrk_live"), present(tmp_path, "wrk_starting"):
        sweep(tmp_path, ["wrk_live"])
        assert not has_ended(tmp_path, "wrk_starting")
        left = {path.name for path in (tmp_path / "workers").iterdir()}
        assert left == {"wrk_live", "wrk_live.lock", "wrk_starting", "wrk_starting.lock"}
    assert not list((tmp_path / "workers").iterdir())


@contextmanager
def a_process_with(folder: Path, worker: str) -> Iterator[None]:
    """One that is killed, with temporary files of its own, when the block ends."""
    code = (
        "import sys, tempfile, time, pathlib\n"
        "from pullwright.tasks.engine.presence import present\n"
        "with present(pathlib.Path(sys.argv[1]), sys.argv[2]):\n"
        "    tempfile.mkdtemp(); print('there', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder), worker], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"there\n"
        yield
        process.kill()
    assert len(list((folder / "workers" / worker).iterdir())) == 1
