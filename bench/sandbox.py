"""What a sandbox costs: opening, a command inside against plain fork and exec, closing, memory. Prints a table.

python bench/sandbox.py [REPEATS]
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pullwright.protocol.trees import OverlayTree
from pullwright.sandbox.backends import backend
from pullwright.sandbox.linux.watch import memory_below
from pullwright.sandbox.sandbox import Command, SandboxSpec

REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
TRUE = Command(argv=("/bin/true",))


def row(name: str, samples: list[float], goal: str = "") -> None:
    ordered = sorted(samples)
    p95 = ordered[int(len(ordered) * 0.95)] if len(ordered) > 1 else ordered[0]
    print(f"| {name:<46} | {ordered[0]:7.2f} | {statistics.median(ordered):7.2f} | {p95:7.2f} | {goal:<8} |")


async def timed(what: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await what()
    return (time.perf_counter() - start) * 1000


async def plain() -> None:
    """fork and exec as cheaply as Python can, waited for in the event loop."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    pidfd = os.pidfd_open(pid)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, ended.set)
    await ended.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)
    os.waitpid(pid, 0)


async def main() -> None:
    opening: list[float] = []
    closing: list[float] = []
    inside: list[float] = []
    outside: list[float] = []
    reading: list[float] = []
    memory = 0
    with tempfile.TemporaryDirectory(prefix="pullwright-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        for part in ("lower", "upper", "work"):
            (folder / part).mkdir()
        (folder / "lower/file").write_text("x" * 1000)
        tree = OverlayTree(lowers=(folder / "lower",), upper=folder / "upper", work=folder / "work")
        spec = SandboxSpec(folder=folder / "attempt", tree=tree, at="/work/project")
        for _ in range(REPEATS):
            context = backend("linux").open(spec)
            start = time.perf_counter()
            sandbox = await context.__aenter__()
            opening.append((time.perf_counter() - start) * 1000)
            for _ in range(5):
                outside.append(await timed(plain))
                inside.append(await timed(lambda: sandbox.exec(TRUE)))  # noqa: B023
                reading.append(await timed(lambda: sandbox.read("file")))  # noqa: B023
            memory = memory_below(os.getpid()) - memory_of_self()
            closing.append(await timed(lambda: context.__aexit__(None, None, None)))  # noqa: B023
    print(f"| {'ms, ' + ('root' if os.geteuid() == 0 else 'ordinary user'):<46} |   least |  median |     p95 | goal     |")
    print(f"|{'-' * 48}|---------|---------|---------|----------|")
    row("open", opening, "<= 30")
    row("fork and exec of true, outside", outside)
    row("exec of true, inside", inside)
    row("inside less outside", [a - b for a, b in zip(sorted(inside), sorted(outside), strict=True)], "<= 3")
    row("read a file", reading)
    row("close, until nothing is left", closing)
    print(f"\nlaunch, bwrap and init: {memory / 1024:.0f} kB resident")


def memory_of_self() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    asyncio.run(main())
