"""What working in the person's own folder costs, for repositories of 500, 10,000 and 100,000 files.

    .venv/bin/python bench/inplace.py [--files 500,10000,100000] [--edits 30]

`open` is a new session (clean tree), `again` opening it again; `clean` is a look that finds nothing, `edit` one edit and its
checkpoint, `named` the same where the path is told; median / 95th percentile. `back` takes all of that back; `commit` puts an
edit on a new branch, `own branch` on the one that is checked out. `git` is what the checkpoint would cost with git: one edit,
then `git add -A` and `git write-tree` with an index of its own. Milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from snapshot import make, timed

from pullwright.workspace.inplace import InPlace, open_in_place


class Bench:
    """One repository's row."""

    def __init__(self, folder: Path, files: int, edits: int) -> None:
        self.folder, self.files, self.edits = folder, files, edits
        self.project = make(folder / "project", files)
        self.count = 0

    def open(self, name: str) -> Awaitable[InPlace]:
        return open_in_place(self.project, cache=self.folder / "cache", folder=self.folder / name)

    def edit(self) -> str:
        """Another edit; the path."""
        self.count += 1
        number = (self.count * 97) % self.files
        path = f"part{number // 10000}/pack{number // 100}/module_{number}.py"
        (self.project / path).write_text(f"EDIT = {self.count}\n")
        return path

    async def many(self, call: Callable[[], Awaitable[Any]]) -> str:
        found = sorted([(await timed(call))[0] for _ in range(self.edits)])
        return f"{statistics.median(found):.1f} / {found[int(len(found) * 0.95)]:.1f}"

    async def row(self) -> dict[str, str]:
        took, place = await timed(lambda: self.open("session"))
        row = {"files": f"{self.files:,}", "open": f"{took:.0f}"}
        row["clean"] = await self.many(place.looked)
        row["edit"] = await self.many(lambda: self.edited(place))
        row["named"] = await self.many(lambda: place.checkpoint(only=[self.edit()]))
        await place.close()
        took, place = await timed(lambda: self.open("session"))
        row["again"] = f"{took:.0f}"
        await place.looked()
        row["back"] = f"{(await timed(lambda: place.restore(place.start_tree)))[0]:.0f}"
        for name, branch in (("commit", "other"), ("own branch", "")):
            self.edit()
            await place.checkpoint()
            row[name] = f"{(await timed(lambda branch=branch: place.commit(branch=branch, message='x')))[0]:.0f}"
        await place.close()
        row["git"] = self.with_git()
        return row

    async def edited(self, place: InPlace) -> None:
        self.edit()
        await place.checkpoint()

    def with_git(self) -> str:
        found: list[float] = []
        env = {**os.environ, "GIT_INDEX_FILE": str(self.folder / "index")}
        for _ in range(6):
            self.edit()
            start = time.perf_counter()
            for command in ("add", "-A"), ("write-tree",):
                subprocess.run(["git", *command], cwd=self.project, env=env, check=True, stdout=subprocess.DEVNULL)
            found.append((time.perf_counter() - start) * 1000)
        return f"{statistics.median(found[1:]):.1f}"


async def main() -> None:
    parser = argparse.ArgumentParser(description="What working in place costs")
    parser.add_argument("--files", default="500,10000,100000")
    parser.add_argument("--edits", type=int, default=30)
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
