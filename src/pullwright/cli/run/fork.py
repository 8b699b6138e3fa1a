"""A session's files and its turn for a fork: as the parent has them at the event where the fork begins."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pullwright.attempts.change import branch_name
from pullwright.cli.run.saved import save, saved
from pullwright.workspace import snapshot


async def fork_files(parent: Path, child: Path, cache: Path, tree: str) -> None:
    """Give the session folder `child` a workspace that stands at `tree` (empty: the parent's start), and the parent's turn."""
    spec = saved(parent)
    # A branch of its own: without a name the runner would go on with the parent's.
    branch = branch_name(spec.prompt.text, child.name) if spec.mode == "code" else ""
    save(msgspec.structs.replace(spec, folder=child, session=child.name, branch=branch))
    await snapshot.fork(parent, child, cache, tree)
