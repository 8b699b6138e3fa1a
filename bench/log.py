"""What the log on SQL costs: appends, opening a long log, and how soon who follows sees an event; on SQLite and PostgreSQL.

    .venv/bin/python bench/log.py [--appends 4000] [--events 100000] [--listeners 100] [--kinds sqlite,postgres]

`append` is three events of 700 bytes by a `Recorder`, as a step of an agent makes them; `CPU` is this process's, all threads
(PostgreSQL's own is not in it). PostgreSQL syncs each commit to the disk. `open` loads a whole log into memory, `first page`
and `last page` are 500 events for a reader, who loads no more. `tail` is from the beginning of an append until a listener has
the event, all listeners on one session: in the appending process, and in another one.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests")]

from pullwright.log.artifacts import FolderArtifacts  # noqa: E402
from pullwright.log.bells import Bells, open_bells  # noqa: E402
from pullwright.log.recorder import Recorder  # noqa: E402
from pullwright.log.sql.database import Database  # noqa: E402
from pullwright.log.sql.log import SqlLog  # noqa: E402
from pullwright.log.sql.reading import read_lines, tail_lines  # noqa: E402
from pullwright.protocol.events import Event, Noticed  # noqa: E402

BATCH = 3
TEXT = "What an event of a step says, on average. " * 15


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--appends", type=int, default=4000)
    words.add_argument("--events", type=int, default=100_000)
    words.add_argument("--listeners", type=int, default=100)
    words.add_argument("--kinds", default="sqlite,postgres")
    words.add_argument("--append-to", nargs=2, metavar=("URL", "BELLS"), help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.append_to:
        asyncio.run(append_slowly(*given.append_to))
        return
    print(f"{'':10} {'':34} {'':>12} {'p50':>9} {'p99':>9} {'CPU':>9}")
    for kind in given.kinds.split(","):
        with tempfile.TemporaryDirectory() as folder, made(kind, Path(folder)) as url:
            database = Database(url)
            for row in asyncio.run(measured(database, Path(folder), given)):
                print(f"{kind:10} {row}", flush=True)
            database.close()


@contextmanager
def made(kind: str, folder: Path) -> Iterator[str]:
    """A fresh database's URL."""
    from databases import SETTINGS, Postgres
    from pullwright.tasks.store.migrations.migrate import migrate

    if kind == "sqlite":
        url = f"sqlite:///{folder / 'log.sqlite'}"
        database = Database(url)
        migrate(database)
        database.close()
        yield url
        return
    SETTINGS.update(fsync="on", full_page_writes="on")
    server = Postgres()
    server.open()
    try:
        yield server.make()
    finally:
        server.close()


async def measured(database: Database, folder: Path, given: argparse.Namespace) -> list[str]:
    """All rows of one kind."""
    rows = [await appending(database, folder, sessions, given.appends) for sessions in (1, 20, 200)]
    rows += await opening(database, folder, given.events)
    rows.append(await following(database, folder, given.listeners))
    rows.append(await following_elsewhere(database, folder, given.listeners))
    return rows


def row(name: str, rate: str = "", times: Sequence[float] = (), cpu: float | None = None) -> str:
    """A row; times in seconds, CPU in seconds for each."""
    p50 = f"{statistics.median(times) * 1000:.2f} ms" if times else ""
    p99 = f"{sorted(times)[int(len(times) * 0.99)] * 1000:.2f} ms" if len(times) > 1 else ""
    return f"{name:34} {rate:>12} {p50:>9} {p99:>9} {f'{cpu * 1e6:.0f} us' if cpu is not None else '':>9}"


def events(number: int) -> list[Event]:
    return [Noticed(level="info", text=f"{number} {n} {TEXT}") for n in range(BATCH)]


