"""Many attempts at once through the whole service: engine, log in the database, workspaces, sandboxes; the model is scripted.

    .venv/bin/python bench/service.py [--attempts 20,200] [--steps 20] [--verify] [--database URL] [--files 500] [--profile FILE]

The model server is a process of its own, whose time is not counted. Wall is from the first dispatch to the last attempt's end, on
a service that has run one attempt before (its checkout is there). CPU is of the service's process and of everything that it
started. PSS is of the same, at its peak, looked at every 0.2 s; `each` is what every attempt beyond the first adds to it.
`first` is from dispatch to the model server's reading the first request, of one attempt alone on the idle service.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Collection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pullwright.models.choice import ModelChoice
from pullwright.models.mock.script import Answer, SaidCall, Script
from pullwright.models.mock.server import MockServer
from pullwright.protocol.ids import new_id
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.views import view_task
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.records import ProjectSettings, TaskOrder
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.tables import tasks
from pullwright.tasks.store.users import add_user
from pullwright.tasks.work.worker import worker_within

PATCH = "sed -i 's/return a - b  # add/return a + b  # add/' calc/ops.py"
TEST = "python3 -B -m unittest -q"


def trajectory(steps: int) -> list[str]:
    """Shell commands such as an agent gives: looking, one edit in the middle, the tests in the end."""
    looking = [f"sed -n '{1 + n},{30 + n}p' calc/mod_{n % 8}.py; grep -n conv_{n % 8} -r calc | head -3" for n in range(steps)]
    looking[: min(3, steps)] = ["ls -la", "cat calc/ops.py", "cat tests/test_ops.py"][:steps]
    return [*looking[: steps - 2], PATCH, TEST][-steps:]


def repository(folder: Path, files: int) -> Path:
    """A bare repository with a small library, one failing test, and `files` files beside."""
    work = folder / "work"
    for name, text in {
        "calc/__init__.py": "from .ops import add, sub\n",
        "calc/ops.py": "def add(a, b):\n    return a - b  # add\n\n\ndef sub(a, b):\n    return a - b\n",
        "tests/__init__.py": "",
        "tests/test_ops.py": "import unittest\n\nfrom calc import add, sub\n\n\nclass Ops(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(2, 3), 5)\n\n"
        "    def test_sub(self):\n        self.assertEqual(sub(5, 3), 2)\n",
        ".gitignore": "__pycache__/\n",
        **{f"calc/mod_{m}.py": "".join(f"def conv_{m}_{k}(x):\n    return x * {k}\n\n\n" for k in range(40)) for m in range(8)},
        **{f"data/part{n % 100:02d}/file_{n}.txt": f"{n}\n" * 8 for n in range(files)},
    }.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git = ["git", "-c", "user.name=B", "-c", "user.email=b@localhost", "-c", "gc.auto=0"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=work, check=True)
    subprocess.run([*git, "clone", "-q", "--bare", str(work), str(folder / "calc.git")], check=True)
    return folder / "calc.git"


def serve_model(steps: int, pipe: Connection) -> None:
    """The model server: what it says next follows from how many results it has been sent. Tells when each session began."""

    def play(request: dict[str, Any]) -> Answer:
        done = sum(item.get("type") == "function_call_output" for item in request["input"])
        if not done:
            pipe.send(time.time())
        commands = trajectory(steps)
        if done >= steps:
            return Answer(text="Add adds.\n\nThe sign was wrong; the tests pass.")
        return Answer(calls=(SaidCall("exec", {"command": commands[done]}),))

    async def serve() -> None:
        async with MockServer(Script(play)) as server:
            pipe.send(server.url)
            await asyncio.Event().wait()

    asyncio.run(serve())


class Peak:
    """The peak of the PSS, in bytes, of this process and all below it. A process of its own looks, whose time is not counted."""

    def __init__(self) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        work = (os.getpid(), MODEL["pid"], theirs)
        self._looking = multiprocessing.get_context("spawn").Process(target=look, args=work, daemon=True)
        self._looking.start()
        self._ours.recv()

    def stop(self) -> int:
        """The peak since it began."""
        self._ours.send(None)
        most = self._ours.recv()
        assert isinstance(most, int)
        self._looking.kill()
        self._looking.join()
        return most


def look(root: int, model: int, pipe: Connection) -> None:
    """Look every 0.2 s until somebody says stop; tell the most that was seen. Stays until killed: the ended are counted."""
    pipe.send(None)
    most = 0
    while not pipe.poll(0.2):
        most = max(most, pss(root, {model, os.getpid()}))
    pipe.send(most)
    signal.pause()


def pss(root: int, without: Collection[int]) -> int:
    """The proportional set size of a process and all below it, but for those `without`."""
    total = 0
    for pid in descendants(root, without):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)
    return total


def descendants(root: int, without: Collection[int]) -> list[int]:
    """A process and all below it, but for those `without` and what is below them."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        if pid not in without:
            found.append(pid)
            waiting += parents.get(pid, [])
    return found


