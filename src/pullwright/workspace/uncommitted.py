"""The uncommitted state of the person's work tree as a tree: what `git add -A && git write-tree` would give.

Done on a copy of the person's index in a git folder of our own, so that neither their index nor their config
is touched or obeyed; only line endings are converted, as their settings say.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
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


def scratch(repository: Repository, folder: Path, objects: Path, settings: Mapping[str, str] | None = None) -> Git:
    """Git in the new folder `folder`, seeing the person's work tree through a copy of their index. Objects go to `objects`."""
    make_git_dir(folder, bare=False)
    (folder / "HEAD").write_text(repository.head + "\n")
    for shared in repository.git_dir.glob("sharedindex.*"):
        shutil.copyfile(shared, folder / shared.name)
    index = repository.git_dir / "index"
    if index.exists():
        before = index.stat()
        shutil.copyfile(index, folder / "index")
        # Git reads a file again that is not older than its index; a younger copy would hide an edit of the same moment.
        os.utime(folder / "index", ns=(before.st_atime_ns, before.st_mtime_ns))
    git = reading(repository, folder, objects, settings)
    if not index.exists():
        git.call("read-tree", repository.head)
    return git


def reading(repository: Repository, folder: Path, objects: Path, settings: Mapping[str, str] | None = None) -> Git:
    """The same in a folder that `scratch` made before, with the index as it was left; `settings` go over the person's."""
    (folder / "info/attributes").write_bytes(person.attributes(repository))
    (folder / "info/exclude").write_bytes(person.excludes(repository))
    chosen = {"core.excludesFile": "/dev/null", **person.reading_settings(repository), **(settings or {})}
    return Git.own(folder, objects=objects, work_tree=repository.root, index=folder / "index", settings=chosen)


def status(git: Git, only: Sequence[bytes] = ()) -> list[tuple[str, bytes]]:
    """What differs, of the paths `only` or of all: git's two status letters and the path (a trailing slash: another repository).

    What git finds to be the same after all it notes in the index, which is ours.
    """
    fixed = ("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all", "--")
    out = git.call(*fixed, *map(os.fsdecode, only), env={"GIT_OPTIONAL_LOCKS": "1"})
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
