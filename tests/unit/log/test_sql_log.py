"""The log on SQL: one writer, whole batches, nothing lost and nothing doubled, whatever happens to processes and database."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from databases import Postgres
from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.bells import Bells, open_bells
from pullwright.log.blobs import open_blobs
from pullwright.log.blobs.artifacts import BlobArtifacts
from pullwright.log.recorder import Recorder
from pullwright.log.sql.database import Database
from pullwright.log.sql.log import SqlLog
from pullwright.log.sql.reading import read_events, read_lines, tail_events
from pullwright.protocol.errors import LogConflict, LogDamaged, TryAgainLater
from pullwright.protocol.events import Event, Noticed


def notices(*texts: str) -> list[Event]:
    return [Noticed(level="info", text=text) for text in texts]


def texts(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Noticed)]


async def opened(database: Database, folder: Path, session: str = "s") -> SqlLog:
    return await SqlLog.open(database, session, FolderArtifacts(folder / session), Bells())


async def fill(log: SqlLog, *batches: list[str]) -> None:
    for batch in batches:
        await log.append(notices(*batch), expected_seq=log.last_seq, generation=log.generation)


async def stored(database: Database, session: str = "s") -> list[str]:
    return texts(await read_events(database, session, limit=1_000_000))


@asynccontextmanager
async def ringing(database: Database, folder: Path) -> AsyncIterator[Bells]:
    async with open_bells(database, folder / "bells") as bells:
        yield bells


def test_appended_events_are_numbered_and_read_back(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        log = await opened(database, tmp_path)
        assert (log.last_seq, log.generation) == (0, 0)
        await fill(log, ["a", "b"], ["c"])
        for one in (log, await opened(database, tmp_path)):
            assert one.last_seq == 3
            assert [event.seq for event in one.read()] == [1, 2, 3]
            assert texts(list(one.read(after=1))) == ["b", "c"]
            assert list(one.read(after=3)) == []
        assert texts(await read_events(database, "s", 1, 1)) == ["b"]
        assert await read_lines(database, "nobody's") == []
        assert (await opened(database, tmp_path, "other")).last_seq == 0

    asyncio.run(main())


def test_a_stale_writer_is_refused(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        one, two = await opened(database, tmp_path), await opened(database, tmp_path)
        await one.append(notices("a"), expected_seq=0, generation=1)
        with pytest.raises(LogConflict, match="not 0"):
            await two.append(notices("x"), expected_seq=0, generation=1)
        assert two.last_seq == 0
        assert await two.claim() == 2
        assert texts(list(two.read())) == ["a"], "a claim loads what came in the meantime"
        await two.append(notices("b"), expected_seq=1, generation=2)
        for expected in (1, 2):
            with pytest.raises(LogConflict, match="newer writer"):
                await one.append(notices("c"), expected_seq=expected, generation=1)
        assert await stored(database) == ["a", "b"]

    asyncio.run(main())


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("acsd")), max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_writers_do_the_log_is_what_was_accepted(
    database: Database, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]]
) -> None:
    """Three writers claim, append (also from where they think it stands) and open again, in any order."""
    session = f"s{time.monotonic_ns()}"

    async def main() -> None:
        folder = tmp_path_factory.getbasetemp() / "writers"
        logs = [await opened(database, folder, session) for _ in range(3)]
        mine = [0, 0, 0]
        accepted: list[str] = []
        newest = 0
        for number, (who, what) in enumerate(steps):
            if what == "c":
                newest = mine[who] = await logs[who].claim()
                assert texts(list(logs[who].read())) == accepted
            elif what == "s":
                logs[who] = await opened(database, folder, session)
            else:
                batch = [f"{number}.{n}" for n in range(1 if what == "a" else 3)]
                expected = logs[who].last_seq
                try:
                    await logs[who].append(notices(*batch), expected_seq=expected, generation=mine[who])
                except LogConflict:
                    assert mine[who] < newest or expected != len(accepted)
                else:
                    assert mine[who] == newest
                    accepted += batch
        assert await stored(database, session) == accepted

    asyncio.run(main())


def test_many_sessions_share_transactions_and_one_that_is_refused_spoils_none(database: Database, tmp_path: Path) -> None:
    transactions = 0
    write = database.write

    async def main() -> None:
        nonlocal transactions
        logs = [await opened(database, tmp_path, f"s{n}") for n in range(20)]
        await (await opened(database, tmp_path, "s7")).claim()  # a newer writer

        def also(connection: Connection, events: Sequence[Event]) -> None:
            raise ValueError("cannot be counted")

        logs[3]._also = also  # pyright: ignore[reportPrivateUsage]

        async def counted(*args: object) -> object:
            nonlocal transactions
            transactions += 1
            return await write(*args)  # type: ignore[arg-type]

        database.write = counted  # type: ignore[method-assign]
        done = await asyncio.gather(
            *(log.append(notices("a", "b"), expected_seq=0, generation=0) for log in logs), return_exceptions=True
        )
        assert isinstance(done[7], LogConflict)
        assert isinstance(done[3], ValueError)
        assert [result for n, result in enumerate(done) if n not in (3, 7)] == [2] * 18
        assert [len(await stored(database, f"s{n}")) for n in (0, 3, 7, 19)] == [2, 0, 0, 2]
        transactions = 0
        logs = [log for n, log in enumerate(logs) if n not in (3, 7)]
        await asyncio.gather(*(log.append(notices("c"), expected_seq=2, generation=0) for log in logs))
        assert transactions <= 2

    asyncio.run(main())


def test_what_goes_with_events_is_done_once_in_their_transaction(database: Database, tmp_path: Path) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE counted (seq INTEGER)"))

    def also(connection: Connection, events: Sequence[Event]) -> None:
        for event in events:
            connection.execute(text("INSERT INTO counted VALUES (:seq)"), {"seq": event.seq})
        assert "bad" not in texts(list(events))

    def counted(connection: Connection) -> list[int]:
        return list(connection.scalars(text("SELECT seq FROM counted ORDER BY seq")))

    async def main() -> None:
        log = await SqlLog.open(database, "s", FolderArtifacts(tmp_path), Bells(), also=also)
        await fill(log, ["a", "b"], ["c"])
        with pytest.raises(AssertionError):
            await fill(log, ["fine", "bad"])
        assert await stored(database) == ["a", "b", "c"]
        await fill(log, ["d"])
        assert await database.read(counted) == [1, 2, 3, 4]

    asyncio.run(main())


def test_artifacts_and_what_comes_before_are_there_when_the_event_is(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        blobs = open_blobs(tmp_path / "blobs")
        seen: list[tuple[int, bool]] = []

        async def before(events: Sequence[Event]) -> None:
            seen.append((events[-1].seq, await stored(database) == []))

        log = await SqlLog.open(database, "s", BlobArtifacts(blobs, "x/artifacts", tmp_path / "a"), Bells(), before=before)
        log.artifacts.put("outputs/one.txt", b"1")
        await fill(log, ["see outputs/one.txt"])
        assert seen == [(1, True)]
        assert blobs.get("x/artifacts/outputs/one.txt") == b"1"
        await log.sync()
        elsewhere = BlobArtifacts(blobs, "x/artifacts", tmp_path / "b")
        assert elsewhere.names() == ["outputs/one.txt"]
        assert elsewhere.get("outputs/one.txt") == b"1"
        for name in ("none", "../x"):
            with pytest.raises(KeyError):
                elsewhere.get(name)

    asyncio.run(main())


def test_a_damaged_event_is_named(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        await fill(await opened(database, tmp_path), ["a"], ["b"], ["c"])
        await database.write(lambda one: one.execute(text("UPDATE events SET data = :x WHERE seq = 2"), {"x": b"x"}))
        log = await opened(database, tmp_path)
        assert log.last_seq == 3
        with pytest.raises(LogDamaged, match="line 2"):
            list(log.read())
        await database.write(lambda connection: connection.execute(text("DELETE FROM events WHERE seq = 2")))
        with pytest.raises(LogDamaged, match="lacks"):
            await opened(database, tmp_path)

    asyncio.run(main())


def test_a_deleted_session_takes_no_more_events(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        log = await opened(database, tmp_path)
        await database.write(lambda connection: connection.execute(text("DELETE FROM log_heads")))
        with pytest.raises(LogConflict, match="gone"):
            await fill(log, ["a"])
        with pytest.raises(LogConflict, match="gone"):
            await log.claim()

    asyncio.run(main())


# --- following -----------------------------------------------------------------------------------


async def follow(database: Database, bells: Bells, end: str, after: int = 0) -> list[str]:
    seen: list[str] = []
    async for event in tail_events(database, bells, "s", after):
        assert isinstance(event, Noticed)
        seen.append(event.text)
        if event.text == end:
            break
    return seen


APPEND = """
import asyncio, sys
from pathlib import Path
from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.bells import open_bells
from pullwright.log.sql.database import Database
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import Noticed
async def main():
    database = Database(sys.argv[1])
    async with open_bells(database, Path(sys.argv[2])) as bells:
        log = await SqlLog.open(database, "s", FolderArtifacts(Path(sys.argv[2]) / "a"), bells)
        await log.claim()
        for text in sys.argv[3:]:
            await log.append([Noticed(level="info", text=text)], expected_seq=log.last_seq, generation=log.generation)
        await asyncio.sleep(0.2)
