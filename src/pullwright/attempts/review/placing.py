"""Where in the diff a claim stands.

place(diff, path, side, start, end) -> Spot     a changed file, its lines, whether the diff touches them
                                    -> None     no file of the diff has that name
"""

from __future__ import annotations

import posixpath

import msgspec

from pullwright.attempts.review.patch import Diff, FileDiff, Hunk, Line, Side

AROUND = 2
MOST_LINES = 14


class Spot(msgspec.Struct, frozen=True):
    """Lines of a file of the diff. `hunk` is None where they lie outside of all of its changed regions."""

    file: FileDiff
    side: Side
    start: int
    end: int
    hunk: Hunk | None

    @property
    def path(self) -> str:
        """The file's name on this side."""
        return self.file.path if self.side == "new" else self.file.was

    @property
    def inside(self) -> bool:
        """Whether the diff touches these lines, or shows them as the context of what it does; always so without lines."""
        return self.hunk is not None or not self.file.hunks

    @property
    def texts(self) -> tuple[str, ...]:
        """What the lines say."""
        return tuple(line.text for line in self._own())

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines with a few around them, as the diff has them."""
        if self.hunk is None:
            return ()
        own = self._own()
        positions = [number for number, line in enumerate(self.hunk.lines) if line in own]
        first, last = (min(positions), max(positions)) if positions else (0, 0)
        shown = self.hunk.lines[max(0, first - AROUND) : last + 1 + AROUND]
        if len(shown) > MOST_LINES:  # what it is about comes first
            other = "-" if self.side == "new" else "+"
            shown = tuple(line for line in shown if line.mark != other)
        return _trimmed(shown[:MOST_LINES])

    @property
    def line(self) -> int:
        """The new side's line; for one that is gone, where it was."""
        if self.side == "new":
            return self.start
        if self.hunk is None:
            return 1
        at = self.hunk.new[0]
        for line in self.hunk.lines:
            if line.mark == "-" and line.number >= self.start:
                break
            at += line.mark != "-"
        return max(at, 1)

    def _own(self) -> list[Line]:
        if self.hunk is None:
            return []
        wanted = range(self.start, self.end + 1)
        marks = "+ " if self.side == "new" else "-"
        return [line for line in self.hunk.lines if line.mark in marks and line.number in wanted]


def _trimmed(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Without empty context at both ends."""
    told = [number for number, line in enumerate(lines) if line.mark != " " or line.text.strip()]
    return lines[told[0] : told[-1] + 1] if told else lines[:1]


def place(diff: Diff, path: str, side: Side, start: int, end: int, root: str = "") -> Spot | None:
    """The spot of a claim. The range is put in order and cut to the changed region that it meets first."""
    file = _file(diff, path, root)
    if file is None:
        return None
    if file.status == "deleted":
        side = "old"
    elif file.status == "added":
        side = "new"
    start, end = max(1, min(start, end)), max(1, start, end)
    for hunk in file.hunks:
        first, last = hunk.span(side)
        if start <= last and end >= first:
            return Spot(file, side, max(start, first), min(end, last), hunk)
    return Spot(file, side, start, end, None)


def plain(path: str, root: str = "") -> str:
    """A path as models write it (`./a`, `a/src/x.py`, absolute, with a line) in the form of the diff's."""
    path = path.strip().strip("`\"'")
    if root and path.startswith(f"{root.rstrip('/')}/"):
        path = path[len(root.rstrip("/")) + 1 :]
    return posixpath.normpath(path) if path else ""


def _file(diff: Diff, path: str, root: str) -> FileDiff | None:
    exact = diff.by_path.get(path) or diff.by_old.get(path)
    if exact:
        return exact
    name = plain(path, root)
    shorter = name[2:] if name.startswith(("a/", "b/")) else name
    for each in (name, shorter):
        if found := diff.by_path.get(each) or diff.by_old.get(each):
            return found
    return None
