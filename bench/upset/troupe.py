"""Starts the processes of the run, kills them in a seeded order, starts them again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from databases import Postgres
from upset.plan import Plan

CHAOS = Path(__file__).parents[1] / "chaos.py"
WORKERS = ("worker-1", "worker-2", "worker-3")
WEIGHTS = {"worker": 6, "sandbox": 4, "model": 2, "server": 3, "database": 1, "freeze": 1}


class Troupe:
    """All processes but the database. `killed` counts what was done to whom."""

    def __init__(self, plan: Plan, postgres: Postgres, seed: int) -> None:
        self.plan = plan
        self.postgres = postgres
        self.random = random.Random(seed)
        self.killed: Counter[str] = Counter()
        self._file = plan.save()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._again: dict[str, float] = {}
        self._thaw: tuple[float, str] | None = None

    def start(self, role: str) -> None:
        """Start a process of this role. Its temporary files are the run's, so that those left behind are found."""
        folder = self.plan.folder
        env = {
            **os.environ,
            "TMPDIR": str(folder / "tmp"),
            "HOME": str(folder / "home"),
            "PULLWRIGHT_HOME": str(folder / "home/p"),
        }
        with (folder / f"{role}.log").open("ab") as log:
            words = [sys.executable, str(CHAOS), "--role", role, "--plan", str(self._file)]
            self._processes[role] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=env)

    def start_all(self) -> None:
        for role in ("model", "server", "client", *WORKERS):
            self.start(role)

    def upset(self, seconds: float, done: Callable[[], bool], every: float) -> None:
        """Kill something about each `every` seconds, for so long or until `done`."""
        end = time.monotonic() + seconds
        blow = time.monotonic() + every
        while time.monotonic() < end and not done():
            time.sleep(0.1)
            self.mend()
            if time.monotonic() > blow:
                blow = time.monotonic() + every * self.random.uniform(0.5, 1.5)
                self._strike(self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0])
        if self._thaw:
            self._thaw = (0.0, self._thaw[1])
            self.mend()

    def mend(self) -> None:
        """Start again what was killed a moment ago; wake what was frozen long enough."""
        now = time.monotonic()
        if self._thaw and now > self._thaw[0]:
            with contextlib.suppress(ProcessLookupError):
                self._processes[self._thaw[1]].send_signal(signal.SIGCONT)
            self._thaw = None
        for role, process in list(self._processes.items()):
            if process.poll() is not None and now > self._again.setdefault(role, now + self.random.uniform(0.1, 1.5)):
                del self._again[role]
                self.start(role)

    def end(self) -> dict[str, int]:
        """Drain the workers, end the rest; exit codes of the workers."""
        for role in WORKERS:
            self._processes[role].send_signal(signal.SIGTERM)
        codes = {role: self._processes[role].wait(90) for role in WORKERS}
        for role in ("client", "server", "model"):
            self._processes[role].kill()
            self._processes[role].wait()
        return codes

    def abandon(self) -> None:
        """Kill all, whatever state they are in."""
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    def _strike(self, kind: str) -> None:
        getattr(self, f"_strike_{kind}")()
        self.killed[kind] += 1

    def _strike_worker(self) -> None:
        self._kill(self.random.choice(WORKERS))

    def _strike_model(self) -> None:
        self._kill("model")

    def _strike_server(self) -> None:
        self._kill("server")

    def _strike_freeze(self) -> None:
        """Stop a worker for longer than its silence may be: it wakes as a zombie."""
        role = self.random.choice(WORKERS)
        if self._thaw is None and self._processes[role].poll() is None:
            self._processes[role].send_signal(signal.SIGSTOP)
            self._thaw = (time.monotonic() + self.random.uniform(1.5, 2.5) * self.plan.service().silence, role)

    def _strike_database(self) -> None:
        self.postgres.stop(crash=self.random.random() < 0.7)
        time.sleep(self.random.uniform(0.2, 2.0))
        self.postgres.start()

    def _strike_sandbox(self) -> None:
        """Kill any one process of a sandbox: its outermost, its first, or a command."""
        inside = [pid for role in WORKERS for pid in _below(self._processes[role].pid)]
        if inside:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.random.choice(inside), signal.SIGKILL)

    def _kill(self, role: str) -> None:
        process = self._processes[role]
        if process.poll() is None:
            process.kill()
            process.wait()
            self._again[role] = time.monotonic() + self.random.uniform(0.1, 1.5)


def _below(pid: int) -> list[int]:
    """All processes under this one."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found: list[int] = []
    look = [pid]
    while look:
        below = children.get(look.pop(), [])
        found += below
        look += below
    return sorted(found)
