"""The uncommitted state of the person's work tree as a tree: what `git add -A && git write-tree` would give.

Done on a copy of the person's index in a git folder of our own, so that neither their index nor their config
is touched or obeyed; only line endings are converted, as their settings say.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from pullwright.workspace import person
from pullwright.workspace.git import Git, make_git_dir
from pullwright.workspace.lfs import LfsPaths
from pullwright.workspace.repository import Repository
from pullwright.workspace.trees import is_git_name


class Uncommitted(NamedTuple):
    """The tree, and what was left out of it (repositories inside the repository, LFS files)."""

    tree: str
    skipped: tuple[bytes, ...]


def scratch(repository: Repository, folder: Path, objects: Path) -> Git:
    """Git in the new folder `folder`, seeing the person's work tree through a copy of their index. Objects go to `objects`."""
    make_git_dir(folder, bare=False)
    (folder / "info/attributes").write_bytes(person.attributes(repository))
    (folder / "info/exclude").write_bytes(person.excludes(repository))
    (folder / "HEAD").write_text(repository.head + "\n")
    for shared in repository.git_dir.glob("sharedindex.*"):
        shutil.copyfile(shared, folder / shared.name)
    index = repository.git_dir / "index"
    if index.exists():
        before = index.stat()
        shutil.copyfile(index, folder / "index")
        # Git reads a file again that is not older than its index; a younger copy would hide an edit of the same moment.
        os.utime(folder / "index", ns=(before.st_atime_ns, before.st_mtime_ns))
    settings = {"core.excludesFile": "/dev/null", **person.reading_settings(repository)}
    git = Git.own(folder, objects=objects, work_tree=repository.root, index=folder / "index", settings=settings)
    if not index.exists():
        git.call("read-tree", repository.head)
    return git


def status(git: Git) -> list[tuple[str, bytes]]:
    """What differs: git's two status letters and the path (a trailing slash: another repository)."""
    out = git.call("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all")
    return [(line[:2].decode("ascii"), line[3:]) for line in out.split(b"\0") if line]


def read(git: Git, base_tree: str, lfs: LfsPaths) -> Uncommitted:
    """The work tree's state as a tree; `base_tree` itself when nothing is uncommitted. Blocking."""
    found = status(git)
    if not found:
        return Uncommitted(base_tree, ())
    skipped = tuple(path for _, path in found if path.endswith(b"/") or lfs.has(path) or any(map(is_git_name, path.split(b"/"))))
    paths = [path for letters, path in found if letters[1] != " " and path not in skipped]
    if paths:
        git.call("update-index", "--add", "--remove", "-z", "--stdin", stdin=b"".join(path + b"\0" for path in paths))
    return Uncommitted(git.call("write-tree").decode().strip(), skipped)
