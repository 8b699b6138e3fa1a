"""A long session: what a step costs, and how much memory it all takes, at 100, 500 and 1,000 steps.

    .venv/bin/python bench/long.py [--steps 1000] [--at 100,500,1000]

A mock server plays a fixed trajectory: each step edits one file and reads it in the real sandbox. The server counts few tokens,
so nothing is ever compacted, and all that grows with a session shows. Figures are of the last 50 steps before each mark: `own`
from the end of a response to the next request, CPU and memory of Pullwright's own process without the sandbox's. A request
repeats the whole conversation, so its bytes grow with it, and so does what it costs to send them; nothing else should.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from steps import repository

from pullwright.models.mock.script import Answer, SaidCall, Script
from pullwright.models.mock.server import MockServer
from pullwright.protocol.usage import Usage

LAST = 50
"""How many steps before a mark are looked at."""
_TICKS = os.sysconf("SC_CLK_TCK")


class Trajectory:
    """Answers by position; times, and what the process had used at each request."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.pid = 0
        self.asked: list[float] = []
        self.answered: list[float] = []
        self.cpu: list[float] = []
        self.memory: list[float] = []

    def __call__(self, request: dict[str, Any]) -> Answer:
        self.asked.append(time.perf_counter())
        self.cpu.append(cpu_seconds(self.pid))
        self.memory.append(memory_mb(self.pid))
        step = len(self.asked)
        if step > self.steps:
            return Answer(text="Done.")
        path = f"pack00/module_{step % 10}00.py"
        line = f"echo 'EDIT = {step}' >> {path}; tail -n 20 {path}; echo {'-' * 400}"
        self.answered.append(time.perf_counter())
        return Answer(calls=(SaidCall("exec", {"command": line}),), usage=Usage(input=1000, output=50))


def cpu_seconds(pid: int) -> float:
    """Processor time of one process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> float:
    """Resident memory of one process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def play(project: Path, home: Path, steps: int) -> tuple[Trajectory, list[int]]:
    """One session of `steps` steps; its clock, and the size of each request."""
    trajectory = Trajectory(steps)
    async with MockServer(Script(trajectory)) as server:
        env = dict(
            os.environ,
            PULLWRIGHT_HOME=str(home),
            PULLWRIGHT_BASE_URL=server.url,
            PULLWRIGHT_API_KEY="k",
            PULLWRIGHT_MODEL="bench",
        )
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "pullwright"),
            *("exec", "--no-verify", "--budget", f"{steps + 5}steps", "Do it."),
            cwd=project,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        trajectory.pid = process.pid
        _, err = await process.communicate()
        if process.returncode or len(trajectory.asked) != steps + 1:
            raise SystemExit(f"failed ({process.returncode}, {len(trajectory.asked)} requests): {err.decode()[-2000:]}")
        return trajectory, [len(body) for body in server.bodies]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--at", default="100,500,1000")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = repository(Path(folder) / "project", 1000)
        played, sizes = asyncio.run(play(project, Path(folder) / "home", args.steps))
    own = [(asked - answered) * 1000 for asked, answered in zip(played.asked[1:], played.answered, strict=True)]
    print("| at step | own ms a step: median | CPU ms a step | memory MB | request kB |")
    print("|---|---|---|---|---|")
    for mark in (int(at) for at in args.at.split(",") if int(at) <= args.steps):
        first = max(0, mark - LAST)
        cpu = (played.cpu[mark] - played.cpu[first]) / (mark - first) * 1000
        median = statistics.median(own[first:mark])
        print(f"| {mark:,} | {median:.1f} | {cpu:.1f} | {played.memory[mark]:.0f} | {sizes[mark] / 1000:.0f} |")


if __name__ == "__main__":
    main()
