"""Styled text: a line is a list of spans, a span some text and the names of its roles.

    wrapped(line, width)      the line as several, none wider; broken at spaces where there are any
    cut(line, width)          the line's beginning, with an ellipsis where something is missing
    painted(line, theme)      the line as a terminal gets it

Texts hold no newline and no control character (`safe.py`). All is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pullwright.cli.render.clean import columns, columns_of
from pullwright.cli.terminal.theme import RESET, Theme
from pullwright.cli.terminal.transcript.safe import safe

_SGR = re.compile(r"\x1b\[[0-9;]*m")
_PLAIN = {ord("·"): "-", ord("×"): "x", ord("…"): "...", ord("−"): "-", ord("‹"): "<", ord("›"): ">"}


class Span(NamedTuple):
    """Some text; `role` names what it is, several with a space between."""

    text: str
    role: str = ""


Line = list[Span]


def line_of(text: str, role: str = "") -> Line:
    """A line of one span."""
    return [Span(text, role)] if text else []


def plain(line: Sequence[Span]) -> str:
    """The line's text."""
    return "".join(span.text for span in line)


def width_of(line: Sequence[Span]) -> int:
    """How many columns the line takes."""
    return sum(columns(span.text) for span in line)


def with_role(line: Iterable[Span], role: str) -> Line:
    """The line with one more role below all of its own."""
    return [Span(text, f"{role} {own}" if own else role) for text, own in line]


def painted(line: Iterable[Span], theme: Theme) -> str:
    """The line in SGR sequences, each reset; neighbours that look alike share one."""
    parts: list[str] = []
    held, code = "", ""
    for text, role in line:
        own = theme.sgr(role)
        if own != code:
            parts.append(f"\x1b[{code}m{held}{RESET}" if code and held else held)
            held, code = "", own
        held += text
    parts.append(f"\x1b[{code}m{held}{RESET}" if code and held else held.rstrip(" "))
    return "".join(parts)


def finished(line: Line, width: int, theme: Theme) -> str:
    """The line for a terminal, at most `width` columns. The last gate: whatever a block forgot to make safe is made so here."""
    if not all(span.text.isprintable() for span in line):
        line = [Span(safe(text).replace("\n", " "), role) for text, role in line]
    if not theme.unicode:
        line = [Span(text.translate(_PLAIN), role) for text, role in line]
    return painted(cut(line, width, theme.mark("more")), theme)


def padded(line: Line, width: int, role: str = "") -> Line:
    """The line with spaces at its end, up to `width` columns."""
    missing = width - width_of(line)
    return [*line, Span(" " * missing, role)] if missing > 0 else line


def cut(line: Line, width: int, more: str = "…") -> Line:
    """At most `width` columns of the line; `more` at the end says that something is missing."""
    if width_of(line) <= width:
        return line
    kept: Line = []
    room = max(0, width - columns(more))
    for text, role in line:
        end = end_of(text, 0, room)
        kept.append(Span(text[:end], role))
        room -= columns(text[:end])
        if end < len(text):
            break
    last = kept[-1].role if kept else ""
    return [*kept, Span(more[:width], last)]


def wrapped(line: Line, width: int, *, hang: int = 0) -> list[Line]:
    """The line as lines of at most `width` columns, at least one; those after the first are `hang` columns narrower."""
    text = plain(line)
    if text.isascii() and len(text) <= width:
        return [line]
    return [sliced(line, start, end) for start, end in breaks(text, width, hang)]


def breaks(text: str, width: int, hang: int = 0) -> list[tuple[int, int]]:
    """Where to break: `(start, end)` of each line. Spaces at a break belong to no line."""
    found: list[tuple[int, int]] = []
    at, room = 0, max(2, width)
    while True:
        end = end_of(text, at, room)
        if end >= len(text):
            found.append((at, len(text)))
            return found
        stop = _break_before(text, at, end)
        found.append((at, stop))
        at = stop
        while at < len(text) and text[at] == " ":
            at += 1
        room = max(2, width - hang)
        if at >= len(text):
            return found


def _break_before(text: str, at: int, end: int) -> int:
    """The place to break, of those up to `end`: at a space, beside a wide character, else in the middle of the word."""
    if text[end] == " ":
        return end
    space = text.rfind(" ", at, end)
    if not text.isascii():
        for place in range(end, max(at, space, end - 12), -1):
            if columns_of(text[place]) == 2 or columns_of(text[place - 1]) == 2:
                return place
    return space if space > at else end


def end_of(text: str, at: int, width: int) -> int:
    """The end of what fits into `width` columns from `at` on; one character at least, its marks with it."""
    if text.isascii():
        return min(len(text), at + width)
    taken = 0
    for index in range(at, len(text)):
        taken += columns_of(text[index])
        if taken > width:
            return index if index > at or width <= 0 else index + 1
    return len(text)


def sliced(line: Sequence[Span], start: int, end: int) -> Line:
    """The characters `start` to `end` of the line, in their roles."""
    kept: Line = []
    at = 0
    for text, role in line:
        after = at + len(text)
        if after > start and at < end:
            kept.append(Span(text[max(0, start - at) : end - at], role))
        at = after
        if at >= end:
            break
    return kept


def unpainted(text: str) -> str:
    """A finished line without its looks."""
    return _SGR.sub("", text)
