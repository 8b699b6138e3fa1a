"""Who made each checkpoint of the person's own files, so that one's work can be told from the other's.

One line of `authors.jsonl` in the session's folder for each checkpoint, oldest first. It is written after the checkpoint is
durable; what no line names, the person made.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import msgspec

Author = Literal["agent", "person", "rewind"]
NAME = "authors.jsonl"


class Change(msgspec.Struct, frozen=True):
    """The tree of a checkpoint, and who made it from the one before, by when (seconds since 1970).

    `rewind`: Pullwright took the agent's work back.
    """

    tree: str
    by: Author
    time: float


class Authors:
    """The checkpoints of one session in their order; never empty once the session has begun."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self.changes: list[Change] = []
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for line in lines[:-1]:  # what follows the last line's end was cut short
            self.changes.append(msgspec.json.decode(line, type=Change))
        if lines[-1]:
            self._path.write_bytes(b"".join(line + b"\n" for line in lines[:-1]))

    def add(self, tree: str, by: Author) -> None:
        """Note a checkpoint."""
        change = Change(tree, by, time.time())
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(change) + b"\n")
        self.changes.append(change)

    def find(self, tree: str, when: float | None = None) -> int:
        """The place of the last checkpoint with this tree, of those that were made by then; else of the first one after.

        Raises `ValueError` when there is none.
        """
        places = [number for number, change in enumerate(self.changes) if change.tree == tree]
        if not places:
            raise ValueError(tree)
        return max((number for number in places if when is None or self.changes[number].time <= when), default=places[0])
