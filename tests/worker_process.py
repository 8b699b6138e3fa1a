"""A worker's process with small phases, which write down what they do; and its handle for tests.

    python worker_process.py URL FOLDER [--slots N] [--silence S] [--drain S] [--version V] [--exit-in PHASE]

FOLDER/journal has one line for each thing done: WORKER TURN PHASE begin|end. `run` takes as many ticks of 20 ms as FOLDER/ticks
says (10; `hold`: until it says something else), each looking at its fence as a log would.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
LIMIT = 30.0


class WorkerProcess:
    """A started worker; `with` ends it."""

    def __init__(self, url: str, folder: Path, *words: str) -> None:
        folder.mkdir(exist_ok=True)
        self.log = folder / f"log-{time.monotonic_ns()}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "worker_process.py"), url, str(folder), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
            )

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        return self.process.wait(LIMIT)


def until(found: Callable[[], object], what: str, seconds: float = LIMIT) -> None:
    """Wait until `found` is true."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} seconds"
        time.sleep(0.02)


def done(folder: Path) -> list[list[str]]:
    """What was done, in order: worker, turn, phase, begin or end."""
    path = folder / "journal"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


async def _main(words: argparse.Namespace) -> None:
    from pullwright.log.bells import open_bells
    from pullwright.log.sql.database import Database
    from pullwright.tasks.engine import dbos_engine
    from pullwright.tasks.engine.process import run_worker
    from pullwright.tasks.engine.stopping import Stopping
    from pullwright.tasks.engine.worker import Terms

    dbos_engine.VERSION = words.version
    database = Database(words.url)
    bells = open_bells(database, words.folder / "bells")

    class Service:
        def __init__(self) -> None:
            self.database, self.bells = database, bells

    terms = Terms(folder=words.folder, slots=words.slots, silence=words.silence)
    loop = asyncio.get_running_loop()
    stopping = Stopping(words.drain)
    async with bells:
        with stopping.on_signals():
            await run_worker(
                Service(),
                lambda worker: JournalPhases(database, words.folder, worker, loop, words.exit_in),
                data=words.folder,
                terms=terms,
                stop=stopping.asked,
                drain_seconds=lambda: stopping.seconds,
            )
    database.close()


class JournalPhases:
    """Phases that write down that they began and ended, in one file of all workers."""

    def __init__(self, database, folder, worker, loop, exit_in) -> None:  # type: ignore[no-untyped-def]
        self.database, self.folder, self.worker, self.loop, self.exit_in = database, folder, worker, loop, exit_in

    async def prepare(self, turn: str) -> str:
        from pullwright.tasks.engine.turns import begin_turn

        self._write(turn, "prepare", "begin")
        await self.database.write(begin_turn, turn, self.worker)
        self._write(turn, "prepare", "end")
        return "{}"

    async def run(self, turn: str) -> str:
        from pullwright.protocol.errors import FixSettings
        from pullwright.protocol.outcomes import Succeeded
        from pullwright.tasks.engine.turns import finish_turn

        self._write(turn, "run", "begin")
        if self._ticks() == "break":
            raise RuntimeError("a mistake of ours")
        tick = 0
        while (ticks := self._ticks()) == "hold" or tick < int(ticks):
            await self._fence(turn)
            tick += 1
            await asyncio.sleep(0.02)
        if (self.folder / f"refuse-{turn}").exists():
            raise FixSettings("the turn cannot be done", fix="Do another.")
        await self.database.write(finish_turn, turn, self.worker, 0, Succeeded(why="done"))
        self._write(turn, "run", "end")
        return "{}"

    async def publish(self, turn: str) -> str:
        self._write(turn, "publish", "begin")
        while (self.folder / "hold-publish").exists():
            await asyncio.sleep(0.02)
        self._write(turn, "publish", "end")
        return "{}"

    async def fail(self, turn: str, error: Exception) -> str:
        from pullwright.protocol.outcomes import Failed
        from pullwright.tasks.engine.turns import finish_turn

        await self.database.write(finish_turn, turn, self.worker, 0, Failed(why=str(error)))
        self._write(turn, "fail", "end")
        return "{}"

    async def _fence(self, turn: str) -> None:
        from pullwright.protocol.errors import LogConflict
        from pullwright.tasks.engine.turns import has_turn

        if not await self.database.read(has_turn, turn, self.worker):
            raise LogConflict("another worker appended")

    def _ticks(self) -> str:
        path = self.folder / "ticks"
        return path.read_text().strip() if path.exists() else "10"

    def _write(self, turn: str, phase: str, what: str) -> None:
        assert asyncio.get_running_loop() is self.loop, "phases run on the process's own loop"
        line = f"{self.worker} {turn} {phase} {what}\n".encode()
        fd = os.open(self.folder / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, line)
        os.close(fd)
        if self.exit_in == f"{phase}-{what}":
            os._exit(9)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--silence", type=float, default=2.0)
    parser.add_argument("--drain", type=float, default=20.0)
    parser.add_argument("--version", default="1")
    parser.add_argument("--exit-in", default="")
    logging.basicConfig(level="WARNING")
    asyncio.run(_main(parser.parse_args()))
