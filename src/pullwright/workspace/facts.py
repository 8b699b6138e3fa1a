"""What an agent is told of a repository at the start: branch, last commits, what is uncommitted, what lies where.

Three read-only git processes at once, in a git folder of our own; none sees the repository's config.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import msgspec

from pullwright.workspace import uncommitted
from pullwright.workspace.blocking import in_thread
from pullwright.workspace.git import Git
from pullwright.workspace.repository import Repository

COMMITS = 3
DIRTY = 20
LAYOUT_CHARACTERS = 1_200
LINE_CHARACTERS = 100


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository looks like.

    `branch` is empty when HEAD is detached. `commits` are the last three, newest first, one line each. `dirty` are
    the first lines of `git status --short`, `dirty_count` counts all of them. `layout` is a line for each
    top-level folder with the number of tracked files in it, then the top-level files; bounded in characters.
    """

    branch: str
    head: str
    commits: tuple[str, ...]
    dirty: tuple[str, ...]
    dirty_count: int
    files: int
    layout: str
    notices: tuple[str, ...]


async def facts(repository: Repository) -> Facts:
    """Read the facts. Costs git's look through the work tree; starts nothing of the repository's."""
    return await in_thread(_facts, repository)


def _facts(repository: Repository) -> Facts:
    with tempfile.TemporaryDirectory(prefix="pullwright-facts-") as name:
        git = uncommitted.scratch(repository, Path(name) / "git", repository.objects)
        with ThreadPoolExecutor(2) as threads:
            commits = threads.submit(copy_context().run, _commits, git, repository)
            paths = threads.submit(copy_context().run, _paths, git)
            dirty = uncommitted.status(git)
            return Facts(
                branch=repository.branch,
                head=repository.head,
                commits=commits.result(),
                dirty=tuple(_short(f"{letters} {_text(path)}") for letters, path in dirty[:DIRTY]),
                dirty_count=len(dirty),
                files=len(paths.result()),
                layout=layout(paths.result()),
                notices=repository.notices,
            )


def _commits(git: Git, repository: Repository) -> tuple[str, ...]:
    if repository.shallow:
        (git.git_dir / "shallow").write_bytes(repository.shallow)
    out = git.call("log", f"-{COMMITS}", "--no-show-signature", "--no-mailmap", "--format=%h %s", repository.head)
    return tuple(_short(line) for line in _text(out).splitlines())


def _paths(git: Git) -> list[bytes]:
    return git.call("ls-files", "-z", "--cached").split(b"\0")[:-1]


def layout(paths: Sequence[bytes]) -> str:
    """Tracked paths in few words: each top-level folder with its count, then the files beside them."""
    folders: Counter[bytes] = Counter()
    files: list[bytes] = []
    for path in paths:
        top, slash, _ = path.partition(b"/")
        if slash:
            folders[top] += 1
        else:
            files.append(top)
    lines = [f"{_text(name)}/ ({count})" for name, count in sorted(folders.items())] + [
        _text(name) for name in sorted(set(files))
    ]
    kept: list[str] = []
    room = LAYOUT_CHARACTERS
    for line in map(_short, lines):
        room -= len(line) + 1
        if room < 0:
            kept.append(f"… and {len(lines) - len(kept)} more")
            break
        kept.append(line)
    return "\n".join(kept)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _short(line: str) -> str:
    line = "".join(char if char.isprintable() else "?" for char in line)
    return line if len(line) <= LINE_CHARACTERS else line[: LINE_CHARACTERS - 1] + "…"