asyncio.run(main())
"""


@pytest.mark.parametrize("rung", [True, False])
def test_whoever_follows_sees_each_event_once_in_order(database: Database, tmp_path: Path, rung: bool) -> None:
    """Ten readers from different numbers on; own appends and another process's; also when no bell is heard."""

    async def main() -> None:
        async with ringing(database, tmp_path) as real:
            bells = real if rung else Bells()
            log = await SqlLog.open(database, "s", FolderArtifacts(tmp_path / "a"), bells if rung else Bells())
            await fill(log, ["a", "b"])
            async with asyncio.TaskGroup() as group:
                readers = [group.create_task(follow(database, bells, "end", after)) for after in (0, 0, 1, 2, 0, 1, 2, 0, 1, 2)]
                await asyncio.sleep(0.05)
                await fill(log, ["c"])
                words = [sys.executable, "-c", APPEND, database.url, str(tmp_path / "bells"), "d", "end"]
                process = await asyncio.create_subprocess_exec(*words)
                assert await process.wait() == 0
            everything = ["a", "b", "c", "d", "end"]
            assert [reader.result() for reader in readers] == [everything[after:] for after in (0, 0, 1, 2, 0, 1, 2, 0, 1, 2)]

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_long_log_is_read_by_pages_and_the_far_behind_catch_up(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        log = await opened(database, tmp_path)
        bells = Bells()
        await fill(log, *[[f"{n}.{k}" for k in range(1000)] for n in range(10)])
        assert [event.seq for event in await read_events(database, "s", 9_990, 5)] == [9991, 9992, 9993, 9994, 9995]
        late = asyncio.create_task(follow(database, bells, "end"))
        near = asyncio.create_task(follow(database, bells, "end", 9_999))
        await asyncio.sleep(0.01)
        await fill(log, ["end"])
        bells.ring("log:s")
        assert len(await late) == 10_001
        assert len(await near) == 2

    asyncio.run(asyncio.wait_for(main(), 60))


# --- processes that stop, die and come back --------------------------------------------------------


WRITER = """
import asyncio, sys
from pathlib import Path
from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.bells import Bells
from pullwright.log.recorder import Recorder
from pullwright.log.sql.database import Database
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.errors import LogConflict
from pullwright.protocol.events import Noticed
async def main():
    database = Database(sys.argv[1])
    log = await SqlLog.open(database, "s", FolderArtifacts(Path(sys.argv[2])), Bells())
    recorder = Recorder(log, await log.claim())
    try:
        for n in range(1_000_000):
            await recorder.record(*(Noticed(level="info", text=f"{sys.argv[3]} {n} {k}") for k in range(3)))
            print(recorder.seq, flush=True)
    except LogConflict:
        print("fenced", flush=True)
asyncio.run(main())
"""


def writer(database: Database, folder: Path, name: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WRITER, database.url, str(folder), name]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def check_whole(seen: list[str]) -> None:
    """Batches of three, none torn, lost or doubled, each writer's in one stretch."""
    batches = [seen[n : n + 3] for n in range(0, len(seen), 3)]
    assert [line.rpartition(" ")[2] for line in seen] == [str(k) for _ in batches for k in range(3)]
    numbers: dict[str, list[int]] = {}
    stretches: list[str] = []
    for batch in batches:
        name, number, _ = batch[0].split(" ")
        numbers.setdefault(name, []).append(int(number))
        if not stretches or stretches[-1] != name:
            stretches.append(name)
    assert len(stretches) == len(set(stretches))
    assert all(found == list(range(len(found))) for found in numbers.values())


def test_what_was_appended_survives_kill_9(database: Database, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        process = writer(database, tmp_path, name)
        assert process.stdout
        seen = [int(process.stdout.readline()) for _ in range(random.randint(1, 30))][-1]
        os.kill(process.pid, signal.SIGKILL)
        seen = int((process.stdout.read().split() or [seen])[-1])
        process.wait()
        process.stdout.close()
        there = asyncio.run(stored(database))
        assert len(there) >= seen
        check_whole(there)


@pytest.mark.parametrize("moment", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 1, 3, 4))])
def test_a_writer_that_comes_back_from_the_dead_appends_nothing(database: Database, tmp_path: Path, moment: int) -> None:
    """It is stopped somewhere in the middle of an append, another one takes over, and then it goes on."""
    zombie = writer(database, tmp_path, "zombie")
    assert zombie.stdout
    for _ in range(5 + moment):
        zombie.stdout.readline()
    time.sleep(0.0007 * moment)
    os.kill(zombie.pid, signal.SIGSTOP)
    successor = None
    # On SQLite a process that stopped in the middle of a transaction holds the file, for as long as it does not go on.
    waking = threading.Timer(1.0, zombie.send_signal, (signal.SIGCONT,))
    try:
        if database.is_sqlite:
            waking.start()
        successor = writer(database, tmp_path, "successor")
        assert successor.stdout
        for _ in range(5):
            assert successor.stdout.readline().strip().isdigit()
        os.kill(zombie.pid, signal.SIGCONT)
        assert zombie.stdout.read().split()[-1] == "fenced"
        assert zombie.wait(20) == 0
        for _ in range(5):
            assert successor.stdout.readline().strip().isdigit(), "who has taken over is not disturbed"
    finally:
        waking.cancel()
        for process in (zombie, successor):
            if process is not None:
                process.kill()
                process.wait()
                assert process.stdout
                process.stdout.close()
    seen = asyncio.run(stored(database))
    check_whole(seen)
    assert seen[-1].startswith("successor")


