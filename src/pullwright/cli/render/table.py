"""Columns of text."""

from __future__ import annotations

from collections.abc import Sequence

from pullwright.cli.render.clean import clean, columns


def table(rows: Sequence[Sequence[str]], headers: Sequence[str] = ()) -> str:
    """Rows as aligned columns, two spaces between; cells are cleaned, the last column is left as long as it is."""
    lines = [[clean(cell).replace("\n", " ") for cell in row] for row in ([headers] if headers else []) + list(rows)]
    if not lines:
        return ""
    widths = [max(columns(row[column]) for row in lines if column < len(row)) for column in range(max(map(len, lines)))]
    return "".join(
        "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=False)).rstrip() + "\n"
        for row in lines
    )
