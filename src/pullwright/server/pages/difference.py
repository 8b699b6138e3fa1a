"""A unified diff as a table with the line numbers of both sides, and the comments below the lines that they are on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from pullwright.server.pages.markup import Markup, element, joined

LARGEST = 400_000
"""Characters of a diff that a page shows; the rest is said to be missing."""

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Spot = tuple[str, str, int]
"""(path, side, line)"""


class Line(msgspec.Struct, frozen=True):
    """One line of a diff: `kind` is add, del, same, at (a hunk's head) or file."""

    kind: str
    path: str
    old: int
    new: int
    text: str


def lines(diff: str) -> Iterator[Line]:
    """The lines of a unified diff, numbered."""
    path, old, new, inside = "", 0, 0, False
    for text in diff.splitlines():
        if text.startswith("diff --git "):
            path, inside = text.rpartition(" b/")[2], False
            yield Line("file", path, 0, 0, path)
        elif found := _HUNK.match(text):
            old, new, inside = int(found[1]), int(found[2]), True
            yield Line("at", path, 0, 0, text)
        elif not inside:
            if text.startswith("+++ b/"):
                path = text.removeprefix("+++ b/")
        elif text.startswith("+"):
            yield Line("add", path, 0, new, text[1:])
            new += 1
        elif text.startswith("-"):
            yield Line("del", path, old, 0, text[1:])
            old += 1
        elif text.startswith(" ") or not text:
            yield Line("same", path, old, new, text[1:])
            old, new = old + 1, new + 1


def diff_table(diff: str, notes: Mapping[Spot, Sequence[str]]) -> Markup:
    """The table; `notes` are the comments by the place that they are on."""
    rows = [_row(line, notes) for line in lines(diff[:LARGEST])]
    rest = len(diff) - LARGEST
    more = element("p", f"{rest} characters more are not shown here.", class_="note") if rest > 0 else None
    return joined(element("table", *rows, class_="diff"), more)


def _row(line: Line, notes: Mapping[Spot, Sequence[str]]) -> Markup:
    if line.kind in ("at", "file"):
        cell = element("strong", line.text) if line.kind == "file" else line.text
        return element("tr", element("td", cell, colspan=3), class_="at")
    numbers = [element("td", str(number or ""), class_="n") for number in (line.old, line.new)]
    row = element("tr", *numbers, element("td", line.text, class_="c"), class_=line.kind)
    said = [*notes.get((line.path, "old", line.old), ()), *notes.get((line.path, "new", line.new), ())]
    below = [element("tr", element("td", element("div", text, class_="note"), colspan=3)) for text in said]
    return joined(row, *below)
