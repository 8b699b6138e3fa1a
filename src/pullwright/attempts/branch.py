"""A change on its branch in the person's repository: made, or moved on by compare-and-swap.

The first turn makes the branch. A later turn of the session gives it a new commit over the same base, which takes
the place of the earlier one only while the branch still stands where this session left it, and nobody has it
checked out; else the change goes on a branch of its own beside it. So no commit of the person's is ever lost.
"""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from pullwright.protocol.outcomes import ChangeSummary
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.repository import Repository
from pullwright.workspace.workspace import Workspace

MOST_TRIES = 100


async def put_on_branch(workspace: Workspace, *, branch: str, before: ChangeSummary | None, **commit: Any) -> ChangeSummary:
    """The workspace's last checkpoint as a commit on `branch`, or on `branch-2`… where that is not ours to move.

    `before` is what this session put there last, returned as it is when nothing changed since; `commit` is for
    `Workspace.commit`. Raises `FixRepository` when a branch that was asked for by name is somebody else's.
    """
    if before is None or before.branch != branch:
        return await workspace.commit(branch=branch, tree=workspace.tree, **commit)
    git = Git.foreign(Repository.find(workspace.root).git_dir)
    refs = await in_thread(_refs, git, branch)
    if refs.get(branch) == before.head and await in_thread(_tree, git, before.head) == workspace.tree:
        return before
    name = _free(branch, refs)
    made = await workspace.commit(branch=name, tree=workspace.tree, **commit)
    ours = refs.get(branch) == before.head and Repository.find(workspace.root).branch != branch
    if ours and await in_thread(_swap, git, branch, name, before.head, made.head):
        return msgspec.structs.replace(made, branch=branch)
    return made


def _refs(git: Git, branch: str) -> dict[str, str]:
    """Branches whose name begins with `branch`, and their commits."""
    out = git.call("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/").decode("utf-8", "surrogateescape")
    rows = (line.partition(" refs/heads/") for line in out.splitlines())
    return {name: oid for oid, _, name in rows if name.startswith(branch)}


def _tree(git: Git, commit: str) -> str:
    return git.call("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}").decode().strip()


def _free(branch: str, refs: dict[str, str]) -> str:
    numbered = (f"{branch}-{number}" for number in itertools.count(2))
    return next(name for name in itertools.islice(numbered, MOST_TRIES) if name not in refs)


def _swap(git: Git, branch: str, name: str, old: str, new: str) -> bool:
    """Move `branch` from `old` to `new` and drop the branch `name`; False when somebody moved it first."""
    try:
        git.call("update-ref", "-m", "pullwright: the change of a later turn", f"refs/heads/{branch}", new, old)
    except GitFailed:
        return False
    git.call("update-ref", "-d", f"refs/heads/{name}", new)
    return True
