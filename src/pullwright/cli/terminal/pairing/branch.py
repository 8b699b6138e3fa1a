"""The branch that a project is on, read without starting git."""

from __future__ import annotations

from pathlib import Path


def branch_of(project: Path) -> str:
    """The branch's name, the commit's beginning where HEAD is detached, empty where neither can be read.

    Source: gitrepository-layout(5), HEAD and the `gitdir:` file of a linked work tree.
    """
    try:
        git = project / ".git"
        if git.is_file():
            git = project / git.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text("utf-8", "replace").strip()
    except OSError:
        return ""
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else head[:10]
