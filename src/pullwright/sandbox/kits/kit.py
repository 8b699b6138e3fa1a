"""What one toolchain needs inside, and where toolchains are looked for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from pullwright.sandbox.sandbox import Mount


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """One toolchain: entries for PATH, read-only mounts, variables, and facts for the model.

    A fact begins with the tool's name. `python` is what is said of the Python in `bins`: its version, and whose it is.
    """

    bins: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    env: dict[str, str] = {}
    facts: tuple[str, ...] = ()
    python: str = ""


class Place:
    """A project and the person's home and variables. Only looks; a path that cannot be read is one that is not there."""

    def __init__(self, project: Path, env: Mapping[str, str]) -> None:
        self.project = project
        self.env = env
        self.home = Path(env.get("HOME") or "/nonexistent")

    def below_home(self, path: Path) -> tuple[str, ...]:
        """The parts of a path below the home, or nothing."""
        try:
            return path.relative_to(self.home).parts
        except ValueError:
            return ()

    def text(self, path: Path, limit: int = 1 << 16) -> str:
        """A small file's text, empty when there is none. Follows no link out of the project for a project's file."""
        try:
            if path.is_relative_to(self.project) and not path.resolve().is_relative_to(self.project):
                return ""
            with path.open("rb") as file:
                return file.read(limit).decode("utf-8", "replace")
        except (OSError, RuntimeError):
            return ""

    def runs(self, path: Path) -> bool:
        """True for an executable file."""
        return os.access(path, os.X_OK) and path.is_file()


def mounts_of(*folders: Path) -> tuple[Mount, ...]:
    """A folder as it is named and, where links lead elsewhere, as it is: scripts and venvs name either."""
    found: list[Mount] = []
    for folder in folders:
        try:
            real = folder.resolve(strict=True)
        except (OSError, RuntimeError):
            continue
        found.append(Mount(path=real))
        if real != folder:
            found.append(Mount(path=real, at=str(folder)))
    return once(found)


def once(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Each mount once, in order."""
    kept: list[Mount] = []
    for mount in mounts:
        if mount not in kept:
            kept.append(mount)
    return tuple(kept)


def first_line(text: str) -> str:
    """The first line that says something, without blanks and comments."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return line.strip()
    return ""


def newest(folder: Path, prefix: str) -> Path | None:
    """The folder with the highest version below `folder` whose name is `prefix` or starts with it and a dot."""
    try:
        found = [entry for entry in folder.iterdir() if entry.name == prefix or entry.name.startswith(prefix.rstrip(".") + ".")]
    except OSError:
        return None
    return max(found, key=lambda entry: _numbers(entry.name), default=None)


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.lstrip("v").replace("-", ".").split(".") if part.isdigit())
