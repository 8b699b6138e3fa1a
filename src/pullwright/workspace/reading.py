"""Reading the trees of a session: what differs between them, and what is in them.

Below the session's folder lie its objects and a git folder of ours on them:

    objects/                        git objects of this session, borrowing the rest from elsewhere
    git/                            our git folder on these objects
    checkpoints.journal             each checkpoint, durable with one write
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from pullwright.workspace import change
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git
from pullwright.workspace.objects import Objects

Params = ParamSpec("Params")
Result = TypeVar("Result")


class Reading:
    """The trees of the session in `folder`. One thread at a time works on the objects."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self.folder = folder
        self._git = own_git(folder)
        self._objects = objects
        self._lock = asyncio.Lock()

    async def _do(self, function: Callable[Params, Result], *args: Params.args, **kwargs: Params.kwargs) -> Result:
        async with self._lock:
            return await in_thread(function, *args, **kwargs)

    async def diff(
        self, old: str, new: str, paths: Sequence[str] = (), *, stat: bool = False, binary: bool = False, largest: int = 0
    ) -> bytes:
        """The difference between two trees or commits as a patch (or a summary with `stat`), renames detected.

        No external diff or text conversion runs. With `binary` the patch can be applied to binary files too. A file of more
        than `largest` bytes (0: git's own bound) is told as a binary one.
        """
        form = ["--stat=100"] if stat else ["-p", *(["--binary"] if binary else [])]
        bound = ("-c", f"core.bigFileThreshold={largest}") if largest else ()
        fixed = (*bound, "diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color")
        return await self._do(self._call, *fixed, *form, old, new, "--", *paths)

    async def summary(self, old: str, new: str) -> tuple[tuple[str, ...], int, int]:
        """Paths that differ between two trees, and the lines added and removed."""
        return await self._do(self._count, old, new)

    async def read_file(self, tree: str, path: str) -> bytes | None:
        """A file's content in a tree, None when there is none."""
        return await self._do(change.read_file, self._objects, tree, os.fsencode(path))

    async def look(
        self, function: Callable[Concatenate[Objects, Params], Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """What blocking `function(objects, …)` returns, which only reads the workspace's objects."""
        return await self._do(function, self._objects, *args, **kwargs)

    async def paths(self, tree: str) -> tuple[str, ...]:
        """All file paths of a tree, sorted."""
        return await self._do(change.all_paths, self._objects, tree)

    def _call(self, *args: str) -> bytes:
        self._objects.settle()
        return self._git.call(*args)

    def _count(self, old: str, new: str) -> tuple[tuple[str, ...], int, int]:
        self._objects.settle()
        return change.count(self._git, old, new)


def own_git(folder: Path) -> Git:
    """Git on a session's own objects."""
    return Git.own(folder / "git", objects=folder / "objects")


def make_objects(folder: Path) -> None:
    """The folders of a new session's objects, without what they borrow."""
    for part in ("info", "pack"):
        (folder / "objects" / part).mkdir(parents=True)


def shown(path: bytes) -> str:
    """A path for reading."""
    return path.decode("utf-8", "backslashreplace")
