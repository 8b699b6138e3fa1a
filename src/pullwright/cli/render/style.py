"""Colours, where there is a terminal for them and nobody said NO_COLOR."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Literal

Colour = Literal["red", "green", "yellow", "blue", "cyan", "dim", "bold"]
_CODES: dict[Colour, str] = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
    "dim": "2",
    "bold": "1",
}


class Style:
    """Paints text, or leaves it alone."""

    def __init__(self, colours: bool) -> None:
        self.colours = colours

    def __call__(self, text: str, *colours: Colour) -> str:
        """`text` in the colours, when there are colours here."""
        if not self.colours or not text or not colours:
            return text
        return f"\x1b[{';'.join(_CODES[colour] for colour in colours)}m{text}\x1b[0m"


PLAIN = Style(False)


def style_for(stream: IO[str], env: Mapping[str, str] | None = None) -> Style:
    """The style for a stream: coloured on a terminal, unless NO_COLOR is set or TERM is `dumb`; FORCE_COLOR insists."""
    env = os.environ if env is None else env
    if env.get("NO_COLOR"):
        return PLAIN
    if env.get("FORCE_COLOR"):
        return Style(True)
    return Style(stream.isatty() and env.get("TERM", "") != "dumb")