STOPS = """
import signal, sys, threading
from sqlalchemy import event
from pullwright.log.sql.database import Database
database = Database(sys.argv[1])
def stop(connection, cursor, statement, *_):
    if sys.argv[4] in statement:
        print("stops", flush=True)
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # this thread: else another may take it a commit too late
event.listen(database.engine, "after_cursor_execute", stop)
"""


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("log_heads.session IN", marks=pytest.mark.slow),
        "INSERT INTO events",
        pytest.param("UPDATE log_heads SET seq", marks=pytest.mark.slow),
    ],
)
def test_a_writer_that_stops_in_the_middle_of_a_transaction_does_not_hold_the_log(
    postgres_url: str, tmp_path: Path, after: str
) -> None:
    database = Database(postgres_url)
    code = STOPS + WRITER.replace("database = Database(sys.argv[1])", "global database")
    words = [sys.executable, "-c", code, postgres_url, str(tmp_path), "zombie", after]
    zombie = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    async def take_over() -> None:
        log = await opened(database, tmp_path)
        await log.claim()
        await fill(log, ["successor"])

    try:
        assert zombie.stdout
        assert zombie.stdout.readline() == "stops\n"
        asyncio.run(take_over())
        while zombie.poll() is None:
            zombie.send_signal(signal.SIGCONT)
            time.sleep(0.05)
        assert zombie.stdout.read().split()[-1] == "fenced"
        assert asyncio.run(stored(database)) == ["successor"]
    finally:
        zombie.kill()
        zombie.wait()
        if zombie.stdout:
            zombie.stdout.close()
        database.close()


