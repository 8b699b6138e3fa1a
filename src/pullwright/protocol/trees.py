"""How a workspace's files reach a sandbox: made by `workspace`, mounted by `sandbox`.

Tree
├── OverlayTree     a private layer over read-only ones; what an attempt gets
└── PlainTree       a folder changed in place; an interactive session's
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class OverlayTree(msgspec.Struct, frozen=True, kw_only=True):
    """Read-only `lowers` (topmost first), a private `upper`, and `work` on the upper's file system.

    A lower is never changed while it is mounted. `alternates` are host folders with git objects that the
    checkout's `.git` borrows from; they are shown read-only inside at the same paths.
    """

    lowers: tuple[Path, ...]
    upper: Path
    work: Path
    alternates: tuple[Path, ...] = ()


class PlainTree(msgspec.Struct, frozen=True, kw_only=True):
    """A plain folder, changed in place; `protect` are paths below it kept read-only, where they are.

    None of these may be a link. The folders on the way to one can be written to, but not moved away. `shown` are host folders
    with what the folder's git needs, shown read-only inside at the same paths. `instead` are pairs of a file (of the folder, or
    of what is shown) and the one that is seen in its place, read-only.
    """

    path: Path
    protect: tuple[str, ...] = (".git",)
    shown: tuple[Path, ...] = ()
    instead: tuple[tuple[Path, Path], ...] = ()

    def inside(self, path: Path, at: str) -> str:
        """Where a host path is seen when the folder is mounted at `at`: below it, or at its own place."""
        return str(Path(at, path.relative_to(self.path))) if path.is_relative_to(self.path) else str(path)


Tree = OverlayTree | PlainTree
