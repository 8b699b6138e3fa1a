"""The terminal as it is written to: whole frames, one write each, and modes that are always taken back.

A frame is wrapped in "synchronized output" (DEC private mode 2026), so that a terminal that knows it never shows half
of one; one that does not ignores it. Source of the modes: xterm's ctlseqs; kitty's keyboard protocol (flag 1: every
key that was ambiguous is told apart); contour's note on synchronized output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
FOCUS_ON, FOCUS_OFF = "\x1b[?1004h", "\x1b[?1004l"
KITTY_ON, KITTY_OFF = "\x1b[>1u", "\x1b[<u"
ASK_BACKGROUND = "\x1b]11;?\x1b\\"
"""Asks for the background's colour (OSC 11). Terminals that do not know it say nothing, and nothing waits for the answer."""

SANE = "\x1b[?2026l\x1b[?1004l\x1b[<u\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m"
"""What takes back every mode that we set, whatever state we were in."""


class FrameOutput(Vt100_Output):
    """A terminal that gets each frame in one write. What is flushed inside `frame()` waits for its end."""

    def __init__(self, stdout: TextIO, *, term: str, depth: ColorDepth) -> None:
        def size() -> Size:
            try:
                columns, rows = os.get_terminal_size(stdout.fileno())
            except OSError:
                columns, rows = 80, 24
            return Size(rows=rows or 24, columns=columns or 80)

        super().__init__(stdout, size, term=term, default_color_depth=depth, enable_cpr=False)
        self._held = 0
        self._synchronized = term != "linux"
        self.reflows = not (term == "linux" or os.environ.get("XTERM_VERSION"))

    @contextmanager
    def frame(self) -> Iterator[None]:
        """What is drawn inside appears at once."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self.flush()

    def erase_down(self) -> None:
        """Clear from the cursor, which is in the first column, to the end of the screen.

        Not with one ED: in the first row tmux takes that for a cleared screen, and moves all of it into its history.
        """
        self.write_raw("\x1b[2K\x1b7\x1b[B\x1b[J\x1b8")

    def flush(self) -> None:
        """Send what has gathered; a terminal that is gone takes nothing more and is no error."""
        if self._held or not self._buffer:
            return
        if self._synchronized:
            self._buffer.insert(0, BEGIN)
            self._buffer.append(END)
        with suppress(BrokenPipeError, OSError):
            super().flush()

    def modes(self, on: bool) -> None:
        """Focus reports and unambiguous keys, on or off."""
        if self.term != "linux":
            self.write_raw(FOCUS_ON + KITTY_ON if on else KITTY_OFF + FOCUS_OFF)
            self.flush()


def open_output(stdout: TextIO | None = None) -> FrameOutput:
    """The terminal behind standard output, with as many colours as it has."""
    return FrameOutput(stdout or sys.stdout, term=os.environ.get("TERM", ""), depth=colour_depth())


def colour_depth() -> ColorDepth:
    """24 bits where the terminal says so, none with NO_COLOR, 256 colours otherwise."""
    if os.environ.get("NO_COLOR"):
        return ColorDepth.DEPTH_1_BIT
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    return ColorDepth.DEPTH_4_BIT if os.environ.get("TERM") == "linux" else ColorDepth.DEPTH_8_BIT
