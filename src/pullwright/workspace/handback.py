"""Bringing a change into the person's own files, and taking it out again.

    apply   start tree → tree, onto files that are still as they were at the start; all or nothing
    undo    the same backwards, onto files that are still as `apply` left them

Before the first file is touched, what is to be done is written to `applied.json` beside the session, so that an
apply that was killed half-way is finished by the next one, or taken back by `undo`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.layers import open_folder
from pullwright.workspace.objects import SUBMODULE, Entry, Objects
from pullwright.workspace.placing import SOMETHING_ELSE, Found, Put, look, put_all
from pullwright.workspace.removal import remove_tree
from pullwright.workspace.trees import Difference, differences


class Applied(msgspec.Struct):
    """What was brought into the person's files: from tree `old` to tree `new`; undone or not."""

    root: str
    old: str
    new: str
    undone: bool = False


def apply(root: Path, objects: Objects, old: str, new: str, folder: Path) -> tuple[str, ...]:
    """Bring the difference between two trees into the person's files; see `Workspace.apply`. Blocking."""
    work = sorted(differences(objects, old, new))
    (folder / "applied.json").write_bytes(msgspec.json.encode(Applied(str(root), old, new)))
    return _change(root, objects, work, fix="Commit or move your edits, or take the change as a branch instead.")


def undo(folder: Path, objects: Objects) -> tuple[str, ...]:
    """Take the last `apply` of this session back; returns the paths. Raises `FixRepository` when files were edited since."""
    applied = _applied(folder)
    if applied is None:
        raise FixRepository("nothing of this session was applied to your files")
    if applied.undone:
        raise FixRepository("what this session applied was already undone")
    work = sorted(differences(objects, applied.new, applied.old))
    paths = _change(Path(applied.root), objects, work, fix="Commit or move your edits first.")
    applied.undone = True
    (folder / "applied.json").write_bytes(msgspec.json.encode(applied))
    return paths


def is_applied(folder: Path) -> bool:
    """Whether there is something of this session in the person's files that `undo` would take back."""
    applied = _applied(folder)
    return applied is not None and not applied.undone


def _applied(folder: Path) -> Applied | None:
    try:
        return msgspec.json.decode((folder / "applied.json").read_bytes(), type=Applied)
    except FileNotFoundError:
        return None


def _change(root: Path, objects: Objects, work: Sequence[Difference], *, fix: str) -> tuple[str, ...]:
    fd = open_folder(os.fsencode(root))
    try:
        waiting: list[Put] = []
        edited: list[str] = []
        for step in work:
            here = look(fd, step.path)
            old, new = _content(objects, step.old), _content(objects, step.new)
            ending = _windows(old, here)
            if here == (_to_windows(new) if ending else new):
                continue
            if not ending and here != old:
                edited.append(step.path.decode("utf-8", "backslashreplace"))
                continue
            waiting.append(Put(step.path, here, _to_windows(new) if ending else new))
        if edited:
            raise FixRepository(f"these files were edited since the start: {', '.join(edited)}", fix=fix)
        put_all(fd, waiting)
    finally:
        os.close(fd)
    return tuple(step.path.decode("utf-8", "backslashreplace") for step in work)


def _content(objects: Objects, entry: Entry | None) -> Found:
    if entry is None:
        return None
    return SOMETHING_ELSE if entry.mode == SUBMODULE else (entry.mode, objects.read_blob(entry.oid))


def _windows(old: Found, here: Found) -> bool:
    """Whether the person's file is the old one with its line endings as a Windows checkout has them."""
    return old is not None and here is not None and here != old and b"\r" not in old[1] and here == _to_windows(old)


def _to_windows(found: Found) -> Found:
    return None if found is None else (found[0], found[1].replace(b"\n", b"\r\n"))


def forget(folder: Path) -> None:
    """Drop the session's workspace from the disk: upper, layers, objects."""
    for part in ("attempt", "objects", "git"):
        with contextlib.suppress(OSError):
            remove_tree(folder / part)