async def appending(database: Database, folder: Path, sessions: int, appends: int) -> str:
    logs = [await SqlLog.open(database, f"ses_{sessions}_{n}", FolderArtifacts(folder / "a"), Bells()) for n in range(sessions)]
    times: list[float] = []

    async def write(log: SqlLog) -> None:
        recorder = Recorder(log, await log.claim())
        for number in range(appends // sessions):
            began = time.perf_counter()
            await recorder.record(*events(number))
            times.append(time.perf_counter() - began)

    began, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for log in logs:
            group.create_task(write(log))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    return row(f"append, {sessions} sessions", f"{len(times) / wall:,.0f}/s", times, cpu / len(times))


async def opening(database: Database, folder: Path, count: int) -> list[str]:
    log = await SqlLog.open(database, "ses_long", FolderArtifacts(folder / "a"), Bells())
    for number in range(0, count, 1000):
        batch: list[Event] = [Noticed(level="info", text=TEXT[:300]) for _ in range(1000)]
        await log.append(batch, expected_seq=number, generation=0)
    rows: list[str] = []
    for name, after in (("first page", 0), ("last page", count - 500)):
        times: list[float] = []
        for _ in range(20):
            began = time.perf_counter()
            assert len(await read_lines(database, "ses_long", after)) == 500
            times.append(time.perf_counter() - began)
        rows.append(row(f"{count:,} events: {name}", times=times))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    log = await SqlLog.open(database, "ses_long", FolderArtifacts(folder / "a"), Bells())
    held = (tracemalloc.get_traced_memory()[0] - before) / 1e6
    tracemalloc.stop()
    began = time.perf_counter()
    log = await SqlLog.open(database, "ses_long", FolderArtifacts(folder / "a"), Bells())
    rows.append(row(f"{count:,} events: open, in memory", f"{held:.0f} MB", [time.perf_counter() - began]))
    return rows


async def following(database: Database, folder: Path, listeners: int, appends: int = 200) -> str:
    """Listeners in the process that appends."""
    async with open_bells(database, folder / "bells") as bells:
        log = await SqlLog.open(database, "ses_tail", FolderArtifacts(folder / "a"), bells)
        sent: list[float] = []
        times: list[float] = []

        async def listen() -> None:
            seen = 0
            async for _ in tail_lines(database, bells, "ses_tail"):
                times.append(time.perf_counter() - sent[seen])
                seen += 1
                if seen == appends:
                    return

        cpu = time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(listeners):
                group.create_task(listen())
            await asyncio.sleep(0.1)
            for number in range(appends):
                sent.append(time.perf_counter())
                await log.append(events(number)[:1], expected_seq=number, generation=0)
                await asyncio.sleep(0.02)
        return row(f"tail, {listeners} listeners", times=times, cpu=(time.process_time() - cpu) / appends)


async def following_elsewhere(database: Database, folder: Path, listeners: int, appends: int = 200) -> str:
    """Listeners in another process than the one that appends, which says in each event when it began to."""
    times: list[float] = []
    async with open_bells(database, folder / "bells") as bells:

        async def listen() -> None:
            seen = 0
            async for line in tail_lines(database, bells, "ses_far"):
                times.append(time.time() - float(line.partition(b'"text":"')[2].partition(b" ")[0]))
                seen += 1
                if seen == appends:
                    return

        cpu = time.process_time()
        async with asyncio.TaskGroup() as group:
            for _ in range(listeners):
                group.create_task(listen())
            await asyncio.sleep(0.2)
            words = [sys.executable, __file__, "--append-to", database.url, str(folder / "bells")]
            process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.DEVNULL)
            await process.wait()
    return row(f"tail from elsewhere, {listeners} listeners", times=times, cpu=(time.process_time() - cpu) / appends)


async def append_slowly(url: str, bells_at: str, appends: int = 200) -> None:
    """What the other process does."""
    database = Database(url)
    async with open_bells(database, Path(bells_at)) as bells:
        log = await SqlLog.open(database, "ses_far", FolderArtifacts(Path(bells_at) / "a"), bells)
        for number in range(appends):
            said: list[Event] = [Noticed(level="info", text=f"{time.time():.6f} {TEXT}")]
            await log.append(said, expected_seq=number, generation=0)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)


if __name__ == "__main__":
    main()
