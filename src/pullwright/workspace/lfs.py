"""Files kept by Git LFS: read from the person's own LFS store, never through a filter.

A checkout gets their content where the store has it; where it is missing the pointer stays, and is told. What an
attempt changes in them is not part of its change (told as well): writing LFS objects is not done yet. Only
patterns of the root's `.gitattributes` count.
"""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path

from pullwright.workspace.git import Git
from pullwright.workspace.ignore import Pattern, parse

POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n")
POINTER_BYTES = 1024


class LfsPaths:
    """Which paths LFS keeps, by the text of the root's `.gitattributes`."""

    def __init__(self, attributes: bytes) -> None:
        self._patterns: list[tuple[Pattern, bool]] = []
        if b"filter=lfs" not in attributes:
            return
        for line in attributes.splitlines():
            pattern, *words = line.split()[:20] or [b"#"]
            filters = [word for word in words if word.lstrip(b"-!").partition(b"=")[0] == b"filter"]
            if filters:
                self._patterns += [(found, filters[-1] == b"filter=lfs") for found in parse(pattern)]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def has(self, path: bytes) -> bool:
        """Whether LFS keeps this path."""
        name = path.rpartition(b"/")[2]
        for pattern, kept in reversed(self._patterns):
            if pattern.match.fullmatch(name if pattern.only_name else path):
                return kept
        return False


def fill(git: Git, tree: Path, store: Path) -> list[str]:
    """Replace a fresh checkout's pointers by what `store` (`.git/lfs/objects`) has; returns the paths that it has not."""
    attributes = tree / ".gitattributes"
    if attributes.is_symlink() or not attributes.is_file():
        return []
    paths = LfsPaths(attributes.read_bytes())
    if not paths:
        return []
    missing: list[str] = []
    filled: list[bytes] = []
    for path in git.call("ls-files", "-z").split(b"\0"):
        if not path or not paths.has(path):
            continue
        file = tree / path.decode("utf-8", "surrogateescape")
        pointer = _pointer(file)
        if pointer is None:
            continue
        content = store / pointer[0][:2] / pointer[0][2:4] / pointer[0]
        if _is_file(content, pointer[1]):
            mode = file.stat().st_mode
            file.unlink()
            shutil.copyfile(content, file, follow_symlinks=False)
            file.chmod(stat.S_IMODE(mode))
            filled.append(path)
        else:
            missing.append(path.decode("utf-8", "backslashreplace"))
    if filled:
        git.call("update-index", "-z", "--assume-unchanged", "--stdin", stdin=b"".join(path + b"\0" for path in filled))
    return missing


def _pointer(file: Path) -> tuple[str, int] | None:
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > POINTER_BYTES:
        return None
    found = POINTER.fullmatch(file.read_bytes())
    return (found[1].decode(), int(found[2])) if found else None


def _is_file(path: Path, size: int) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == size
