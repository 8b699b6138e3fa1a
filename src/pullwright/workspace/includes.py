"""The person's global git config with what it includes, read as data: who they are here, and with what they sign.

    [include] path                                  always
    [includeIf "gitdir:…" | "gitdir/i:…"] path      by where the repository lies
    [includeIf "onbranch:…"] path                   by the branch
    [includeIf "hasconfig:remote.*.url:…"] path     by a remote's address

Only the person's own files count: a file that belongs to somebody else, that others may write to, or that lies in the
repository itself could bring a program to run when a commit is signed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from pullwright.workspace.config import LIMIT, parse_pairs
from pullwright.workspace.ignore import translate
from pullwright.workspace.repository import Repository

DEEPEST = 10
"""Files that include one another: git's own bound."""


def read_global(repository: Repository) -> dict[str, str]:
    """What git knows of the person in a repository: `$GIT_CONFIG_GLOBAL`, else `~/.config/git/config` and `~/.gitconfig`."""
    return {key: value for file in global_files() for key, value in _read(file, repository, 0)}


def global_files() -> list[Path]:
    """The person's own configuration of git, there or not."""
    named = os.environ.get("GIT_CONFIG_GLOBAL")
    return [Path(named)] if named else [git_home() / "config", Path.home() / ".gitconfig"]


def git_home() -> Path:
    """Git's own folder below the person's configuration."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "git"


def _read(path: Path, repository: Repository, depth: int) -> Iterator[tuple[str, str]]:
    """What the file says, with an included file's values where the line is that includes it."""
    for key, value in parse_pairs(_text(path)):
        yield key, value
        section, _, condition = key.removesuffix(".path").partition(".")
        if not key.endswith(".path") or section not in ("include", "includeif") or depth == DEEPEST:
            continue
        if section == "include" or _holds(condition, path, repository):
            included = Path(os.path.normpath(path.parent / Path(value).expanduser()))
            if is_own(included, repository.root):
                yield from _read(included, repository, depth + 1)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def is_own(path: Path, project: Path) -> bool:
    """Whether a file is the person's (or root's) alone to write, and is not in the project."""
    try:
        real = path.resolve(strict=True)
        status = real.stat()
    except (OSError, RuntimeError):
        return False
    alone = not status.st_mode & stat.S_IWOTH and status.st_uid in (os.geteuid(), 0)
    return stat.S_ISREG(status.st_mode) and alone and not real.is_relative_to(project)


def _holds(condition: str, config: Path, repository: Repository) -> bool:
    kind, _, pattern = condition.partition(":")
    if kind in ("gitdir", "gitdir/i"):
        return _lies(pattern, config, repository, ignore_case=kind == "gitdir/i")
    if kind == "onbranch":
        return bool(repository.branch) and _matches(_open_end(pattern), repository.branch)
    if kind == "hasconfig" and pattern.startswith("remote.*.url:"):
        urls = [value for key, value in repository.config.items() if key.startswith("remote.") and key.endswith(".url")]
        return any(_matches(pattern.removeprefix("remote.*.url:"), url) for url in urls)
    return False


def _lies(pattern: str, config: Path, repository: Repository, *, ignore_case: bool) -> bool:
    if pattern.startswith("~/"):
        pattern = str(Path.home().resolve()) + pattern[1:]
    elif pattern.startswith("./"):
        pattern = str(config.parent.resolve()) + pattern[1:]
    elif not pattern.startswith("/"):
        pattern = f"**/{pattern}"
    places = {str(repository.git_dir), str(repository.git_dir.resolve())}
    return any(_matches(_open_end(pattern), place, ignore_case=ignore_case) for place in places)


def _open_end(pattern: str) -> str:
    return pattern + "**" if pattern.endswith("/") else pattern


def _matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    source = translate(os.fsencode(pattern), path=True)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return source is not None and re.fullmatch(source, os.fsencode(text), flags) is not None
