"""Commits and trees read as objects: what their authors said, and what lies at a path."""

from __future__ import annotations

from pullwright.protocol.errors import FixRepository
from pullwright.workspace.objects import Objects
from pullwright.workspace.trees import lookup


def messages(objects: Objects, old: str, new: str, most: int) -> tuple[str, ...]:
    """The messages of the commits after `old` up to `new`, newest first, at most `most`, along first parents.

    Ends where history does, or where a clone has no more of it.
    """
    found: list[str] = []
    commit = new
    while commit and commit != old and len(found) < most:
        try:
            kind, data = objects.read(commit)
        except FixRepository:
            break
        if kind != b"commit":
            break
        head, _, message = data.partition(b"\n\n")
        found.append(message.decode("utf-8", "replace").strip())
        parents = (line[7:] for line in head.splitlines() if line.startswith(b"parent "))
        commit = next(parents, b"").decode("ascii", "replace")
    return tuple(found)


def has(objects: Objects, tree: str, path: bytes) -> bool:
    """Whether a tree has a file or folder at a path."""
    return lookup(objects, tree, path) is not None
