"""One author's changes carried onto another tree: the person's without the agent's, or the agent's without the person's.

    carried(…)     a path's entry on that tree, then each change of these authors in its order, by three-way merge

A change that cannot be told from what the other one did clashes; nothing is guessed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from pullwright.workspace.authors import Author, Change
from pullwright.workspace.git import Git, GitFailed
from pullwright.workspace.objects import FILE, FOLDER, PROGRAM, Entry, Objects
from pullwright.workspace.trees import differences, lookup

LARGEST = 4 << 20
"""Bytes of a file that is merged line by line."""

Clash = Literal["clash"]


class Carried(msgspec.Struct, frozen=True):
    """What the paths become that the changes touch (None: nothing), those merged line by line, and those that clash."""

    entries: dict[bytes, Entry | None]
    merged: frozenset[bytes]
    clashes: frozenset[bytes]


def carried(objects: Objects, git: Git, onto: str, changes: Sequence[Change], after: int, authors: Collection[Author]) -> Carried:
    """Carry what `authors` changed after the checkpoint number `after` onto the tree `onto`. Writes merged files to `objects`."""
    entries: dict[bytes, Entry | None] = {}
    merged: set[bytes] = set()
    clashes: set[bytes] = set()
    for path, edits in _edits(objects, changes, after, authors).items():
        found: Entry | Clash | None = file_at(objects, onto, path)
        for edit in edits:
            ours = found
            found = _three_way(objects, git, edit.old, ours, edit.new)
            if found == "clash":
                break
            if found not in (ours, edit.new):
                merged.add(path)
        if found == "clash":
            clashes.add(path)
        else:
            entries[path] = found
    return Carried(entries, frozenset(merged - clashes), frozenset(clashes))


class _Edit(NamedTuple):
    """A path's way from one checkpoint to a later one, all of it by the authors that are asked for, or all by others."""

    asked: bool
    old: Entry | None
    new: Entry | None


def _edits(objects: Objects, changes: Sequence[Change], after: int, authors: Collection[Author]) -> dict[bytes, list[_Edit]]:
    """What the authors did to each path that they changed; what was done in a row is one edit."""
    found: dict[bytes, list[_Edit]] = {}
    for number in range(after + 1, len(changes)):
        asked = changes[number].by in authors
        for path, old, new in differences(objects, changes[number - 1].tree, changes[number].tree):
            edits = found.setdefault(path, [])
            if edits and edits[-1].asked == asked:
                edits[-1] = edits[-1]._replace(new=new)
            else:
                edits.append(_Edit(asked, old, new))
    theirs = {path: [edit for edit in edits if edit.asked and edit.old != edit.new] for path, edits in found.items()}
    return {path: edits for path, edits in theirs.items() if edits}


def file_at(objects: Objects, tree: str, path: bytes) -> Entry | None:
    """What a tree has at a path, when that is no folder."""
    entry = lookup(objects, tree, path)
    return None if entry is None or entry.mode == FOLDER else entry


def _three_way(objects: Objects, git: Git, base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | Clash | None:
    """`ours` with what makes `theirs` out of `base`."""
    if ours in (base, theirs):
        return theirs
    if theirs is None:
        return None  # they removed the file, whatever else was done to it before
    if base is None or ours is None or any(entry.mode not in (FILE, PROGRAM) for entry in (base, ours, theirs)):
        return "clash"
    mode = ours.mode if theirs.mode == base.mode else theirs.mode
    if base.oid in (ours.oid, theirs.oid) or ours.oid == theirs.oid:
        return Entry(mode, theirs.oid if ours.oid == base.oid else ours.oid)
    text = _merge(git, *(objects.read_blob(entry.oid) for entry in (base, ours, theirs)))
    return "clash" if text is None else Entry(mode, objects.write(b"blob", text))


def _merge(git: Git, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Both changes to a text; None where they touch the same lines, or it is no text."""
    if max(map(len, (base, ours, theirs))) > LARGEST or b"\0" in base + ours + theirs:
        return None
    with tempfile.TemporaryDirectory(prefix="merge-", dir=git.git_dir) as folder:
        names: list[str] = []
        for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
            path = Path(folder, name)
            path.write_bytes(data)
            names.append(str(path))
        try:
            return git.call("merge-file", "-p", "-q", *names)
        except GitFailed:
            return None
