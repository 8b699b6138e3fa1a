"""A long transcript seen through a window: blocks are laid out only where somebody looks.

A position is a block's number and a line within it, so that nothing has to be laid out to know where one is. At most
`MOST_LINES` lines are remembered, those that were looked at last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from pullwright.cli.terminal.transcript.block import Block
from pullwright.cli.terminal.transcript.command import Command
from pullwright.cli.terminal.transcript.spans import unpainted

MOST_LINES = 60_000
MOST_REMEMBERED = 4_000
"""Characters of a block's text that are remembered for the next search."""


class Place(NamedTuple):
    """A line of a block."""

    block: int = 0
    line: int = 0


class Pages:
    """What is in the window, `width` by `height`. `blocks` may grow at its end; who looks at the end stays there."""

    def __init__(self, blocks: Sequence[Block], width: int, height: int) -> None:
        self.blocks = blocks
        self.width = width
        self.height = height
        self.folded = False
        self._toggled: set[int] = set()
        self._lines: OrderedDict[tuple[int, int, bool], list[str]] = OrderedDict()
        self._remembered = 0
        self._texts: dict[int, str] = {}
        self._known = len(blocks)
        self.top = Place()
        self.to_end()

    # --- lines ---------------------------------------------------------------------------------

    def lines(self, number: int) -> list[str]:
        """A block's lines as it is now, folded or not."""
        folded = self.is_folded(number)
        key = (number, self.width, folded)
        found = self._lines.get(key)
        if found is not None:
            self._lines.move_to_end(key)
            return found
        block = self.blocks[number]
        found = block.lines(self.width) if folded else block.full(self.width)
        self._lines[key] = found
        self._remembered += len(found)
        while self._remembered > MOST_LINES and len(self._lines) > 1:
            self._remembered -= len(self._lines.popitem(last=False)[1])
        return found

    def visible(self) -> list[tuple[Place, str]]:
        """The lines in the window with their places."""
        self._follow()
        found: list[tuple[Place, str]] = []
        block, line = self.top
        while block < len(self.blocks) and len(found) < self.height:
            lines = self.lines(block)
            found += [(Place(block, at), lines[at]) for at in range(line, min(len(lines), line + self.height - len(found)))]
            block, line = block + 1, 0
        return found

    def is_folded(self, number: int) -> bool:
        """Whether the block shows only its ends."""
        return self.folded != (number in self._toggled)

    # --- moving --------------------------------------------------------------------------------

    def resize(self, width: int, height: int) -> None:
        """Another window; what is at the top stays there, as near as it can, and the end where the end was."""
        if (width, height) == (self.width, self.height):
            return
        ended = self.at_end
        if width != self.width and self.blocks:
            before = max(1, len(self.lines(self.top.block)))
            self.width = width
            self._lines.clear()
            self._remembered = 0
            now = len(self.lines(self.top.block))
            self.top = Place(self.top.block, min(max(0, now - 1), self.top.line * now // before))
        self.width, self.height = width, max(1, height)
        last = self._last_top()
        self.top = last if ended else min(self.top, last)

    def move(self, lines: int) -> None:
        """Up or down; not past the end."""
        block, line = self.top
        while lines < 0 and (block, line) != (0, 0):
            if line == 0:
                block -= 1
                line = len(self.lines(block))
                continue
            step = min(-lines, line)
            line, lines = line - step, lines + step
        while lines > 0 and block < len(self.blocks):
            step = min(lines, len(self.lines(block)) - line)
            line, lines = line + step, lines - step
            if line >= len(self.lines(block)) and block + 1 < len(self.blocks):
                block, line = block + 1, 0
            elif step == 0:
                break
        self.top = min(Place(block, line), self._last_top())

    def to_start(self) -> None:
        """To the first line."""
        self.top = Place()

    def to_end(self) -> None:
        """To the last page."""
        self.top = self._last_top()

    @property
    def at_end(self) -> bool:
        """Whether the last line is in the window."""
        return self.top >= self._last_top()

    def to(self, place: Place, margin: int = 0) -> None:
        """Bring a place to the top, or as near as the end allows."""
        self.top = place
        self.move(-margin)

    def to_kind(self, kind: str, step: int) -> bool:
        """To the next (1) or previous (-1) block of a kind; false where there is none."""
        number = self.top.block + step if step > 0 or self.top.line <= 1 else self.top.block
        while 0 <= number < len(self.blocks):
            if self.blocks[number].kind == kind:
                self.to(Place(number, 0))
                return True
            number += step
        return False

    def fold_all(self) -> None:
        """Fold everything, or unfold everything."""
        self.folded = not self.folded
        self._toggled.clear()
        self._keep_top()

    def fold(self, number: int) -> None:
        """Fold or unfold one block."""
        self._toggled ^= {number}
        self._keep_top()

    def _keep_top(self) -> None:
        if self.blocks:
            lines = len(self.lines(self.top.block))
            self.top = min(Place(self.top.block, min(self.top.line, max(0, lines - 1))), self._last_top())

    def _last_top(self) -> Place:
        """Where the window begins when it shows the last line at its bottom."""
        left = self.height
        for number in range(len(self.blocks) - 1, -1, -1):
            lines = len(self.lines(number))
            if lines >= left:
                return Place(number, lines - left)
            left -= lines
        return Place()

    def _follow(self) -> None:
        """New blocks at the end: who looked at the end looks at the new one."""
        if len(self.blocks) != self._known:
            known, self._known = self._known, len(self.blocks)
            left = self.height
            for number in range(known - 1, self.top.block - 1, -1):
                left -= len(self.lines(number)) - (self.top.line if number == self.top.block else 0)
                if left < 0:
                    return
            self.to_end()

    # --- searching -----------------------------------------------------------------------------

    def search(self, words: str, start: Place, step: int = 1) -> Place | None:
        """The nearest line at or after `start` (before it, with -1) that has the words; round the end and on from the other.

        Small letters match capital ones too. Words that a line break divides are found at their block's first line.
        """
        if not words or not self.blocks:
            return None
        exact = words != words.lower()
        count = len(self.blocks)
        for offset in range(count + 1):
            number = (start.block + step * offset) % count
            if not self._has(number, words, exact):
                continue
            places = self._places(number, words, exact)
            if offset == 0:
                places = [at for at in places if (at >= start.line if step > 0 else at <= start.line)]
            if places:
                return Place(number, places[0] if step > 0 else places[-1])
        return None

    def _has(self, number: int, words: str, exact: bool) -> bool:
        block = self.blocks[number]
        if isinstance(block, Command):
            return block.holds(words, exact)
        text = self._texts.get(number)
        if text is None:
            text = block.text
            if len(text) <= MOST_REMEMBERED:
                self._texts[number] = text
        return words in (text if exact else text.lower())

    def _places(self, number: int, words: str, exact: bool) -> list[int]:
        found = [
            at for at, line in enumerate(self.lines(number)) if words in (unpainted(line) if exact else unpainted(line).lower())
        ]
        return found or [int(self.blocks[number].gap)]
