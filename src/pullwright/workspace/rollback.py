"""Emptying an upper of everything but ignored files, so that a tree laid below it is what is seen."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pullwright.workspace.ignore import Rules
from pullwright.workspace.layers import clear_opaque, is_whiteout, open_folder
from pullwright.workspace.objects import FOLDER, Entries, Objects
from pullwright.workspace.removal import remove_below
from pullwright.workspace.upper import DEEPEST


def prune(upper: Path, objects: Objects, tree: str, excludes: bytes) -> None:
    """Remove from the upper all that `tree` holds or git does not ignore. Follows no link. Nothing may be mounted."""
    fd = open_folder(os.fsencode(upper))
    try:
        _prune(fd, b"", objects, objects.read_tree(tree), Rules.root(excludes), excluded=False)
        clear_opaque(fd)
    finally:
        os.close(fd)


def _prune(fd: int, own_name: bytes, objects: Objects, wanted: Entries, rules: Rules, *, excluded: bool, depth: int = 0) -> None:
    rules = rules.below(own_name, lambda: _ignore_file(objects, wanted))
    with os.scandir(fd) as found:
        listing = [(os.fsencode(entry.name), entry.stat(follow_symlinks=False)) for entry in found]
    for name, status in listing:
        entry = wanted.get(name)
        is_folder = stat.S_ISDIR(status.st_mode)
        if is_folder:
            hidden = excluded or rules.ignores(name, folder=True)
            is_no_folder = (not own_name and name == b".git") or (entry is not None and entry.mode != FOLDER)
            if is_no_folder or depth >= DEEPEST:
                remove_below(name, fd)
            elif entry is not None or not hidden:
                inside = objects.read_tree(entry.oid) if entry is not None else {}
                _prune_folder(fd, name, objects, inside, rules, excluded=hidden, depth=depth + 1)
        elif is_whiteout(status) or entry is not None or not (excluded or rules.ignores(name, folder=False)):
            os.unlink(name, dir_fd=fd)


def _prune_folder(
    fd: int, name: bytes, objects: Objects, inside: Entries, rules: Rules, *, excluded: bool, depth: int = 0
) -> None:
    child = _open_closed(name, fd)
    try:
        _prune(child, name, objects, inside, rules, excluded=excluded, depth=depth)
        clear_opaque(child)
    finally:
        os.close(child)
    try:
        os.rmdir(name, dir_fd=fd)
    except OSError:
        return  # ignored files stay in it


def _open_closed(name: bytes, fd: int) -> int:
    try:
        return open_folder(name, fd)
    except PermissionError:
        # Not through a link: a folder that its owner closed; whoever may not change it gets the error.
        path = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
        try:
            Path(f"/proc/self/fd/{path}").chmod(0o700)
        finally:
            os.close(path)
        return open_folder(name, fd)


def _ignore_file(objects: Objects, wanted: Entries) -> bytes:
    entry = wanted.get(b".gitignore")
    return objects.read_blob(entry.oid) if entry is not None and entry.mode.startswith(b"100") else b""