MODEL: dict[str, int] = {}


def cpu() -> float:
    """Seconds of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


async def run_all(service: Service, ann: Actor, count: int) -> float:
    """Dispatch `count` tasks and wait for the last to end; seconds."""
    started = time.perf_counter()
    order = TaskOrder(project="calc", prompt="Fix the bug.", model="deep")
    views = [await dispatch(service, ann, order) for _ in range(count)]
    theirs = tasks.c.id.in_([view.id for view in views])
    async with service.bells.listen("tasks") as bell:
        while states := await service.database.read(lambda c: c.scalars(select(tasks.c.state).where(theirs)).all()):
            if bad := set(states) - {"queued", "running", "review"}:
                seen = [await view_task(service, ann, view.id) for view in views]
                raise SystemExit(f"{bad}: {[view.attempts[0].outcome for view in seen if view.state in bad][:1]}")
            if set(states) == {"review"}:
                break
            await bell.wait(1.0)
    return time.perf_counter() - started


@contextlib.asynccontextmanager
async def prepared(
    folder: Path, url: str, *, slots: int, files: int = 500, database: str = "", verify: bool = False
) -> AsyncGenerator[tuple[Service, Actor]]:
    """A service with its worker, that has run one attempt of the project `calc`."""
    source = repository(folder / "forge", files)
    choice = ModelChoice(provider="scripted", model="scripted", wire="responses", base_url=url, key="k")
    models = {"deep": choice, "fast": choice}
    config = ServiceConfig(
        data=folder / "data", cache=folder / "cache", models=models, database=database, slots=slots, verify=verify
    )
    async with Service.open(config) as service:
        user = User(id=new_id("usr"), name=new_id("ann"), is_admin=True, created=time.time())
        settings = ProjectSettings(publish="when-verified" if verify else "on-approval")
        project = Project(
            id=new_id("prj"), name="calc", forge="git", url=str(source), slug="calc", settings=settings, created=time.time()
        )
        await service.database.write(add_user, user)
        await service.database.write(add_project, project)
        ann = Actor(user_id=user.id, name=user.name, is_admin=True)
        async with worker_within(service):
            await run_all(service, ann, 1)
            yield service, ann


async def measure(options: argparse.Namespace, folder: Path, url: str, pipe: Connection) -> None:
    """All rows."""
    most = max(options.attempts)
    slots, database, verify = min(most, options.slots or most), options.database, options.verify
    async with prepared(folder, url, slots=slots, files=options.files, database=database, verify=verify) as (service, ann):
        await rows(options, service, ann, pipe)


async def rows(options: argparse.Namespace, service: Service, ann: Actor, pipe: Connection) -> None:
    """First the start of one, then each number of attempts."""
    begun(pipe)
    starts: list[float] = []
    for _ in range(5):
        asked = time.time()
        await run_all(service, ann, 1)
        starts += [at - asked for at in begun(pipe)]
    first = statistics.median(starts) * 1000
    one = Peak()
    await run_all(service, ann, 1)
    alone = one.stop()
    for count in options.attempts:
        peak = Peak()
        before = cpu()
        wall = await run_all(service, ann, count)
        used, most = cpu() - before, peak.stop()
        each = (most - alone) / max(1, count - 1) / 1e6
        print(
            f"| {count} | {options.steps} | {'on' if options.verify else 'off'} | {wall:.2f} | {used:.2f} "
            f"| {used / count * 1000:.0f} | {most / 1e6:.0f} | {each:.1f} | {first:.0f} |",
            flush=True,
        )


def begun(pipe: Connection) -> list[float]:
    """When sessions began at the model server, since the last look."""
    found: list[float] = []
    while pipe.poll(0.05):
        found.append(pipe.recv())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=lambda text: [int(word) for word in text.split(",")], default=[20, 200])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--slots", type=int, default=0)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--database", default="")
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    model = multiprocessing.get_context("spawn").Process(target=serve_model, args=(options.steps, theirs), daemon=True)
    model.start()
    MODEL["pid"] = model.pid or 0
    url = ours.recv()
    print("| attempts | steps | clean runs | wall s | CPU s | CPU ms an attempt | peak PSS MB | MB for each further | first ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        work = measure(options, Path(folder), url, ours)
        if options.profile:
            import cProfile

            profile = cProfile.Profile()
            profile.runcall(asyncio.run, work)
            profile.dump_stats(options.profile)
        else:
            asyncio.run(work)
    model.kill()


if __name__ == "__main__":
    sys.exit(main())
