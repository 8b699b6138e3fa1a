"""A real repository to work on, and its workspace mounted the way a sandbox mounts it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pullwright.protocol.trees import OverlayTree

WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *args: str, stdin: bytes = b"", check: bool = True) -> bytes:
    """Plain git, as a person runs it."""
    command = ["git", "-c", "protocol.file.allow=always", *args]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env={**os.environ, **WHO})
    assert done.returncode == 0 or not check, done.stderr.decode()
    return done.stdout


def text(folder: Path, *args: str, check: bool = True) -> str:
    """Plain git's answer as a line of text."""
    return git(folder, *args, check=check).decode().strip()


def make_project(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    """A repository with one commit on `main`."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name, data in (
        files or {"readme": b"hello\n", "src/main.py": b"print('hi')\n", ".gitignore": b"*.pyc\nbuild/\n"}
    ).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    commit(folder, "First")
    return folder


def commit(folder: Path, message: str) -> str:
    """Commit everything; the commit's name."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--no-verify", "-m", message)
    return text(folder, "rev-parse", "HEAD")


@contextmanager
def merged(overlay: OverlayTree, at: Path) -> Iterator[Path]:
    """The overlay mounted at `at` (needs root)."""
    at.mkdir(parents=True, exist_ok=True)
    lowers = ":".join(map(str, overlay.lowers))
    options = f"lowerdir={lowers},upperdir={overlay.upper},workdir={overlay.work},userxattr"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)
