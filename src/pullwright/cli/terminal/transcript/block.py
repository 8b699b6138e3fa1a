"""One piece of the transcript: what a face prints once it is complete, and what the viewer shows unfolded.

Block
├── Piece       how all blocks here are made: roles laid out in lines, a blank line before or not
├── Text        some words of one role, behind a mark
└── Raw         lines that are finished already
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.safe import safe
from pullwright.cli.terminal.transcript.spans import Line, Span, finished, line_of, plain, sliced, width_of, wrapped

Kind = Literal["prompt", "answer", "reasoning", "plan", "command", "edit", "tool", "policy", "note", "check", "result", "turn"]

GUTTER = 2
"""Columns for the mark before a block; what the block says stands behind it."""


class Block(Protocol):
    """A complete piece of the transcript. `seq` is the event that it tells of (0: of none), `kind` what sort of thing that is."""

    kind: Kind
    seq: int
    gap: bool
    """Whether a blank line stands before it."""

    def lines(self, width: int) -> list[str]:
        """Finished lines for the scrollback, the blank one before included: each at most `width` columns, with no control
        sequence but SGR, reset at its end. Long things are folded."""
        ...

    def full(self, width: int) -> list[str]:
        """The same with nothing folded, as far as it was kept."""
        ...

    @property
    def text(self) -> str:
        """What a search looks through: the words without their looks."""
        ...


class Piece:
    """A block that lays out lines of spans. `layout` is all that a kind of block has to say."""

    kind: Kind = "note"
    unfolds = False
    """Whether `full` shows more than `lines`."""

    def __init__(self, theme: Theme, *, seq: int = 0, gap: bool = False) -> None:
        self.theme = theme
        self.seq = seq
        self.gap = gap

    def layout(self, width: int, full: bool) -> list[Line]:
        """The block's lines, none wider than `width`; `full` folds nothing."""
        raise NotImplementedError

    def lines(self, width: int) -> list[str]:
        """See `Block`."""
        return self._painted(width, False)

    def full(self, width: int) -> list[str]:
        """See `Block`."""
        return self._painted(width, True)

    @property
    def text(self) -> str:
        """See `Block`."""
        return "\n".join(plain(line) for line in self.layout(1000, True))

    def holds(self, words: str, exact: bool) -> bool:
        """Whether a search for `words` finds this block; not `exact`: the words are in small letters, and match capital ones."""
        return words in (self.text if exact else self.text.lower())

    def _painted(self, width: int, full: bool) -> list[str]:
        lines = [finished(line, width, self.theme) for line in self.layout(max(width, 12), full)]
        return ["", *lines] if self.gap else lines

    def marked(self, lines: Sequence[Line], mark: str, role: str) -> list[Line]:
        """The lines behind a mark in the gutter."""
        first = Span(f"{self.theme.mark(mark):<{GUTTER - 1}} ", role)
        rest = Span(" " * len(first.text))
        return [[rest if number else first, *line] for number, line in enumerate(lines)]

    def room(self, width: int, mark: str = "") -> int:
        """The columns that are left behind a mark."""
        return max(4, width - max(GUTTER, len(self.theme.mark(mark)) + 1 if mark else 0))

    def more(self, text: str) -> Line:
        """A line that says what is folded away."""
        return line_of(f"{self.theme.mark('more')} {text}", "dim")


_TWO_COLUMNS = re.compile(r"(.{0,30}\S)\s{2,}(?=\S)")
LEAST, INDENT = 20, 4
"""Columns that the second column of a table needs beside the first; else it stands below, so far to the right."""


class Text(Piece):
    """Words of one role behind a mark, wrapped; at most `most` lines of them unless unfolded."""

    def __init__(
        self, theme: Theme, text: str, role: str = "dim", mark: str = "", *, kind: Kind = "note", most: int = 12, seq: int = 0
    ) -> None:
        super().__init__(theme, seq=seq)
        self.kind: Kind = kind
        self._text = safe(text)
        self._role = role
        self._mark = mark
        self._most = most

    def layout(self, width: int, full: bool) -> list[Line]:
        """The words, then how many lines of them are folded away."""
        room = self.room(width, self._mark)
        lay = wrapped if self._mark else in_columns
        said = [part for row in self._text.split("\n") for part in lay(line_of(row, self._role), room)]
        if not full and len(said) > self._most:
            said = [*said[: self._most - 1], self.more(f"{len(said) - self._most + 1:,} more lines")]
        return self.marked(said, self._mark, self._role) if self._mark else [[Span(" " * GUTTER), *line] for line in said]


def in_columns(line: Line, room: int) -> list[Line]:
    """A row of a table such as `name  what it is`, wrapped below its second column, or its first where that is too narrow."""
    text = plain(line)
    parts = _TWO_COLUMNS.match(text) if width_of(line) > room else None
    if parts is None:
        return wrapped(line, room)
    left, right = sliced(line, 0, parts.end()), sliced(line, parts.end(), len(text))
    if room - width_of(left) < LEAST:
        left = sliced(line, 0, parts.end(1))
        return [left, *([Span(" " * INDENT), *part] for part in wrapped(right, room - INDENT))]
    first, *rest = wrapped(right, room - width_of(left))
    return [[*left, *first], *([Span(" " * width_of(left)), *part] for part in rest)]


class Raw(Piece):
    """Lines of spans that somebody else laid out; too wide ones are wrapped."""

    def __init__(self, theme: Theme, rows: Sequence[Line], *, kind: Kind = "note", seq: int = 0, gap: bool = False) -> None:
        super().__init__(theme, seq=seq, gap=gap)
        self.kind: Kind = kind
        self._rows = rows

    def layout(self, width: int, full: bool) -> list[Line]:
        """The lines."""
        return [part for row in self._rows for part in wrapped(row, width)]
