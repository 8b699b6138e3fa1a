"""What differs between two trees, found by reading only the folders that differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.objects import EMPTY_TREE, FOLDER, Entries, Entry, Objects

_HFS_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


class Difference(NamedTuple):
    """A path whose file, link or submodule differs; None where there is nothing."""

    path: bytes
    old: Entry | None
    new: Entry | None


def differences(objects: Objects, old: str, new: str, below: bytes = b"") -> Iterator[Difference]:
    """Each path that differs between two trees, in no particular order; folders themselves are not told."""
    if old == new:
        return
    yield from _between(objects, _entries(objects, old), _entries(objects, new), below)


def _entries(objects: Objects, tree: str) -> Entries:
    return objects.read_tree(tree) if tree else {}


def _between(objects: Objects, before: Entries, after: Entries, below: bytes) -> Iterator[Difference]:
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        path = below + name
        old_tree = old.oid if old is not None and old.mode == FOLDER else ""
        new_tree = new.oid if new is not None and new.mode == FOLDER else ""
        if old_tree or new_tree:
            yield from differences(objects, old_tree, new_tree, path + b"/")
        old_file = None if old_tree else old
        new_file = None if new_tree else new
        if old_file is not None or new_file is not None:
            yield Difference(path, old_file, new_file)


def edited(objects: Objects, tree: str, changes: Mapping[bytes, Entry | None]) -> str:
    """The tree with other entries at some paths (None: nothing). A new entry takes the place of what is in its way.

    Folders that become empty go. The trees are written to `objects`, not yet durably.
    """
    return _edited(objects, _entries(objects, tree), {tuple(path.split(b"/")): entry for path, entry in changes.items()})


def _edited(objects: Objects, before: Entries, changes: Mapping[tuple[bytes, ...], Entry | None]) -> str:
    after = dict(before)
    below: dict[bytes, dict[tuple[bytes, ...], Entry | None]] = {}
    for (name, *rest), entry in changes.items():
        if rest:
            below.setdefault(name, {})[tuple(rest)] = entry
        elif entry is not None:
            after[name] = entry
        elif name in after and after[name].mode != FOLDER:
            del after[name]
    for name, inside in below.items():
        there = after.get(name)
        is_folder = there is not None and there.mode == FOLDER
        if not is_folder and not any(entry is not None for entry in inside.values()):
            continue
        tree = _edited(objects, objects.read_tree(there.oid) if there is not None and is_folder else {}, inside)
        if tree == EMPTY_TREE:
            del after[name]
        else:
            after[name] = Entry(FOLDER, tree)
    return objects.write_tree(after)


def folders(objects: Objects, tree: str, below: bytes = b"") -> Iterator[bytes]:
    """The paths of all folders in a tree."""
    for name, entry in objects.read_tree(tree).items():
        if entry.mode == FOLDER:
            yield below + name
            yield from folders(objects, entry.oid, below + name + b"/")


def parents(path: bytes) -> Iterator[bytes]:
    """The paths of the folders that a path lies in, nearest first."""
    while path := path.rpartition(b"/")[0]:
        yield path


def lookup(objects: Objects, tree: str, path: bytes) -> Entry | None:
    """What a tree has at a path."""
    entry: Entry | None = Entry(FOLDER, tree)
    for name in path.split(b"/"):
        if entry is None or entry.mode != FOLDER:
            return None
        entry = objects.read_tree(entry.oid).get(name)
    return entry


def is_git_name(name: bytes) -> bool:
    """Whether some file system would take the name for `.git`: never part of a tree."""
    lowered = name.lower().rstrip(b" .")
    if lowered in (b".git", b"git~1") or lowered.startswith((b".git:", b".git\\", b"git~1:", b".git .", b".git..")):
        return True
    if not name.isascii():
        return _HFS_IGNORED.sub("", name.decode("utf-8", "replace")).lower() == ".git"
    return False


def check_name(name: bytes) -> None:
    """Raise `FixRepository` for a name that must not be made on a disk."""
    if name in (b"", b".", b"..") or b"/" in name or is_git_name(name):
        raise FixRepository(f"a tree holds the name {name!r}, which is refused")
