"""A screen as readable text: first its lines, as they stand; then, for each line with any, the style of its runs.

    ┌ 80 × 24, cursor 5,2
    │› fix the test
    └
     1  bold green "› " · dim "fix the test"

How far a terminal has scrolled depends on how much was shown for a moment and is gone: shown are the last lines that have
something, as many as the screen has, whether they are still on it or have just left it.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from .driver import Terminal
from .screen import Line, Screen, text

_FLAGS = ("bold", "dim", "italics", "underscore", "strikethrough", "reverse", "blink")


def portray(terminal: Terminal) -> str:
    """What is shown just now: text, styles, cursor."""
    screen = terminal.emulator.screen
    lines = [*screen.history, *(screen.buffer[y] for y in range(screen.lines))]
    cursor = len(screen.history) + screen.cursor.y
    while lines and not text(lines[-1], screen.columns) and len(lines) > cursor + 1 - screen.cursor.hidden:
        lines.pop()
    first = max(0, len(lines) - screen.lines)
    lines = lines[first:]
    where = "no cursor" if screen.cursor.hidden else f"cursor {min(screen.cursor.x, screen.columns - 1)},{cursor - first}"
    shown = "\n".join(f"│{text(line, screen.columns)}".rstrip() for line in lines)
    styles = "\n".join(f"{y:3}  {runs}" for y, line in enumerate(lines) if (runs := styled(line, screen)))
    return f"┌ {screen.columns} × {screen.lines}, {where}\n{shown}\n└\n{styles}\n"


def styled(line: Line, screen: Screen) -> str:
    """The styled runs of a line: their style and their text; nothing where all is plain."""
    runs = [
        (style, "".join(cell.data for cell in cells))
        for style, cells in groupby((line[x] for x in range(screen.columns)), key=style_of)
    ]
    return " · ".join(f'{style} "{text}"' for style, text in runs if style)


def style_of(cell: Any) -> str:
    """A cell's style in words: `bold green on black`."""
    names = [name for name in _FLAGS if getattr(cell, name)]
    if cell.fg != "default":
        names.append(cell.fg)
    if cell.bg != "default":
        names.append(f"on {cell.bg}")
    return " ".join(names)
