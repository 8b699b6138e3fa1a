"""A thousand tasks dispatched at once onto a few slots: how the memory stands while they are worked off.

    .venv/bin/python bench/queued.py [--tasks 1000] [--slots 4] [--steps 3]

A row for every tenth of the tasks that is done: seconds since the first dispatch, PSS of the service's process and of all that it
started (bench/service.py), and its own resident memory. Flat means: the last rows are as the first ones.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from service import MODEL, begun, prepared, pss, serve_model
from sqlalchemy import func, select

from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.service import Service
from pullwright.tasks.store.records import TaskOrder
from pullwright.tasks.store.tables import tasks


def resident() -> float:
    """MB of this process."""
    pages = int(Path(f"/proc/{os.getpid()}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def work_off(service: Service, ann: Actor, count: int, pipe: Connection) -> None:
    """Dispatch all, then look now and then how many are done."""
    started = time.perf_counter()
    order = TaskOrder(project="calc", prompt="Fix the bug.", model="deep")
    for _ in range(count):
        await dispatch(service, ann, order)
    print(
        f"dispatched {count} in {time.perf_counter() - started:.1f} s\n\n| done | s | PSS MB | resident MB |\n|---|---|---|---|"
    )
    resting = select(func.count()).select_from(tasks).where(tasks.c.state == "review")
    before = 0
    for tenth in range(1, 11):
        goal = before + count * tenth // 10
        while (done := await service.database.read(lambda c: c.scalar(resting) or 0)) < goal:
            begun(pipe)  # the model server tells of each session, and would wait for a reader
            await asyncio.sleep(0.2)
        memory = await asyncio.to_thread(pss, os.getpid(), {MODEL["pid"]})
        print(f"| {done} | {time.perf_counter() - started:.0f} | {memory / 1e6:.0f} | {resident():.0f} |", flush=True)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--tasks", type=int, default=1000)
    words.add_argument("--slots", type=int, default=4)
    words.add_argument("--steps", type=int, default=3)
    asked = words.parse_args()
    ours, theirs = multiprocessing.Pipe()
    model = multiprocessing.get_context("spawn").Process(target=serve_model, args=(asked.steps, theirs), daemon=True)
    model.start()
    MODEL["pid"] = model.pid or 0

    async def run(folder: Path, url: str) -> None:
        async with prepared(folder, url, slots=asked.slots) as (service, ann):
            await work_off(service, ann, asked.tasks, ours)

    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        asyncio.run(run(Path(folder), ours.recv()))


if __name__ == "__main__":
    main()
