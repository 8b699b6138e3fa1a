"""Submodules: their files from what the person's `git submodule update` has fetched, never from a URL of the repository's.

A checkout gets a submodule's files (without a `.git`) where `.git/modules/<name>` holds the commit; the others are
told. What an attempt changes in a submodule is not part of its change.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pullwright.workspace.config import read_config
from pullwright.workspace.git import Git, GitFailed, make_git_dir

DEEPEST = 5


def fill(git: Git, tree: Path, modules: Path, depth: int = 0) -> list[str]:
    """Check the submodules of a fresh checkout out, and theirs; returns the paths whose commits are not here."""
    named = tree / ".gitmodules"
    if named.is_symlink() or not named.is_file() or depth > DEEPEST:
        return []
    config = read_config(named)
    names = {value: key[10:-5] for key, value in config.items() if key.startswith("submodule.") and key.endswith(".path")}
    missing: list[str] = []
    for line in git.call("ls-files", "-z", "--stage").split(b"\0"):
        facts, _, name = line.partition(b"\t")
        if not facts.startswith(b"160000 "):
            continue
        path = name.decode("utf-8", "surrogateescape")
        store = _store(modules, names.get(path, ""))
        commit = facts.split()[1].decode("ascii")
        if store is None:
            missing.append(path)
        else:
            missing += [f"{path}/{below}".rstrip("/") for below in _check_out(tree / path, store, commit, depth)]
    return missing


def _store(modules: Path, name: str) -> Path | None:
    store = modules / name
    if not name or ".." in Path(name).parts or Path(name).is_absolute() or not (store / "objects").is_dir():
        return None
    return store


def _check_out(folder: Path, store: Path, commit: str, depth: int) -> list[str]:
    """Write a submodule's files; returns what is missing below it, an empty name for itself."""
    with tempfile.TemporaryDirectory(prefix="pullwright-submodule-") as scratch:
        git_dir = Path(scratch) / "git"
        make_git_dir(git_dir, alternates=(store / "objects",), bare=False)
        git = Git.own(git_dir, work_tree=folder, index=git_dir / "index")
        try:
            git.call("read-tree", "--reset", "-u", commit)
        except GitFailed:
            return [""]
        return fill(git, folder, store / "modules", depth + 1)
