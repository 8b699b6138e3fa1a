"""A setup layer over another commit than the one that it was made on.

It has paths that its own commit did not track. Where the other commit does, the commit wins: `fit` writes what would be hidden
into a small layer that lies between the two.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from pullwright.workspace.layers import lay, open_folder, write_entry
from pullwright.workspace.objects import FOLDER, SUBMODULE, Entry, Objects
from pullwright.workspace.setups.kept import Layer
from pullwright.workspace.trees import check_name, lookup


def fit(layer: Layer, objects: Objects, tree: str, mask: Path) -> bool:
    """Lay what `tree` has, and the layer would hide, into the new folder `mask`. False, and no folder, when that is nothing.

    Costs a look at the topmost paths of the layer, once for each tree.
    """
    if layer.fits(tree):
        return False
    hidden: dict[bytes, Entry] = {}
    top = open_folder(os.fsencode(layer.tree))
    try:
        for path in layer.meta.frontier:
            for above in _above(path):
                found = lookup(objects, tree, above)
                if found is not None and found.mode != FOLDER:
                    hidden[above] = found
            entry = lookup(objects, tree, path)
            if entry is not None:
                hidden.update(_hidden(objects, top, path, entry))
    finally:
        os.close(top)
    if not hidden:
        layer.note_fit(tree)
        return False
    mask.mkdir(parents=True, mode=0o755)
    mask.chmod(0o755)
    for path, entry in sorted(hidden.items()):
        _write(objects, mask, path, entry)
    return True


def _above(path: bytes) -> list[bytes]:
    """The folders that a path lies in, topmost first."""
    parts = path.split(b"/")
    return [b"/".join(parts[:count]) for count in range(1, len(parts))]


def _hidden(objects: Objects, top: int, path: bytes, entry: Entry) -> dict[bytes, Entry]:
    """What is tracked at or below a path that the layer has too, as far as the layer hides it."""
    if entry.mode == SUBMODULE:
        return {}
    there = _kind(top, path)
    if entry.mode != FOLDER or there != "folder":
        return {path: entry} if there else {}
    found: dict[bytes, Entry] = {}
    for name, inner in objects.read_tree(entry.oid).items():
        found.update(_hidden(objects, top, path + b"/" + name, inner))
    return found


def _kind(top: int, path: bytes) -> str:
    """What the layer has at a path: `folder`, `other`, or nothing. No link is followed on the way."""
    *folders, name = path.split(b"/")
    fd = os.dup(top)
    try:
        for folder in folders:
            try:
                inner = open_folder(folder, fd)
            except OSError:
                return ""
            os.close(fd)
            fd = inner
        try:
            status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        except OSError:
            return ""
    finally:
        os.close(fd)
    return "folder" if stat.S_ISDIR(status.st_mode) else "other"


def _write(objects: Objects, mask: Path, path: bytes, entry: Entry) -> None:
    *folders, name = path.split(b"/")
    fd = open_folder(os.fsencode(mask))
    try:
        for folder in (*folders, *((name,) if entry.mode == FOLDER else ())):
            check_name(folder)
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o755, dir_fd=fd)
            try:
                inner = open_folder(folder, fd)
            except NotADirectoryError:
                return  # what lies above it is a file of the commit's, and was written
            os.close(fd)
            fd = inner
        if entry.mode == FOLDER:
            lay(objects, "", entry.oid, fd)
            return
        check_name(name)
        write_entry(objects, name, entry.mode, entry.oid, fd)
    except FileExistsError:
        return
    finally:
        os.close(fd)
