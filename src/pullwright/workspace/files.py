"""The files that a turn works on, whoever's they are.

Files
├── Workspace     an attempt's own, an overlay over a checkout
└── InPlace       the person's, changed where they lie
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from pullwright.protocol.outcomes import ChangeSummary
from pullwright.protocol.trees import OverlayTree, Tree


class Checkpoint(msgspec.Struct, frozen=True):
    """The merged files as a git tree, and the paths that changed since the last one (for reading: not-UTF-8 is escaped)."""

    tree: str
    paths: tuple[str, ...]


class Files(Protocol):
    """What both have; each says more of its own. `async with` closes."""

    @property
    def folder(self) -> Path:
        """The session's folder."""
        ...

    @property
    def root(self) -> Path:
        """The person's repository."""
        ...

    @property
    def base(self) -> str:
        """The commit that the session starts from."""
        ...

    @property
    def start_tree(self) -> str:
        """The tree that the agent found."""
        ...

    @property
    def tree(self) -> str:
        """The tree of the last checkpoint."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What will not be part of the change, one sentence each."""
        ...

    @property
    def mounted(self) -> Tree:
        """What a sandbox mounts."""
        ...

    async def checkpoint(self) -> Checkpoint | None:
        """Keep the files as they are now, durably; None when nothing changed since the last checkpoint."""
        ...

    async def materialise(self, tree: str, folder: Path) -> OverlayTree:
        """A tree laid out afresh in the new folder `folder`, for a sandbox that the agent never saw."""
        ...

    async def diff(
        self, old: str, new: str, paths: Sequence[str] = (), *, stat: bool = False, binary: bool = False, largest: int = 0
    ) -> bytes:
        """The difference between two trees as a patch."""
        ...

    async def summary(self, old: str, new: str) -> tuple[tuple[str, ...], int, int]:
        """Paths that differ between two trees, and the lines added and removed."""
        ...

    async def read_file(self, tree: str, path: str) -> bytes | None:
        """A file's content in a tree, None when there is none."""
        ...

    async def paths(self, tree: str) -> tuple[str, ...]:
        """All file paths of a tree, sorted."""
        ...

    async def commit(
        self, *, branch: str, tree: str, message: str, name: str = "", email: str = "", co_author: str = "", sign: str = ""
    ) -> ChangeSummary:
        """Make `branch` in the person's repository with `tree` as a commit."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
