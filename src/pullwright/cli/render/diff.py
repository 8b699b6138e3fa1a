"""A unified diff in colours."""

from __future__ import annotations

from pullwright.cli.render.clean import clean
from pullwright.cli.render.style import Colour, Style

_COLOURS: tuple[tuple[str, tuple[Colour, ...]], ...] = (
    ("+++", ("bold",)),
    ("---", ("bold",)),
    ("diff ", ("bold",)),
    ("index ", ("dim",)),
    ("@@", ("cyan",)),
    ("+", ("green",)),
    ("-", ("red",)),
)


def coloured(patch: str, style: Style) -> str:
    """The patch with colours, and nothing in it that a terminal would obey."""
    return "".join(f"{_line(clean(line), style)}\n" for line in patch.splitlines())


def _line(line: str, style: Style) -> str:
    for start, colours in _COLOURS:
        if line.startswith(start):
            return style(line, *colours)
    return line
