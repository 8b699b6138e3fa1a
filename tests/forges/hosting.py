"""What doubles of forges do with git: further commits, merges that are real, and whether a line is in a diff."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

from repositories import git, text


def commit_on(bare: Path, branch: str, files: dict[str, str], message: str = "Change") -> str:
    """A further commit on a branch of a bare repository, as by another person; its name."""
    with tempfile.TemporaryDirectory(dir=bare.parent) as folder:
        work = Path(folder) / "w"
        git(Path(folder), "clone", "-q", "-b", branch, str(bare), "w")
        for name, content in files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(content)
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", message)
        git(work, "push", "-q", "origin", branch)
    return tip(bare, branch)


def tip(bare: Path, branch: str) -> str:
    """The commit that a branch is at; empty when there is none."""
    return text(bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")


@cache
def merged_tree(bare: Path, base: str, head: str) -> str:
    """The tree that has both commits; empty when they conflict."""
    found = text(bare, "merge-tree", "--write-tree", "--name-only", base, head, check=False).split("\n")
    return found[0] if len(found) == 1 else ""


def join(bare: Path, base: str, head: str, how: str, message: str) -> str:
    """The commit that merges `head` into `base`, on no branch; empty when they conflict."""
    tree = merged_tree(bare, base, head)
    if not tree:
        return ""
    if how != "rebase":
        parents = ["-p", base, "-p", head] if how == "merge" else ["-p", base]
        return text(bare, "commit-tree", tree, *parents, "-m", message)
    with tempfile.TemporaryDirectory(dir=bare.parent) as folder:
        work = Path(folder) / "w"
        git(Path(folder), "clone", "-q", str(bare), "w")
        git(work, "switch", "-q", "--detach", head)
        git(work, "rebase", "-q", base)
        git(work, "push", "-q", "-f", "origin", "HEAD:refs/double/merged")
        return text(work, "rev-parse", "HEAD")


def move(bare: Path, branch: str, commit: str) -> None:
    """Let a branch be at a commit."""
    git(bare, "update-ref", f"refs/heads/{branch}", commit)


def in_diff(bare: Path, base: str, head: str, path: str, line: int, *, new: bool) -> bool:
    """Whether a line is in the diff of a pull request, with three lines around each change."""
    diff = text(bare, "diff", "-U3", f"{base}...{head}", "--", path)
    for hunk in re.finditer(r"^@@ -(\d+(?:,\d+)?) \+(\d+(?:,\d+)?) @@", diff, re.MULTILINE):
        start, _, size = hunk[2 if new else 1].partition(",")
        if int(start) <= line < int(start) + int(size or 1):
            return True
    return False
