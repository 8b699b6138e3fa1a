"""What a workspace costs, for repositories of 500, 10,000 and 100,000 files.

    .venv/bin/python bench/snapshot.py [--files 500,10000,100000] [--edits 100]

`first` makes mirror and checkout; `later` finds them (median of 9, a committed ref: nothing local is looked at); `clean` and
`dirty` also take the uncommitted state along, for which git looks through the work tree once (10 edits, 10 new files);
`20 at once` is the wall time of twenty later ones; `checkpoint` is one edit and its checkpoint, median and 95th
percentile, in a mounted overlay (needs root), `nothing` a checkpoint without an edit; `restore` puts the start
back; `git` is what the checkpoint would cost with git: one edit, then `git add -A` and `git write-tree`, median of 9.
Milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pullwright.workspace.snapshot import Workspace, snapshot


def make(folder: Path, files: int) -> Path:
    """A repository with `files` files of about 750 bytes, 100 in a folder, packed."""
    folder.mkdir(parents=True)
    for number in range(files):
        path = folder / f"part{number // 10000}/pack{number // 100}/module_{number}.py"
        if number % 100 == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"VALUE = {number}\n" * 50)
    git = ["git", "-c", "user.name=B", "-c", "user.email=b@localhost", "-c", "gc.auto=0"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"], ["repack", "-adq"], ["status"]):
        subprocess.run([*git, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


async def timed(call: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    """Milliseconds, and what came back."""
    start = time.perf_counter()
    found = await call()
    return (time.perf_counter() - start) * 1000, found


class Bench:
    """One repository's row."""

    def __init__(self, folder: Path, files: int, edits: int) -> None:
        self.folder, self.files, self.edits = folder, files, edits
        self.project = make(folder / "project", files)
        self.count = 0

    def take(self, *, local: bool) -> Awaitable[Workspace]:
        self.count += 1
        folder = self.folder / f"session{self.count}"
        ref = None if local else "HEAD"
        return snapshot(self.project, ref=ref, local=local, cache=self.folder / "cache", folder=folder)

    async def median(self, *, local: bool, times: int = 9) -> float:
        found: list[float] = []
        for _ in range(times):
            took, workspace = await timed(lambda: self.take(local=local))
            found.append(took)
            await workspace.close()
        return statistics.median(found)

    async def row(self) -> dict[str, str]:
        took, workspace = await timed(lambda: self.take(local=False))
        row = {"files": f"{self.files:,}", "first": f"{took:.0f}"}
        await workspace.close()
        row["later"] = f"{await self.median(local=False):.1f}"
        row["clean"] = f"{await self.median(local=True):.1f}"
        took, many = await timed(lambda: asyncio.gather(*(self.take(local=False) for _ in range(20))))
        row["20 at once"] = f"{took:.0f}"
        for workspace in many:
            await workspace.close()
        for number in range(10):
            next(self.project.glob(f"part0/pack{number % 5}/module_*{number}.py")).write_text("edited\n")
            (self.project / f"new{number}").write_text("new\n")
        row["dirty"] = f"{await self.median(local=True, times=5):.1f}"
        row.update(await self.checkpoints())
        row["git"] = f"{self.with_git():.1f}"
        return row

    def with_git(self) -> float:
        found: list[float] = []
        for number in range(10):
            next(self.project.glob(f"part0/pack{number % 5}/module_*{number}.py")).write_text(f"EDIT = {number}\n")
            start = time.perf_counter()
            for command in ("add", "-A"), ("write-tree",):
                subprocess.run(["git", *command], cwd=self.project, check=True, stdout=subprocess.DEVNULL)
            found.append((time.perf_counter() - start) * 1000)
        return statistics.median(found[1:])

    async def checkpoints(self) -> dict[str, str]:
        workspace = await self.take(local=True)
        overlay, at = workspace.overlay, self.folder / "merged"
        at.mkdir()
        lowers = ":".join(map(str, overlay.lowers))
        options = f"lowerdir={lowers},upperdir={overlay.upper},workdir={overlay.work},userxattr"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(at)], check=True)
        found: list[float] = []
        try:
            for number in range(self.edits):
                module = (number * 97) % self.files
                path = at / f"part{module // 10000}/pack{module // 100}/module_{module}.py"
                path.write_text(f"EDIT = {number}\n")
                found.append((await timed(workspace.checkpoint))[0])
            quiet, _ = await timed(workspace.checkpoint)
        finally:
            subprocess.run(["umount", str(at)], check=True)
        restore, _ = await timed(lambda: workspace.restore(workspace.start_tree))
        await workspace.close()
        found.sort()
        spread = f"{statistics.median(found):.1f} / {found[int(len(found) * 0.95)]:.1f}"
        return {"checkpoint": spread, "nothing": f"{quiet:.1f}", "restore": f"{restore:.1f}"}


async def main() -> None:
    parser = argparse.ArgumentParser(description="What a workspace costs")
    parser.add_argument("--files", default="500,10000,100000")
    parser.add_argument("--edits", type=int, default=100)
    options = parser.parse_args()
    rows: list[dict[str, str]] = []
    for files in map(int, options.files.split(",")):
        with tempfile.TemporaryDirectory(prefix="pullwright-bench-") as folder:
            rows.append(await Bench(Path(folder), files, options.edits).row())
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")


if __name__ == "__main__":
    asyncio.run(main())
