"""The drawing at the foot of the terminal, and what is printed above it into the terminal's own scrollback.

    Foot         prompt_toolkit's application, drawn inline
    ├── above(lines)     finished lines go up into the scrollback, the foot is drawn again below: one frame
    ├── away()           the terminal belongs to somebody else for a while (an editor, the shell after Ctrl-Z)
    └── clear()          an empty screen with the last lines on it

Nothing asks the terminal where the cursor is: answers come late or never, and mix with what is typed. All moves are
relative to where the foot was drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from prompt_toolkit.application import Application, in_terminal
from prompt_toolkit.data_structures import Point, Size
from prompt_toolkit.renderer import Renderer

from pullwright.cli.terminal.screen.output import FrameOutput

TICK = 1 / 30
"""Seconds between two frames that print or redraw on their own; a key is drawn at once."""


class Printed(Protocol):
    """What was printed above the foot."""

    def tail(self, width: int, rows: int) -> list[str]:
        """Its last lines for `width`, at most `rows`."""
        ...

    def again(self, was: int, now: int, rows: int, wraps: bool) -> tuple[int, list[str]]:
        """How many of the `rows` rows above the foot it took, now that the width went from `was` to `now`, and the lines for the
        same blocks at the new width. `wraps`: the terminal has wrapped them anew."""
        ...


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
    """The application. `printed` knows what stands above the foot."""

    def __init__(self, *, output: FrameOutput, printed: Printed, **rest: Any) -> None:
        super().__init__(output=output, terminal_size_polling_interval=None, max_render_postpone_time=None, **rest)
        self.frames = output
        self._printed = printed
        self.foot = FootRenderer(self._merged_style, output, cpr_not_supported_callback=lambda: None)
        self.renderer = self.foot
        self.ttimeoutlen = self.timeoutlen = 0.03
        self._timer: asyncio.TimerHandle | None = None
        self._columns = output.get_size().columns

    @property
    def drawable(self) -> bool:
        """False before the start, after the end, and while the terminal is somebody else's."""
        return self._is_running and not self._running_in_terminal

    def above(self, lines: Sequence[str]) -> None:
        """Print finished lines (each at most as wide as the terminal) and draw the foot again."""
        with self.frames.frame():
            self._follow()
            if lines:
                self.foot.lift()
                self.frames.write_raw("\r\n".join(lines) + "\r\n")
            self._redraw()

    def _redraw(self, render_as_done: bool = False) -> None:
        with self.frames.frame():
            if not render_as_done:
                self._follow()
            super()._redraw(render_as_done)

    def _on_resize(self) -> None:
        """Once for a whole drag of the window's edge, not for each of its steps."""
        if self._timer is None and self.loop is not None:
            self._timer = self.loop.call_later(TICK, self._resized)

    def _resized(self) -> None:
        self._timer = None
        if self.drawable:
            self._redraw()

    def _follow(self) -> None:
        """The width changed: what stands on the screen is written again for the one that now is.

        A terminal that wraps its lines anew has moved the foot by as many rows as can be counted here. One that does not
        (xterm, the Linux console) has moved nothing.
        """
        was, size = self._columns, self.frames.get_size()
        if was == size.columns or not self.drawable:
            return
        self._columns = size.columns
        wrapped = self.frames.reflows and size.columns < was
        before = self.foot.rows_above_cursor(1 << 16)
        above = self.foot.rows_above_cursor(size.columns) if wrapped else before
        rows, lines = self._printed.again(was, size.columns, size.rows - 1 - above, wrapped)
        if wrapped:
            # What was drawn at the very moment may not have been wrapped: a taller foot must not cost lines.
            height = self._height(size)
            lines = self._printed.tail(size.columns, size.rows - height + max(0, height - before))
        self.foot.lift(min(size.rows - 1, above + rows))
        if lines:
            self.frames.write_raw("\r\n".join(lines) + "\r\n")

    def _height(self, size: Size) -> int:
        return self.layout.container.preferred_height(size.columns, size.rows).preferred

    def clear(self) -> None:
        """An empty screen with the last lines and the foot on it."""
        size = self.frames.get_size()
        height = self._height(size)
        with self.frames.frame():
            self._columns = size.columns
            self.frames.write_raw("\x1b[H\x1b[2J")
            self.foot.lift(0)
            if lines := self._printed.tail(size.columns, size.rows - height):
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