def test_the_control_without_a_generation_a_zombie_could_append(database: Database, tmp_path: Path) -> None:
    """What fencing prevents: a writer that only looks at the number appends wherever it finds the log."""

    async def main() -> None:
        zombie, successor = await opened(database, tmp_path), await opened(database, tmp_path)
        await fill(successor, ["successor"])
        reopened = await opened(database, tmp_path)
        await fill(reopened, ["zombie"])
        assert await stored(database) == ["successor", "zombie"]
        assert zombie.last_seq == 0

    asyncio.run(main())


# --- a database that goes away -------------------------------------------------------------------


def test_restarts_of_the_database_lose_nothing_and_double_nothing(postgres: Postgres, postgres_url: str, tmp_path: Path) -> None:
    """Six sessions append all the time while the server is killed and started again."""
    database = Database(postgres_url)

    async def main() -> None:
        stop = asyncio.Event()
        logs = [await opened(database, tmp_path, f"s{n}") for n in range(6)]

        async def write(log: SqlLog) -> int:
            recorder = Recorder(log, await log.claim())
            count = 0
            while not stop.is_set():
                await recorder.record(*notices(f"x {count} 0", f"x {count} 1", f"x {count} 2"))
                count += 1
            return 3 * count

        async with asyncio.TaskGroup() as group:
            writers = [group.create_task(write(log)) for log in logs]
            for crash in (True, False, True):
                await asyncio.sleep(random.uniform(0.05, 0.3))
                await asyncio.to_thread(postgres.stop, crash=crash)
                await asyncio.to_thread(postgres.start)
            await asyncio.sleep(0.2)
            stop.set()
        for n, task in enumerate(writers):
            there = await stored(database, f"s{n}")
            assert len(there) == task.result() > 0
            check_whole(there)
            assert texts(list(logs[n].read())) == there

    try:
        asyncio.run(main())
    finally:
        database.close()


