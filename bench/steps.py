"""The harness's own time for each step, over the real wire and in the real sandbox.

    .venv/bin/python bench/steps.py [--files 500,10000] [--steps 20,100]

A mock server plays a fixed trajectory. Own time of a step is from the moment the server has its answer to the moment it has read
the next request: it includes running the step's command in the sandbox, and the server's own time for writing the one and
reading the other. The row `floor` is a client of ten lines that runs nothing, against the same server.
With edits, each step changes one file and so ends in a checkpoint.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pullwright.models.mock.script import Answer, SaidCall, Script
from pullwright.models.mock.server import MockServer


def repository(folder: Path, files: int) -> Path:
    """A git repository with `files` small files."""
    folder.mkdir(parents=True)
    for number in range(files):
        path = folder / f"pack{number % 100:02d}/module_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"VALUE = {number}\n" * 8)
    git = ["git", "-c", "user.name=B", "-c", "user.email=b@localhost", "-c", "gc.auto=0"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


class Trajectory:
    """Answers by position, and the clock of each request and response."""

    def __init__(self, steps: int, edit: bool) -> None:
        self.steps = steps
        self.edit = edit
        self.asked: list[float] = []
        self.answered: list[float] = []

    def __call__(self, request: dict[str, Any]) -> Answer:
        self.asked.append(time.perf_counter())
        step = len(self.asked)
        command = f"echo 'EDIT = {step}' >> pack00/module_0.py" if self.edit else f"cat pack{step % 100:02d}/module_{step}.py"
        answer = Answer(calls=(SaidCall("exec", {"command": command}),)) if step <= self.steps else Answer(text="Done.")
        self.answered.append(time.perf_counter())
        return answer


FLOOR = """
import http.client, json, os, sys, urllib.parse
url = urllib.parse.urlparse(sys.argv[1])
line = http.client.HTTPConnection(url.hostname, url.port)
said = [{"role": "user", "content": "x" * 8000}]
for _ in range(int(sys.argv[2]) + 1):
    line.request("POST", url.path + "/chat/completions", json.dumps({"model": "m", "messages": said, "stream": True}))
    said.append({"role": "assistant", "content": line.getresponse().read().decode()[:400]})
"""


async def floor(steps: int) -> dict[str, float]:
    """The same figures of a client that does nothing."""
    play = Trajectory(steps, edit=False)
    async with MockServer(Script(play)) as server:
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOOR, server.url, str(steps))
        await process.wait()
        return figures(play, started, server)


def figures(play: Trajectory, started: float, server: MockServer) -> dict[str, float]:
    """Milliseconds and bytes of a run."""
    own = [(asked - answered) * 1000 for asked, answered in zip(play.asked[1:], play.answered, strict=False)]
    return {
        "start": (play.asked[0] - started) * 1000,
        "median": statistics.median(own),
        "p95": sorted(own)[int(len(own) * 0.95)],
        "sum": sum(own),
        "first_bytes": len(server.bodies[0]),
    }


def show(files: str, steps: int, edit: str, row: dict[str, float]) -> None:
    print(
        f"| {files} | {steps} | {edit} | {row['start']:.0f} | {row['median']:.1f} | {row['p95']:.1f} | {row['sum']:.0f} "
        f"| {row['first_bytes']:.0f} |",
        flush=True,
    )


async def measure(project: Path, home: Path, steps: int, edit: bool) -> dict[str, float]:
    """One run of `pullwright exec`; figures in ms, MB and bytes."""
    play = Trajectory(steps, edit)
    async with MockServer(Script(play)) as server:
        env = dict(
            os.environ,
            PULLWRIGHT_HOME=str(home),
            PULLWRIGHT_BASE_URL=server.url,
            PULLWRIGHT_API_KEY="k",
            PULLWRIGHT_MODEL="bench",
            PULLWRIGHT_WIRE="responses",
        )
        started = time.perf_counter()
        program = str(Path(sys.executable).parent / "pullwright")
        process = await asyncio.create_subprocess_exec(
            program,
            "exec",
            "--no-verify",
            "--budget",
            f"{steps + 5}steps",
            "Do it.",
            cwd=project,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()
        if process.returncode or len(play.asked) != steps + 1:
            raise SystemExit(f"the run failed ({process.returncode}, {len(play.asked)} requests): {err.decode()[-2000:]}")
        return figures(play, started, server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", default="500,10000")
    parser.add_argument("--steps", default="20,100")
    args = parser.parse_args()
    print(
        "| files | steps | edit in each | start to first request ms | own ms a step: median | p95 | sum | first request bytes |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for steps in map(int, args.steps.split(",")):
        show("floor", steps, "", asyncio.run(floor(steps)))
    with tempfile.TemporaryDirectory() as folder:
        for files in map(int, args.files.split(",")):
            project, home = repository(Path(folder) / f"project{files}", files), Path(folder) / f"home{files}"
            asyncio.run(measure(project, home, 1, False))  # fills the checkout cache
            for edit in (False, True):
                for steps in map(int, args.steps.split(",")):
                    show(f"{files:,}", steps, "yes" if edit else "no", asyncio.run(measure(project, home, steps, edit)))


if __name__ == "__main__":
    main()
