"""Removing what a sandbox left: trees of any depth, with hostile modes and names, no link followed."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from pullwright.workspace.layers import open_folder


def remove_tree(folder: Path) -> None:
    """Remove a folder and all below it, if it is there. Nothing else may be at work in it."""
    try:
        parent = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        remove_below(os.fsencode(folder.name), parent)
    finally:
        os.close(parent)


def remove_below(name: bytes, parent: int) -> None:
    """The same for a folder in an open one.

    What lies deeper is moved up first, so that neither stack nor descriptors nor the length of a path can run out.
    """
    try:
        top = _open(name, parent)
    except FileNotFoundError:
        return
    moved, count = secrets.token_hex(8).encode(), 0
    try:
        while folders := _without_files(top):
            for folder in folders:
                child = _open(folder, top)
                try:
                    for inner in _without_files(child):
                        _unlock(inner, child)  # moving a folder changes its `..`
                        os.rename(inner, b"%s-%d" % (moved, count), src_dir_fd=child, dst_dir_fd=top)
                        count += 1
                finally:
                    os.close(child)
                os.rmdir(folder, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=parent)


def _without_files(folder: int) -> list[bytes]:
    """Remove all but the folders of a folder; their names."""
    with os.scandir(folder) as found:
        entries = [(os.fsencode(entry.name), entry.is_dir(follow_symlinks=False)) for entry in found]
    for name, is_folder in entries:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in entries if is_folder]


def _open(name: bytes, parent: int) -> int:
    _unlock(name, parent)
    return open_folder(name, parent)


def _unlock(name: bytes, parent: int) -> None:
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode) and mode & 0o700 != 0o700:
        os.chmod(name, 0o700, dir_fd=parent)
