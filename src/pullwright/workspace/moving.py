"""A session's change laid over a newer base: the files of the merge, conflicts marked in them, over that base's checkout.

    move(folder, …, onto, tree)     a new workspace in the session's folder: base `onto`, files `tree`

What was in the overlay beside the change goes: ignored files, what a command installed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from pullwright.workspace.removal import remove_tree
from pullwright.workspace.snapshot import snapshot
from pullwright.workspace.workspace import STATE, Workspace

PARTS = ("attempt", "objects", "git", STATE, "checkpoints.journal")


async def move(folder: Path, cache: Path, project: Path, *, onto: str, tree: str) -> Workspace:
    """Replace the session's workspace by one over the commit `onto` with the files of `tree`, which the repository at
    `project` holds. The caller closes it. Raises `FixRepository`."""
    for part in PARTS:
        await asyncio.to_thread(_remove, folder / part)
    workspace = await snapshot(project, ref=onto, local=False, cache=cache, folder=folder)
    try:
        await workspace.restore(tree)
    except BaseException:
        await workspace.close()
        raise
    return workspace


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)
