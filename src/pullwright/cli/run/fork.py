"""A session's files for a fork: the checkpoints of the parent, laid out at the tree where the fork begins."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from pullwright.cli.run.saved import NAME
from pullwright.workspace.snapshot import reopen
from pullwright.workspace.workspace import State


async def fork_files(parent: Path, child: Path, cache: Path, tree: str) -> None:
    """Give the session folder `child` a workspace that stands at `tree` (empty: the parent's start).

    Only objects are copied; the overlay starts empty, so ignored files (caches, installed packages) are not taken along.
    """
    for part in ("objects", "git"):
        shutil.copytree(parent / part, child / part, symlinks=True)
    for part in ("attempt/upper", "attempt/work", "attempt/layers"):
        (child / part).mkdir(parents=True)
    (child / "attempt/upper").chmod(0o755)
    state = msgspec.json.decode((parent / "workspace.json").read_bytes(), type=State)
    state.below, state.layer = state.base_tree, 0
    state.save(child)
    shutil.copyfile(parent / NAME, child / NAME)
    async with await reopen(child, cache, tree or state.start_tree):
        pass
