"""The project that a command is about: the git repository around a folder."""

from __future__ import annotations

from pathlib import Path

from pullwright.cli.apart import keep_apart
from pullwright.protocol.errors import FixRepository, FixSettings


def find_project(start: Path) -> Path | None:
    """The nearest folder at or above `start` with a `.git`, resolved; None when there is none. Runs no git.

    From then on this process runs no program of the project's (`keep_apart`).
    """
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            keep_apart(folder)
            return folder
    return None


def project_at(start: Path) -> Path:
    """The project around `start`. Raises `FixSettings` when there is no such folder, `FixRepository` outside any project."""
    if not start.is_dir():
        raise FixSettings(f"{start} is not a folder", fix="give -C a folder inside a git repository")
    project = find_project(start)
    if project is None:
        here = start.resolve()
        if any((at / "HEAD").is_file() and (at / "objects").is_dir() and (at / "refs").is_dir() for at in (here, *here.parents)):
            raise FixRepository(
                f"{here} is a bare repository, without files to work on", fix=f"git clone {here} DIR, then go there"
            )
        raise FixRepository(
            f"{start.resolve()} is not inside a git repository",
            fix="go into one, give -C DIR, or make one: git init && git add -A && git commit -m start",
        )
    return project
