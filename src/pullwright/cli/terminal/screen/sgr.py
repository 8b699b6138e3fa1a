"""Finished lines (text with SGR sequences) as prompt_toolkit's fragments, and bare."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pullwright.cli.render.clean import columns

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

_SGR = re.compile(r"\x1b\[[0-9;:]*m")


def bare(line: str) -> str:
    """The line without its colours."""
    return _SGR.sub("", line) if "\x1b" in line else line


def rows(line: str, width: int) -> int:
    """How many rows a line takes once a terminal has wrapped it to `width`."""
    return max(1, -(-columns(bare(line)) // width))


@lru_cache(maxsize=512)
def fragments(line: str) -> StyleAndTextTuples:
    """The line for a window of prompt_toolkit's; kept, since a live line is drawn many times."""
    if "\x1b" not in line:
        return [("", line)]
    from prompt_toolkit.formatted_text import ANSI, to_formatted_text

    return to_formatted_text(ANSI(line))


def joined(lines: list[str]) -> StyleAndTextTuples:
    """Several lines as the content of one window."""
    found: StyleAndTextTuples = []
    for number, line in enumerate(lines):
        if number:
            found.append(("", "\n"))
        found.extend(fragments(line))
    return found
