"""A Markdown table fitted to a width: columns wrapped within themselves; too narrow for that, its rows one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.render.clean import columns
from pullwright.cli.terminal.theme import Theme
from pullwright.cli.terminal.transcript.inline import spans
from pullwright.cli.terminal.transcript.leaves import Align, Table
from pullwright.cli.terminal.transcript.spans import Line, Span, line_of, plain, width_of, with_role, wrapped

BETWEEN = 2
"""Columns between two columns."""

NARROWEST = 6
"""A column that is cut down keeps so many columns; a table with no room for that is stacked."""

LONGEST_WORD = 24
"""A column is not made so narrow that shorter words than this are broken, as long as there is another way."""

Cell = list[Line]


def lines_of(table: Table, width: int, theme: Theme) -> list[Line]:
    """The table's lines, none wider than `width`."""
    ticks = theme.depth == "none"
    count = len(table.header)
    header = [_cell(text, ticks, "strong") for text in table.header]
    rows = [[_cell(text, ticks) for text in (*row, *[""] * count)[:count]] for row in table.rows]
    parts = list(zip(header, *rows, strict=True))
    least = [min(LONGEST_WORD, max(map(_longest_word, column))) for column in parts]
    widths = fitted([max(1, *map(_width, column)) for column in parts], width - BETWEEN * (count - 1), least)
    if widths is None:
        return _stacked(header, rows, width, theme)
    rule: Line = []
    for number, one in enumerate(widths):
        rule += [Span(" " * BETWEEN)] if number else []
        rule.append(Span(theme.mark("rule") * one, "rule"))
    lines = _row(header, widths, table.aligns)
    tall = any(sum(_height(cell, one) for cell, one in zip(row, widths, strict=True)) > count for row in rows)
    lines.append(rule)
    for number, row in enumerate(rows):
        if number and tall:
            lines.append([])
        lines += _row(row, widths, table.aligns)
    return lines


def fitted(wanted: Sequence[int], room: int, least: Sequence[int] = ()) -> list[int] | None:
    """Each column's width: what it wants, the widest cut down to what there is, but not below its `least` where that can be.

    None when the columns would be too narrow to be read.
    """
    if sum(wanted) <= room:
        return list(wanted)
    if sum(min(one, NARROWEST) for one in wanted) > room:
        return None
    floors = [max(min(one, NARROWEST), low) for one, low in zip(wanted, least or [0] * len(wanted), strict=True)]
    if sum(floors) > room:
        floors = [min(one, NARROWEST) for one in wanted]
    ceiling = next(one for one in range(max(wanted), 0, -1) if sum(_between(wanted, floors, one)) <= room)
    widths = _between(wanted, floors, ceiling)
    left = room - sum(widths)
    for number, one in enumerate(wanted):
        if widths[number] < one and left > 0:
            widths[number] += 1
            left -= 1
    return widths


def _between(wanted: Sequence[int], floors: Sequence[int], ceiling: int) -> list[int]:
    return [max(low, min(one, ceiling)) for one, low in zip(wanted, floors, strict=True)]


def _cell(text: str, ticks: bool, role: str = "") -> Cell:
    rows = [row for part in text.replace("<br/>", "<br>").split("<br>") for row in spans(part.strip(), ticks=ticks)]
    return [with_role(row, role) for row in rows] if role else rows


def _width(cell: Cell) -> int:
    return max(map(width_of, cell), default=0)


def _longest_word(cell: Cell) -> int:
    return max((columns(word) for line in cell for word in plain(line).split()), default=0)


def _height(cell: Cell, width: int) -> int:
    return sum(len(wrapped(line, width)) for line in cell)


def _row(cells: Sequence[Cell], widths: Sequence[int], aligns: Sequence[Align]) -> list[Line]:
    columns = [[part for line in cell for part in wrapped(line, one)] for cell, one in zip(cells, widths, strict=True)]
    lines: list[Line] = []
    for at in range(max(map(len, columns))):
        line: Line = []
        for number, (column, width, align) in enumerate(zip(columns, widths, aligns, strict=True)):
            part = column[at] if at < len(column) else []
            free = width - width_of(part)
            before = free if align == "right" else free // 2 if align == "center" else 0
            last = number == len(columns) - 1
            gap = " " * (before + (BETWEEN if number else 0))
            line += [Span(gap), *part, *([] if last else [Span(" " * (free - before))])]
        lines.append(line)
    return lines


def _stacked(header: Sequence[Cell], rows: Sequence[Sequence[Cell]], width: int, theme: Theme) -> list[Line]:
    lines: list[Line] = []
    for number, row in enumerate(rows):
        if number:
            lines.append(line_of(theme.mark("rule") * min(width, 12), "rule"))
        for name, cell in zip(header, row, strict=True):
            label = [*(name[0] if name else []), Span(": ", "strong")]
            rows_of_cell = [line for line in cell if line] or [[]]
            lines += wrapped([*label, *rows_of_cell[0]], width, hang=0)
            lines += [part for line in rows_of_cell[1:] for part in wrapped(line, width)]
    return lines