class Lost(Database):
    """A database whose connection is lost just after a commit: what was written is there, and nobody was told."""

    lose = 0

    async def write(self, work, *args, **kwargs):  # type: ignore[no-untyped-def, override]
        result = await super().write(work, *args, **kwargs)
        if self.lose:
            self.lose -= 1
            raise TryAgainLater("gone")
        return result


def test_an_append_whose_fate_is_unknown_is_neither_lost_nor_doubled(database_url: str, tmp_path: Path) -> None:
    database = Lost(database_url)

    async def main() -> None:
        log = await opened(database, tmp_path)
        recorder = Recorder(log, await log.claim())
        await recorder.record(*notices("a"))
        database.lose = 1
        with pytest.raises(TryAgainLater):
            await recorder.record(*notices("b", "c"))
        assert await stored(database) == ["a", "b", "c"], "it is there, and the recorder does not know"
        await recorder.record(*notices("d"))
        assert await stored(database) == ["a", "b", "c", "d"]
        assert texts(list(log.read())) == ["a", "b", "c", "d"]
        with pytest.raises(LogConflict):
            await log.append(notices("d"), expected_seq=3, generation=1)
        assert await stored(database) == ["a", "b", "c", "d"], "without a doubt the same words are other events"

    try:
        asyncio.run(main())
    finally:
        database.close()


def test_a_cancelled_append_is_neither_lost_nor_doubled(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        log = await opened(database, tmp_path)
        recorder = Recorder(log, await log.claim())
        for n in range(30):
            task = asyncio.create_task(recorder.record(*notices(f"x {n} 0", f"x {n} 1", f"x {n} 2")))
            await asyncio.sleep(random.uniform(0, 0.002))
            task.cancel()
            await asyncio.wait((task,))
        await recorder.flush()
        check_whole(await stored(database))
        assert len(await stored(database)) == log.last_seq

    asyncio.run(main())


def test_recorders_of_many_tasks_and_sync(database: Database, tmp_path: Path) -> None:
    async def main() -> None:
        log = await opened(database, tmp_path)
        recorder = Recorder(log)
        async with asyncio.TaskGroup() as group:
            for n in range(50):
                group.create_task(recorder.record(*notices(str(n))))
                group.create_task(log.sync())
        assert sorted(await stored(database)) == sorted(map(str, range(50)))

    asyncio.run(main())
