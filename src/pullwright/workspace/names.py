"""The names of a commit's files and folders, made for searching as somebody types (`fuzzy`). Blocking; for worker threads.

names_of(git, commit) -> Names        100,000 files: some 0.3 s, once
Names.best(letters, limit)            some milliseconds for each search, bounded by `PATIENCE`
"""

from __future__ import annotations

import time

import msgspec

from pullwright.workspace.blocking import current_job
from pullwright.workspace.fuzzy import Search, mask
from pullwright.workspace.git import Git

MOST = 300_000
"""Files that are listed; of a larger tree the first ones by name."""
PATIENCE = 1.0
"""Seconds after which a search gives what it has found."""


class Names(msgspec.Struct, frozen=True):
    """Files by name, then folders (with a slash at the end); `masks` beside them, for `Search`."""

    names: list[str]
    masks: list[int]

    def best(self, letters: str, limit: int) -> list[str]:
        """The names that fit best, best first; without letters what lies at the top, folders first."""
        if not letters.strip():
            top = [name for name in self.names if "/" not in name.rstrip("/")]
            return sorted(top, key=lambda name: (not name.endswith("/"), name.startswith("."), name))[:limit]
        search, job, end = Search(self.names, self.masks, letters), current_job(), time.perf_counter() + PATIENCE
        while not search.step(0.02) and time.perf_counter() < end:
            job.check()
        return search.best[:limit]


def names_of(git: Git, commit: str) -> Names:
    """The names of a commit's tree. What is not UTF-8, or has a line's end in it, cannot be typed and is left out."""
    told = git.call("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).split(b"\0")
    files: list[str] = []
    for raw in told[: MOST + 1]:
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            continue
        if name and name.isprintable():
            files.append(name)
    names = [*files, *folders_of(files)]
    return Names(names, [mask(name.lower()) for name in names])


def folders_of(files: list[str]) -> list[str]:
    """The folders that the files lie in."""
    found: set[str] = set()
    for name in files:
        end = name.rfind("/")
        while end > 0 and name[: end + 1] not in found:
            found.add(name[: end + 1])
            end = name.rfind("/", 0, end)
    return sorted(found)
