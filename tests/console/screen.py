"""The screen of a terminal, on pyte, with what pyte lacks: scrollback, reflow, dim, the joined characters of emoji."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pyte
from pyte import modes
from pyte.screens import StaticDefaultDict, wcwidth


class Cell(NamedTuple):
    """pyte's `Char`, and whether it is dim."""

    data: str
    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    italics: bool = False
    underscore: bool = False
    strikethrough: bool = False
    reverse: bool = False
    blink: bool = False
    dim: bool = False


Line = StaticDefaultDict[int, Any]
_BLANK = Cell(" ")


class Screen(pyte.Screen):
    """One screen. Lines that leave it at the top go to `history` (none for an alternate screen: `scrollback` false)."""

    def __init__(self, columns: int, rows: int, scrollback: bool = True) -> None:
        self.history: list[Line] = []
        self._scrollback = scrollback
        self._cells: dict[Cell, dict[str, Cell]] = {}
        super().__init__(columns, rows)

    @property
    def default_char(self) -> Any:
        return _BLANK._replace(reverse=modes.DECSCNM in self.mode)

    def reset(self) -> None:
        super().reset()
        self.cursor.attrs = self.default_char

    def index(self) -> None:
        top, bottom = self.margins or (0, self.lines - 1)
        if self._scrollback and self.cursor.y == bottom and top == 0:
            self.history.append(self.buffer[0])
        super().index()

    def draw(self, data: str) -> None:
        """As pyte does, but one joined or invisible character does not swallow the rest, and wrapped lines are known."""
        if data.isascii() and data.isprintable() and modes.IRM not in self.mode:
            return self._draw_ascii(data)
        for char in data:
            width = wcwidth(char)
            if width < 0 or (width == 0 and not _combines(char)):
                continue
            if modes.DECAWM in self.mode and self.cursor.x + width > self.columns:
                self.buffer[self.cursor.y].wrapped = True  # type: ignore[attr-defined]
                self.cursor.x = self.columns
            super().draw(char)
        return None

    def _draw_ascii(self, data: str) -> None:
        """The same for plain text, many times as fast."""
        cells = self._cells.setdefault(self.cursor.attrs, {})  # type: ignore[arg-type]
        while data:
            if self.cursor.x >= self.columns:
                if modes.DECAWM in self.mode:
                    self.buffer[self.cursor.y].wrapped = True  # type: ignore[attr-defined]
                    self.carriage_return()
                    self.linefeed()
                else:
                    self.cursor.x = self.columns - 1
            taken, data = data[: self.columns - self.cursor.x], data[self.columns - self.cursor.x :]
            line = self.buffer[self.cursor.y]
            for x, char in enumerate(taken, self.cursor.x):
                line[x] = cells.get(char) or cells.setdefault(char, self.cursor.attrs._replace(data=char))  # type: ignore[arg-type]
            self.cursor.x += len(taken)

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        """With dim (2); 22 ends both bold and dim."""
        if private:
            return
        rest: list[int] = []
        values = list(attrs) or [0]
        while values:
            value = values.pop(0)
            if value in {38, 48, 58}:
                taken = 4 if values[:1] == [2] else 2
                rest += [value, *values[:taken]] if value != 58 else []
                values = values[taken:]
                continue
            if value in {0, 2, 22}:
                super().select_graphic_rendition(*rest)
                rest = []
                self.cursor.attrs = self.cursor.attrs._replace(dim=value == 2)  # type: ignore[call-arg]
            rest += [value] if value != 2 else []
        if rest:
            super().select_graphic_rendition(*rest)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        super().erase_in_line(how, private)
        if how != 1:
            self.buffer[self.cursor.y].wrapped = False  # type: ignore[attr-defined]

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        super().erase_in_display(how, *args, **kwargs)
        if how == 3:
            self.history.clear()
        for y in range(self.cursor.y if how == 0 else 0, self.lines):
            self.buffer[y].wrapped = False  # type: ignore[attr-defined]

    # --- sizes -----------------------------------------------------------------------------------

    def to_size(self, columns: int, rows: int, reflow: bool) -> None:
        """Take a new size as terminals do: what does not fit goes up into the scrollback, long lines are wrapped anew."""
        lines, cursor = self._all_lines()
        if reflow and columns != self.columns:
            lines, cursor = _reflowed(lines, cursor, columns)
        x = min(self.cursor.x if cursor[1] is None else cursor[1], columns - 1)
        start = max(0, min(len(lines) - rows, cursor[0]), cursor[0] - rows + 1)
        attrs, hidden = self.cursor.attrs, self.cursor.hidden
        self.resize(rows, columns)
        self.history[:] = lines[:start] if self._scrollback else []
        self.buffer.clear()
        for y, line in enumerate(lines[start : start + rows]):
            self.buffer[y] = line
        self.cursor.x, self.cursor.y, self.cursor.attrs, self.cursor.hidden = x, cursor[0] - start, attrs, hidden

    def _all_lines(self) -> tuple[list[Line], tuple[int, int | None]]:
        """Scrollback and screen, down to the last line that has something or the cursor; where the cursor is in it."""
        shown = [self.buffer[y] for y in range(self.lines)]
        while len(shown) > self.cursor.y + 1 and not _filled(shown[-1]):
            shown.pop()
        return self.history + shown, (len(self.history) + self.cursor.y, self.cursor.x)

    # --- text ------------------------------------------------------------------------------------

    @property
    def rows(self) -> list[str]:
        """The lines as text, without trailing blanks."""
        return [text(self.buffer[y], self.columns) for y in range(self.lines)]

    @property
    def scrolled(self) -> list[str]:
        """The scrollback as text."""
        return [text(line) for line in self.history]


def text(line: Line, columns: int | None = None) -> str:
    """A line as text, without trailing blanks."""
    last = max(line, default=-1) + 1 if columns is None else columns
    return "".join(line[x].data for x in range(last)).rstrip()


def _combines(char: str) -> bool:
    return bool(re.match(r"[̀-ͯ᪰-᫿᷀-᷿⃐-⃿︠-︯]", char))


def _filled(line: Line) -> bool:
    return any(cell.data.strip() or cell.bg != "default" or cell.reverse for cell in line.values())


def _reflowed(lines: list[Line], cursor: tuple[int, int | None], columns: int) -> tuple[list[Line], tuple[int, int | None]]:
    """Each logical line (a run of wrapped ones) in rows of `columns`; and where the cursor has gone."""
    made: list[Line] = []
    at: tuple[int, int | None] = (0, 0)
    cells: list[Cell] = []
    mark: int | None = None
    for number, line in enumerate(lines):
        if number == cursor[0]:
            mark = len(cells) + (cursor[1] or 0)
        cells += [line[x] for x in range(max(line, default=-1) + 1)]
        if getattr(line, "wrapped", False) and number + 1 < len(lines):
            continue
        while cells and cells[-1] == _BLANK:
            cells.pop()
        if mark is not None:
            at = (len(made) + mark // columns, mark % columns)
            cells += [_BLANK] * (mark - len(cells))
        made += _split(cells, columns)
        cells, mark = [], None
    return made, (min(at[0], len(made) - 1), at[1])


def _split(cells: list[Cell], columns: int) -> list[Line]:
    rows: list[Line] = []
    for start in range(0, max(len(cells), 1), columns):
        row: Line = StaticDefaultDict(_BLANK)
        row.update(enumerate(cells[start : start + columns]))
        row.wrapped = start + columns < len(cells)  # type: ignore[attr-defined]
        rows.append(row)
    return rows
