"""One author's changes carried onto another tree: the person's without the agent's, or the agent's without the person's.

    carried(…)     a path's entry on that tree, then each change of these authors in its order, by three-way merge

A change that cannot be told from what the other one did clashes; nothing is guessed.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


def carried(
    objects: Objects,
    git: Git,
    onto: str,
    changes: Sequence[Change],
    after: int,
    authors: Collection[Author],
    *,
    contained: Mapping[bytes, int] | None = None,
) -> Carried:
    """Carry what `authors` changed after the checkpoint number `after` onto the tree `onto`. Writes merged files to `objects`.

    With `contained`, `onto` may hold some of it already: what was made of a path up to its number there, and up to the last
    checkpoint at which the path was as it is in `onto`.
    """
    entries: dict[bytes, Entry | None] = {}
    merged: set[bytes] = set()
    clashes: set[bytes] = set()
    for path, edits in _edits(objects, changes, after, authors).items():
        found: Entry | Clash | None = file_at(objects, onto, path)
        left = edits if contained is None else _left(edits, contained.get(path, after), found)
        for edit in _in_a_row(left):
            ours = found
            found = _three_way(objects, git, edit.old, ours, edit.new)
            if found == "clash":
                break
            if found not in (ours, edit.new):
                merged.add(path)
        if found == "clash":
            clashes.add(path)
        elif any(edit.asked for edit in left):
            entries[path] = found
    return Carried(entries, frozenset(merged - clashes), frozenset(clashes))


class _Edit(NamedTuple):
    """A path's way from the checkpoint before `number` to that one, by the authors that are asked for or by others."""

    number: int
    asked: bool
    old: Entry | None
    new: Entry | None


def _edits(objects: Objects, changes: Sequence[Change], after: int, authors: Collection[Author]) -> dict[bytes, list[_Edit]]:
    """What was done to each path that the authors changed."""
    found: dict[bytes, list[_Edit]] = {}
    for number in range(after + 1, len(changes)):
        asked = changes[number].by in authors
        for path, old, new in differences(objects, changes[number - 1].tree, changes[number].tree):
            found.setdefault(path, []).append(_Edit(number, asked, old, new))
    return {path: edits for path, edits in found.items() if any(edit.asked for edit in edits)}


def _left(edits: Sequence[_Edit], number: int, there: Entry | None) -> Sequence[_Edit]:
    """What was done after checkpoint `number`, and after the path was last as it is `there`."""
    same = [place + 1 for place, edit in enumerate(edits) if edit.number <= number or edit.new == there]
    return edits[max(same, default=0) :]


def _in_a_row(edits: Iterable[_Edit]) -> Iterator[_Edit]:
    """The edits that are asked for; those with none of the others' between them are one."""
    for asked, group in itertools.groupby(edits, key=lambda edit: edit.asked):
        first, *more = group
        last = more[-1] if more else first
        if asked and first.old != last.new:
            yield first._replace(new=last.new)


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
