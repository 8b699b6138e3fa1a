"""The drawing at the foot of the terminal, and what is printed above it into the terminal's own scrollback.

    Foot         prompt_toolkit's application, drawn inline
    ├── above(lines)     finished lines go up into the scrollback, the foot is drawn again below: one frame
    ├── away()           the terminal belongs to somebody else for a while (an editor, the shell after Ctrl-Z)
    └── reflow()         after a resize: what stands on the screen is written again for the new width

Nothing asks the terminal where the cursor is: answers come late or never, and mix with what is typed. All moves are
relative to where the foot was drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from prompt_toolkit.application import Application, in_terminal
from prompt_toolkit.data_structures import Point
from prompt_toolkit.renderer import Renderer

from pullwright.cli.terminal.screen.output import FrameOutput

TICK = 1 / 30
"""Seconds between two frames that print or redraw on their own; a key is drawn at once."""


class FootRenderer(Renderer):
    """Draws the foot; knows how many rows lie between its first row and the cursor."""

    def lift(self, rows: int | None = None) -> None:
        """Go to the foot's first row (or `rows` up) and clear from there down. The next drawing starts there."""
        self.output.write_raw("\r")
        self.output.cursor_up(self._cursor_pos.y if rows is None else rows)
        self.output.reset_attributes()
        self.output.erase_down()
        self._cursor_pos = Point(x=0, y=0)
        self._last_screen, self._last_style = None, None

    def rows_above_cursor(self, width: int) -> int:
        """How many rows the foot has above its cursor once the terminal has wrapped them to `width`."""
        screen, rows = self._last_screen, 0
        if screen is None:
            return self._cursor_pos.y
        for number in range(self._cursor_pos.y):
            row = screen.data_buffer[number]
            length = max((column for column, cell in row.items() if cell.char != " "), default=0) + 1
            rows += max(1, -(-length // width))
        return rows + self._cursor_pos.x // width


class Foot(Application[int]):
    """The application. `tail(width, rows)` gives the last finished lines, for writing them again."""

    def __init__(self, *, output: FrameOutput, tail: Callable[[int, int], list[str]], **rest: Any) -> None:
        super().__init__(output=output, terminal_size_polling_interval=None, max_render_postpone_time=0.004, **rest)
        self.frames = output
        self._tail = tail
        self.foot = FootRenderer(self._merged_style, output, cpr_not_supported_callback=lambda: None)
        self.renderer = self.foot
        self.ttimeoutlen = self.timeoutlen = 0.03
        self._reflow: asyncio.TimerHandle | None = None
        self._width = output.get_size().columns

    @property
    def drawable(self) -> bool:
        """False before the start, after the end, and while the terminal is somebody else's."""
        return self._is_running and not self._running_in_terminal

    def above(self, lines: Sequence[str]) -> None:
        """Print finished lines (each at most as wide as the terminal) and draw the foot again."""
        with self.frames.frame():
            if lines:
                self.foot.lift()
                self.frames.write_raw("\r\n".join(lines) + "\r\n")
            self._redraw()

    def _on_resize(self) -> None:
        """Once for a whole drag of the window's edge: not for each of its steps."""
        if self._reflow is None and self.loop is not None:
            self._reflow = self.loop.call_later(TICK, self._reflow_now)

    def _reflow_now(self) -> None:
        self._reflow = None
        if self.drawable:
            self.reflow()

    def reflow(self, *, whole: bool = False) -> None:
        """Write the screen's lines again for the width that now is; `whole`: clear the screen, whatever stood there.

        A terminal that wraps anew at a resize has moved the foot by an amount that we can count; one that does not is
        cleared a few rows too far, and gets those lines again.
        """
        size = self.frames.get_size()
        was, self._width = self._width, size.columns
        with self.frames.frame():
            if whole:
                self.frames.write_raw("\x1b[H\x1b[2J")
                self.foot.lift(0)
                lines = self._tail(size.columns, size.rows - 1)
            else:
                old = self._tail(was, size.rows)
                wrapped = sum(max(1, -(-shown(line) // size.columns)) for line in old)
                self.foot.lift(min(size.rows - 1, self.foot.rows_above_cursor(size.columns) + wrapped))
                lines = self._tail(size.columns, size.rows - 1)
            if lines:
                self.frames.write_raw("\r\n".join(lines) + "\r\n")
            self._redraw()

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Clear the foot, give the terminal back as it was, and draw again afterwards."""
        self.frames.modes(on=False)
        try:
            async with in_terminal():
                yield
        finally:
            self.frames.modes(on=True)


def shown(line: str) -> int:
    """How many columns a finished line takes: its colours take none."""
    from pullwright.cli.render.clean import columns
    from pullwright.cli.terminal.screen.sgr import bare

    return columns(bare(line))
