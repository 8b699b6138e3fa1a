"""A screen as readable text: first its lines, as they stand; then, for each line with any, the style of its runs.

┌ 80 × 24, cursor 5,2
│› fix the test
└
 1  bold green "› " · dim "fix the test"
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from .driver import Terminal
from .screen import Line, Screen


def portray(terminal: Terminal) -> str:
    """The screen that is shown just now, whole: text, styles, cursor."""
    screen = terminal.emulator.screen
    cursor = "no cursor" if screen.cursor.hidden else f"cursor {min(screen.cursor.x, screen.columns - 1)},{screen.cursor.y}"
    rows = list(screen.rows)
    while rows and not rows[-1]:
        rows.pop()
    shown = "\n".join(f"│{row}".rstrip() for row in rows)
    styles = "\n".join(f"{y:3}  {runs}" for y in range(screen.lines) if (runs := styled(screen.buffer[y], screen)))
    return f"┌ {screen.columns} × {screen.lines}, {cursor}\n{shown}\n└\n{styles}\n"


def styled(line: Line, screen: Screen) -> str:
    """The styled runs of a line: their style and their text; nothing where all is plain."""
    runs = [
        (style, "".join(cell.data for cell in cells))
        for style, cells in groupby((line[x] for x in range(screen.columns)), key=style_of)
    ]
    return " · ".join(f'{style} "{text}"' for style, text in runs if style)


def style_of(cell: Any) -> str:
    """A cell's style in words: `bold green on black`."""
    names = [
        name for name in ("bold", "dim", "italics", "underscore", "strikethrough", "reverse", "blink") if getattr(cell, name)
    ]
    if cell.fg != "default":
        names.append(cell.fg)
    if cell.bg != "default":
        names.append(f"on {cell.bg}")
    return " ".join(names)
