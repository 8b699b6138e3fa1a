"""Finished blocks on their way into the terminal's scrollback: gathered, and printed some 30 times a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pullwright.cli.terminal.screen.inline import TICK, Foot
from pullwright.cli.terminal.screen.sgr import joined
from pullwright.cli.terminal.screen.sgr import rows as rows_of
from pullwright.cli.terminal.transcript.block import Block, Kind

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

SHARE = 4
"""A frame that took long is followed by a pause of this many times its length: keys come first."""


class Scrollback:
    """The blocks shown so far, and those that wait for the next frame; `live` is what shows below them meanwhile."""

    def __init__(self, live_lines: Callable[[int, int], list[str]]) -> None:
        self._live_lines = live_lines
        self.live: StyleAndTextTuples = []
        self.blocks: list[Block] = []
        self._printed = 0
        self._foot: Foot | None = None
        self._next: asyncio.TimerHandle | None = None
        self._free = 0.0

    def attach(self, foot: Foot) -> None:
        """From now on print above `foot`."""
        self._foot = foot

    def add(self, blocks: Iterable[Block]) -> None:
        """Show these soon, in order."""
        self.blocks.extend(blocks)
        self.touch()

    def remember(self, blocks: Iterable[Block]) -> None:
        """Blocks of an earlier time, for the viewer: they are not printed."""
        self.flush()
        self.blocks.extend(blocks)
        self._printed = len(self.blocks)

    def touch(self) -> None:
        """Something above the editor changed: draw with the next frame."""
        if self._next is None and self._foot is not None and self._foot.loop is not None:
            self._next = self._foot.loop.call_later(max(0.0, self._free - time.monotonic()), self._frame)

    def _frame(self) -> None:
        self._next = None
        began = time.monotonic()
        self.flush()
        took = time.monotonic() - began
        self._free = began + max(TICK, SHARE * took)

    def flush(self) -> None:
        """Print what waits, now. While the terminal is somebody else's it goes on waiting."""
        foot = self._foot
        if foot is None or not foot.drawable:
            return
        size = foot.frames.get_size()
        width = size.columns
        live = self._live_lines(width, size.rows)
        self.live = joined(live) if live else []
        lines = [line for block in self.blocks[self._printed :] for line in block.lines(width)]
        foot.above(lines)
        self._printed = len(self.blocks)

    def tail(self, width: int, rows: int) -> list[str]:
        """The last `rows` lines that were printed, as they are at `width`."""
        found: list[str] = []
        for block in reversed(self.blocks[: self._printed]):
            found[:0] = block.lines(width)
            if len(found) >= rows:
                break
        return found[-rows:] if rows > 0 else []

    def again(self, was: int, now: int, rows: int, wraps: bool) -> tuple[int, list[str]]:
        """See `inline.Printed`. Of a block that only partly stood on the screen that part is written again, and a line more."""
        cleared, found = 0, list[str]()
        for block in reversed(self.blocks[: self._printed]):
            if cleared >= rows:
                break
            old = block.lines(was)
            heights = [rows_of(line, now) if wraps else 1 for line in old[-rows:]]
            taken = 0
            while taken < len(heights) and cleared < rows:
                taken += 1
                cleared += heights[-taken]
            new = block.lines(now)
            if taken < len(old):
                new = new[-(-(-len(new) * taken // len(old)) + 1) :]
            found[:0] = new
        return min(cleared, rows), found

    def forget(self) -> None:
        """`/clear`: what was shown is no longer written again."""
        self.blocks, self._printed = [], 0


class Unfolded:
    """A block that was folded, whole."""

    def __init__(self, block: Block) -> None:
        self.kind: Kind = block.kind
        self.seq, self.gap = block.seq, True
        self._block = block

    def lines(self, width: int) -> list[str]:
        """All of it."""
        return self._block.full(width)

    full = lines

    @property
    def text(self) -> str:
        """See `Block`."""
        return self._block.text
