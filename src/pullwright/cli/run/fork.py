"""A session's files for a fork: the checkpoints of the parent, laid out at the tree where the fork begins."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from pullwright.attempts.change import branch_name
from pullwright.cli.run.saved import save, saved
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
    spec = saved(parent)
    # A branch of its own: without a name the runner would go on with the parent's.
    branch = branch_name(spec.prompt.text, child.name) if spec.mode == "code" else ""
    save(msgspec.structs.replace(spec, folder=child, session=child.name, branch=branch))
    async with await reopen(child, cache, tree or state.start_tree):
        pass
