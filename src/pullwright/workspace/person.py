"""What the person's own git settings say, read as data: line endings, excludes, identity.

The global config belongs to the person; the repository's may not, so only values that cannot run anything are taken
from it.
"""

from __future__ import annotations

from pathlib import Path

from pullwright.workspace.includes import git_home, read_global
from pullwright.workspace.repository import Repository

HARMLESS = (
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.symlinks",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.trustctime",
    "core.checkstat",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "index.sparse",
)
"""Keys that say how the work tree's bytes and times are to be read; their values are words, not commands."""

EXCLUDES_BYTES = 1 << 20


def reading_settings(repository: Repository) -> dict[str, str]:
    """How git is to read this work tree."""
    person = read_global(repository)
    found: dict[str, str] = {}
    for key in HARMLESS:
        value = repository.config.get(key, person.get(key))
        if value is not None and value.isalnum():
            found[key] = value
    return found


def excludes(repository: Repository) -> bytes:
    """The ignore patterns that lie outside the tree: the person's own, then the repository's `info/exclude`."""
    named = read_global(repository).get("core.excludesfile")
    own = Path(named).expanduser() if named else git_home() / "ignore"
    return _text(own) + b"\n" + _text(repository.common_dir / "info/exclude")


def attributes(repository: Repository) -> bytes:
    """The repository's own `info/attributes`."""
    return _text(repository.common_dir / "info/attributes")


def identity(repository: Repository) -> tuple[str, str]:
    """The name and address that the person commits with here; empty where git knows none."""
    config = {**read_global(repository), **repository.config}
    return config.get("user.name", ""), config.get("user.email", "")


def _text(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(EXCLUDES_BYTES)
    except OSError:
        return b""
