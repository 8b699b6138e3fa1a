"""Rows of two columns stay readable where they do not fit."""

from __future__ import annotations

from pullwright.cli.terminal.transcript.block import in_columns
from pullwright.cli.terminal.transcript.spans import line_of, plain

ROW = "  /resume       go on with another session of this project"


def shown(row: str, room: int) -> list[str]:
    return [plain(line) for line in in_columns(line_of(row, "output"), room)]


def test_a_row_that_fits_is_left_alone() -> None:
    assert shown(ROW, 80) == [ROW]


def test_the_second_column_is_wrapped_below_itself() -> None:
    assert shown(ROW, 40) == ["  /resume       go on with another", "                session of this project"]


def test_where_it_has_no_room_it_stands_below_the_first() -> None:
    assert shown(ROW, 30) == ["  /resume", "    go on with another session", "    of this project"]


def test_what_has_no_columns_is_wrapped_as_it_is() -> None:
    assert shown("one two three four five", 10) == ["one two", "three four", "five"]
    assert all(len(row) <= 10 for row in shown("  " + "x" * 30, 10))
