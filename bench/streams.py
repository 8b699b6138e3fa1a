"""From an event that is logged to the sockets of those who watch: 100 watchers of one attempt, and of 100 different ones.

    python bench/streams.py [--watchers 100] [--events 300] [--every 0.02]

Server and watchers are processes of their own; both read the machine's one clock. The time is from the moment at which the
commit is known to whoever logs, to the moment at which the watcher has read the frame. It is negative where the frame was
quicker than the word of the commit, and counted as 0 then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import Noticed, SessionStarted
from server_world import World, order


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=100)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--every", type=float, default=0.02, help="seconds between two events")
    parser.add_argument("--watch", nargs=3, metavar=("URL", "KEY", "PATHS"), help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.watch:
        asyncio.run(watch_all(said.watch[0], said.watch[1], json.loads(said.watch[2]), said.events))
        return
    print(f"{'watchers':28} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'frames':>8} {'CPU ms/frame':>13}")
    for name, sessions in (("one attempt", 1), ("as many attempts", said.watchers)):
        measure(name, sessions, said.watchers, said.events if sessions == 1 else said.events // 10, said.every)


def measure(name: str, sessions: int, watchers: int, count: int, every: float) -> None:
    with tempfile.TemporaryDirectory() as folder, World.open(Path(folder), streams=10_000) as world:
        logs = [begin(world) for _ in range(sessions)]
        paths = [f"/api/v1/attempts/{logs[number % sessions][0]}/events" for number in range(watchers)]
        words = [
            sys.executable,
            __file__,
            "--events",
            str(count + 1),
            "--watch",
            world.url,
            world.keys["read"],
            json.dumps(paths),
        ]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            child.stdout.readline()  # all are there
            cpu = time.process_time()
            committed = world.do(write(logs, count, every))
            seen: list[list[tuple[int, float]]] = json.loads(child.stdout.readline())
            cpu = time.process_time() - cpu
        times = [
            max(0.0, at - committed[paths[watcher], seq]) * 1000
            for watcher, frames in enumerate(seen)
            for seq, at in frames
            if (paths[watcher], seq) in committed
        ]
        cuts = statistics.quantiles(times, n=100)
        row = f"{cuts[49]:8.1f} {cuts[98]:8.1f} {max(times):8.1f} {len(times):8d} {cpu * 1000 / len(times):13.2f}"
        print(f"{f'{watchers} of {name}':28} {row}")


def begin(world: World) -> tuple[str, SqlLog]:
    with world.client("mia") as browser:
        attempt = browser.post("/api/v1/tasks", json=order()).json()["attempts"][0]

    async def opened() -> SqlLog:
        folder = FolderArtifacts(world.service.config.data / "bench")
        log = await SqlLog.open(world.database, attempt["session"], folder, world.service.bells)
        await log.claim()
        started = SessionStarted(session=attempt["session"], project="p", pullwright="0")
        await log.append((started,), expected_seq=0, generation=log.generation)
        return log

    return attempt["id"], world.do(opened())


async def write(logs: Sequence[tuple[str, SqlLog]], count: int, every: float) -> dict[tuple[str, int], float]:
    committed: dict[tuple[str, int], float] = {}

    async def one(attempt: str, log: SqlLog) -> None:
        event = Noticed(level="info", text="x" * 200)
        await log.append((event,), expected_seq=log.last_seq, generation=log.generation)
        committed[f"/api/v1/attempts/{attempt}/events", log.last_seq] = time.time()

    for _ in range(count):
        await asyncio.gather(*(one(attempt, log) for attempt, log in logs))
        await asyncio.sleep(every)
    return committed


async def watch_all(url: str, key: str, paths: Sequence[str], last: int) -> None:
    there = asyncio.Semaphore(0)

    async def watch(path: str) -> list[tuple[int, float]]:
        host, _, port = url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {key}\r\n\r\n"
        writer.write(head.encode())
        seen: list[tuple[int, float]] = []
        while not seen or seen[-1][0] < last:
            line = await reader.readline()
            if line.startswith(b"id: "):
                seen.append((int(line[4:]), time.time()))
                if len(seen) == 1:
                    there.release()
        writer.close()
        return seen

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(watch(path)) for path in paths]
        for _ in paths:
            await there.acquire()
        print("there", flush=True)
    print(json.dumps([task.result() for task in tasks]), flush=True)


if __name__ == "__main__":
    main()
