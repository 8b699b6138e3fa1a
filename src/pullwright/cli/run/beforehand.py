"""What can be known to fail before a model is paid: the repository, the base, the branch, and where the result goes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pullwright.protocol.errors import FixRepository, FixSettings
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.repository import Repository

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[-./]|[./]$|^@$|^HEAD$")
"""What git refuses in a branch's name, as `git check-ref-format --branch` lists it."""


def check(project: Path, *, ref: str | None = None, branch: str = "", output: Path | None = None) -> None:
    """Raises `FixRepository` or `FixSettings` for what would only come to light when the work is done.

    `ref` and `branch` cost a git process each, where they are given; the rest starts none.
    """
    repository = Repository.find(project)
    if ref is not None:
        repository.resolve(ref)
    if branch:
        _check_branch(repository, branch)
    if output is not None:
        _check_output(output)


def _check_branch(repository: Repository, branch: str) -> None:
    if _FORBIDDEN.search(branch):
        raise FixSettings(f"git allows no branch with the name {branch!r}", fix="choose another: --branch fix/totals")
    try:
        Git.foreign(repository.git_dir).call("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    except GitFailed:
        return
    raise FixRepository(f"branch {branch} is already there", fix=f"choose another name, or: git branch -D {branch}")


def _check_output(output: Path) -> None:
    """Nothing is written yet: what lies there stays until there is something to put in its place."""
    folder = output.absolute().parent
    target = output if output.exists() else folder
    if output.is_dir() or not folder.is_dir() or not os.access(target, os.W_OK):
        what = "is a folder" if output.is_dir() else f"cannot be written in {folder}"
        raise FixSettings(f"--output: {output} {what}", fix="give --output a file in a folder that is there")


def template(name: str, mode: str) -> str:
    """The name of a template, or empty. Raises `FixSettings` for one that is none, and where no change would be made."""
    if not name:
        return ""
    from pullwright.attempts.workloads.templates import find

    if mode == "ask":
        raise FixSettings(f"--template {name} needs a change, and --mode ask makes none", fix="leave --mode ask out")
    return find(name).name
