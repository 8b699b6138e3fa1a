"""A proposed edit taken hunk by hunk: what the file becomes when only some of its hunks are accepted."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from pullwright.tools.diff import CONTEXT, Hunk, hunks


class Piece(msgspec.Struct, frozen=True):
    """One hunk with its lines: `before` are taken out, `after` put in, at line `at` (0 is the first) of the old text."""

    hunk: Hunk
    before: tuple[str, ...]
    after: tuple[str, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def at(self) -> int:
        """The first old line that it concerns."""
        return self.hunk.old[0]


def lines_of(text: str | None) -> list[str]:
    """The lines with their ends, so that a missing last newline and carriage returns are parts of the text like any other."""
    parts = (text or "").split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def pieces(before: str | None, after: str | None) -> list[Piece]:
    """The hunks between two texts (None: no such file), with what surrounds them."""
    old, new = lines_of(before), lines_of(after)
    return [
        Piece(
            hunk,
            tuple(old[slice(*hunk.old)]),
            tuple(new[slice(*hunk.new)]),
            tuple(old[max(0, hunk.old[0] - CONTEXT) : hunk.old[0]]),
            tuple(old[hunk.old[1] : hunk.old[1] + CONTEXT]),
        )
        for hunk in hunks(old, new)
    ]


def compose(before: str | None, after: str | None, accepted: Collection[int]) -> str | None:
    """`before` with the hunks whose numbers (0 is the first) are accepted. All of them give `after`, none gives `before`.

    A file that is created or deleted is one decision: None is given back where there is no file then.
    """
    found = pieces(before, after)
    if len(accepted) >= len(found) and all(number in accepted for number in range(len(found))):
        return after
    if not accepted or before is None or after is None:
        return before
    return replaced(before, [(piece, "".join(piece.after)) for number, piece in enumerate(found) if number in accepted])


def replaced(before: str, changes: Sequence[tuple[Piece, str]]) -> str:
    """`before` with each piece's old lines replaced by a text: the proposed one, or what the person made of it."""
    old, parts, at = lines_of(before), list[str](), 0
    for piece, text in sorted(changes, key=lambda change: change[0].hunk.old):
        parts += [*old[at : piece.hunk.old[0]], text]
        at = piece.hunk.old[1]
    return "".join([*parts, *old[at:]])
